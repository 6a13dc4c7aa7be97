/** Sentences about what changed while a run went on. */
import type { HostChange } from "./model.js";

export function changeText({ host, name, before, after }: HostChange): string {
  return changeSentence(`${name} of ${host}`, before, after);
}

export function changeSentence(what: string, before: string, after: string): string {
  return `Since the run began, something changed: ${what} was ${before}, is ${after}.`;
}
