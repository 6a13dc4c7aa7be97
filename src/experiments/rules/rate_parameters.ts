/** What a suite says of a point of `rules.rate`. */
import { z } from "zod";
import { CLASSIFIERS } from "../../agent/protocol.js";
import { countSchema } from "../../units.js";
import { oversubscribeField } from "../cores.js";
import { nftablesFormSchema } from "./nftables_form.js";
import { operationSchema } from "./operation.js";
import { refuseBesideList, sourceOf } from "./listed.js";
import { rteFlowApiSchema } from "./rte_flow_api.js";
import { refuseOverfull, ruleSetFields } from "./rule_set.js";

const SOFTNIC_BATCH = 64;
/** Of classifiers that are not ours: a transaction, a bundle. */
const LARGEST_BATCH = 10_000;
const MOST_THREADS = 64;

const rateObject = z.strictObject({
  ...ruleSetFields,
  classifier: z
    .enum(["softnic", ...CLASSIFIERS])
    .default("softnic")
    .describe(
      "What holds the rules. softnic: nicbench's own software NIC, on any host. nftables: the kernel, on the netdev ingress " +
        "hook, in a network namespace made for the trial; needs root and nft. ovs: OpenFlow tables of an Open vSwitch with the " +
        "userspace datapath, started for the trial; needs root and openvswitch-switch. tc-flower: the kernel's traffic control, in " +
        "software; needs root and cls_flower. xdp: BPF maps, with an XDP program that asks them; needs root and libbpf. flow-perf: DPDK's dpdk-test-flow-perf on the testbed's port of DPDK, with rules of its own " +
        "that differ in the source address; insert and delete, batch: 1, a run a trial. ethtool: ntuple filters of the NIC's kernel driver, " +
        "on the testbed's interface; needs root; not exercised on real hardware yet. rte_flow: the rules of the testbed's port of DPDK, in our own process. Default softnic.",
    ),
  nftables_form: nftablesFormSchema.default("sets"),
  rte_flow_api: rteFlowApiSchema.default("sync"),
  operation: operationSchema,
  operations: countSchema({ min: 1, max: 16_000_000 })
    .default(10_000)
    .describe(
      "Changes of one round, from the point's number of rules: up with insert, down with delete. Rounds repeat until " +
        "trial.duration is over; undoing them is not timed. Default 10k.",
    ),
  batch: countSchema({ min: 1, max: LARGEST_BATCH })
    .default(1)
    .describe(
      `Rules handed over at once; 1: single calls. softnic takes up to ${SOFTNIC_BATCH}; the others up to 10k: nftables as one transaction, ` +
        "ovs as one bundle, tc-flower as one tc -batch, xdp as one system call a map, ethtool as a process each, " +
        "rte_flow as calls in a row, or as one push of its queue; flow-perf takes them one by one. Default 1.",
    ),
  control_threads: countSchema({ min: 1, max: MOST_THREADS })
    .default(1)
    .describe(
      "Threads that change rules of the one classifier at the same time, each its own share. softnic: threads that take turns by a lock; " +
        "nftables: an nft each; tc-flower: a tc each; ovs: an OpenFlow connection each; xdp: threads with batches of system calls; flow-perf: its --cores. " +
        "More than one: not with ethtool, rte_flow, nftables_form: rules, or listed rules. Rates are of all together. Default 1.",
    ),
  ...oversubscribeField,
});

export const rateParameters = rateObject.superRefine(refuseOverfull).superRefine((point, context) => {
  refuseBesideList(point, (path, message, input) =>
    context.addIssue({ code: "custom", path: [...path], message, input }),
  );
  const { classifier, rules, operation, operations, batch, control_threads: threads } = point;
  const refuse = (key: keyof typeof point, message: string): void => {
    context.addIssue({ code: "custom", path: [key], message, input: point[key] });
  };
  if (classifier === "softnic" && batch > SOFTNIC_BATCH)
    refuse("batch", `must be at most ${SOFTNIC_BATCH} with softnic`);
  if (threads > operations) refuse("control_threads", `must be at most operations (${operations})`);
  if (threads > 1 && sourceOf(point) !== undefined)
    refuse("control_threads", "must be 1 for listed rules, which one thread changes in their order");
  if (operation === "insert") return;
  if (typeof rules === "number" && rules > 0 && threads > rules)
    refuse("control_threads", `must be at most rules (${rules})`);
  if (rules === 0) refuse("rules", `must be above 0: ${operation} needs rules that are there`);
  else if (operation === "delete" && typeof rules === "number" && operations > rules)
    refuse("operations", `must be at most rules (${rules})`);
});

export type RateParameters = z.output<typeof rateObject>;
