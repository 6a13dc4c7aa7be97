/** A part of a suite's points, so that several testbeds can share a suite. */
import { UserError } from "../errors.js";
import type { Shard, ShardOfRun } from "../results/model.js";
import type { LoadedSuite } from "../suite/load.js";

/**
 * The suite with the points of the shard, in their order; the whole suite without one. Points are dealt out by turns in the
 * order of their ids, which are digests: parts differ by one point at most, and no axis of the matrix goes to one testbed alone.
 *
 * @throws {UserError} SHARD_EMPTY: there are more shards than points
 */
export function shardOf(suite: LoadedSuite, shard: Shard | undefined): LoadedSuite {
  if (shard === undefined) return suite;
  const { points } = suite;
  if (shard.total > points.length) throw empty(shard, suite);
  const ids = points.map(({ id }) => id).sort();
  const mine = new Set(ids.filter((_, place) => place % shard.total === shard.index - 1));
  return { ...suite, points: points.filter(({ id }) => mine.has(id)) };
}

export function shardOfRun({ index, total }: Shard, { points }: LoadedSuite): ShardOfRun {
  return { index, total, points: points.map(({ id }) => id) };
}

function empty({ index, total }: Shard, { name, points }: LoadedSuite): UserError {
  return new UserError(
    "SHARD_EMPTY",
    `Shard ${index}/${total} of ${name} cannot be: the suite has ${points.length} points, and every shard needs one.`,
    `Use ${points.length} shards or fewer.`,
  );
}
