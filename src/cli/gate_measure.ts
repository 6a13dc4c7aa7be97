/** One run of a suite, for a gate. */
import { samplesOfRun, type SampleSet } from "../gate/samples.js";
import { readRun } from "../results/reader.js";
import { prepareRun, type RunRequest } from "../runner/prepare.js";
import { execute } from "./run_command.js";
import { suspectPolicy, type SetFlags } from "./sample_sets.js";
import type { HostState } from "../gate/host_state.js";
import type { Interrupt } from "./interrupt.js";

/** The same with some of the suite's points. @param ids left out, all of them */
export function onlyPoints(request: RunRequest, ids: ReadonlySet<string> | undefined): RunRequest {
  if (ids === undefined) return request;
  return { ...request, suite: { ...request.suite, points: request.suite.points.filter(({ id }) => ids.has(id)) } };
}

/** @param state of the hosts that samples are wanted from; left out, the one of most trials */
export async function measureOnce(
  request: RunRequest,
  state: HostState | undefined,
  flags: SetFlags & { readonly json?: true },
  interrupt: Interrupt,
): Promise<SampleSet> {
  const prepared = await prepareRun(request);
  const { directory } = prepared.writer;
  await execute(prepared, flags.json === true, interrupt);
  return samplesOfRun(await readRun(directory), suspectPolicy(flags), state);
}
