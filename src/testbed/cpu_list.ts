/** CPU lists as the kernel and testbed files write them: `2-9,12`. */

/** CPU numbers in the order written, or undefined if the text is no CPU list. Empty text is an empty list. */
export function parseCpuList(text: string): readonly number[] | undefined {
  const parts = text.trim() === "" ? [] : text.split(",");
  const ranges = parts.map((part) => /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part));
  if (ranges.some((range) => range === null || Number(range[2] ?? range[1]) < Number(range[1]))) return undefined;
  return ranges.flatMap((range) => {
    const first = Number(range?.[1]);
    return Array.from({ length: Number(range?.[2] ?? first) - first + 1 }, (_, index) => first + index);
  });
}

/** The shortest text for ascending CPU numbers. */
export function formatCpuList(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of cpus) {
    const last = ranges.at(-1);
    if (last !== undefined && cpu === last[1] + 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
