/** Where published series come from: what a caption must name. */

export interface Paper {
  /** Folder of `suites/reference/`, and `paper.id` of suites. */
  readonly id: string;
  readonly title: string;
  readonly venue: string;
  readonly repository: string;
  readonly commit: string;
  /** How the numbers were obtained. */
  readonly obtained: string;
  /** What the error bars are. */
  readonly bars: string;
}

export const papers: readonly Paper[] = [
  {
    id: "pam21",
    title: "What you need to know about (Smart) Network Interface Cards",
    venue: "PAM 2021",
    repository: "https://github.com/nic-bench/experiments",
    commit: "f38ea620a16db0deebfb02a4a78e57bd4648c667",
    obtained: "digitised from the vector plots of its results repository",
    bars: "error bars as drawn there, probably percentiles 1 and 99",
  },
  {
    id: "hpsr21",
    title: "High-speed Connection Tracking in Modern Servers",
    venue: "HPSR 2021",
    repository: "https://github.com/conntrackHPSR21/experiments",
    commit: "49e736959bede9675f9fcf491fbcd643c245e503",
    obtained: "read from the result files of its results repository",
    bars: "least and greatest of the runs",
  },
];

export function findPaper(id: string): Paper | undefined {
  return papers.find((paper) => paper.id === id);
}

/** For captions: whose numbers these are, and how they came here. */
export function sourceText({ title, venue, repository, commit, obtained, bars }: Paper): string {
  return `Published: “${title}”, ${venue}; ${obtained} (${repository} at ${commit.slice(0, 7)}). Medians; ${bars}.`;
}
