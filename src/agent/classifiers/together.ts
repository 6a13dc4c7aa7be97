/** Several control threads of one classifier, each a conversation of its own: a process, or a connection. */
import type { Classifier, PrepareTogether } from "./classifier.js";

interface Span {
  readonly start: number;
  readonly end: number;
}

/** @param writers of each thread, all of the same classifier */
export function together(writers: readonly Pick<Classifier, "prepare">[]): PrepareTogether {
  return (threads) => {
    const commits = writers.map((writer, index) => (threads[index] ?? []).map((batch) => writer.prepare(batch)));
    return async () => {
      const spans = await Promise.all(commits.map(spansOf));
      return {
        seconds: lengthOfUnion(spans.flat()),
        each: spans.map((mine) => mine.map(({ start, end }) => end - start)),
      };
    };
  };
}

/** When each was under way, in seconds. */
async function spansOf(commits: readonly (() => Promise<number>)[]): Promise<readonly Span[]> {
  const spans: Span[] = [];
  for (const commit of commits) {
    const took = await commit();
    const end = performance.now() / 1000;
    spans.push({ start: end - took, end });
  }
  return spans;
}

/** How long at least one was under way. */
export function lengthOfUnion(spans: readonly Span[]): number {
  let [length, reached] = [0, -Infinity];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    length += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return length;
}
