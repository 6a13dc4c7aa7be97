/**
 * Probabilities of several tests, raised so that each may be compared with the level that all of them share: the
 * chance of even one false alarm stays below it, however the tests depend on each other (Holm, "A simple sequentially
 * rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979).
 *
 * @returns one a test, in the order given
 */
export function holm(probabilities: readonly number[]): readonly number[] {
  const order = probabilities.map((probability, index) => ({ probability, index }));
  order.sort((a, b) => a.probability - b.probability);
  const adjusted = new Array<number>(probabilities.length).fill(1);
  let raised = 0;
  for (const [place, { probability, index }] of order.entries()) {
    raised = Math.max(raised, Math.min(1, probability * (order.length - place)));
    adjusted[index] = raised;
  }
  return adjusted;
}
