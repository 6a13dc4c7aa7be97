/** One line of the doctor's checklist. */

/** `warning` spoils numbers, `advice` could improve them, `missing` keeps something from working. */
export type DoctorStatus = "ok" | "advice" | "warning" | "missing";

export interface DoctorItem {
  readonly name: string;
  readonly status: DoctorStatus;
  /** What was found, in a few words. */
  readonly found: string;
  /** What to do about it, in one sentence; empty where there is nothing to do. */
  readonly advice: string;
}

export function item(name: string, status: DoctorStatus, found: string, advice = ""): DoctorItem {
  return { name, status, found, advice };
}
