/** How long `work` takes. */
export async function millisecondsOf(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
