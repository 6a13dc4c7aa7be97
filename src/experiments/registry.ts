/** All experiments by name. A new one is one file and one line here. */
import { command } from "./command.js";
import { conntrack } from "./conntrack.js";
import { forwarding } from "./forwarding.js";
import { gateway } from "./gateway.js";
import { hashtable } from "./hashtable.js";
import { rulesConformance } from "./rules/conformance.js";
import { rulesOccupancy } from "./rules/occupancy.js";
import { rulesRate } from "./rules/rate.js";
import { rulesStorm } from "./rules/storm.js";
import type { Experiment } from "./experiment.js";

/** @internal Erases the type of the parameters: what `parameters` parsed is what the other functions take. */
function entry<P>(experiment: Experiment<P>): readonly [string, Experiment] {
  return [experiment.name, experiment];
}

export const experiments: ReadonlyMap<string, Experiment> = new Map([
  entry(command),
  entry(conntrack),
  entry(forwarding),
  entry(gateway),
  entry(hashtable),
  entry(rulesOccupancy),
  entry(rulesStorm),
  entry(rulesRate),
  entry(rulesConformance),
]);
