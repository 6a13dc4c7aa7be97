import { describe, expect, it } from "vitest";
import { refusal } from "./sample.js";

const FIXED = "with: { table: cuckoo }\ntraffic: { profile: campus, flows: 1M, rate: max }\n";

describe("a wrong suite", () => {
  it("has all its problems told together, in the order of the file", async () => {
    const { code, message, hint } = await refusal(
      "with: { table: cukoo }\ntraffic: { profile: campos, flows: 12x, rate: 5Mbit }\ntrial: { duraton: 2s }\n" +
        "repeat: { until: { metric: fowarding_rate, ci95: 2% } }\nplot: []\n",
    );
    expect(code).toBe("SUITE_INVALID");
    expect(hint).toContain("nicbench validate");
    expect(message.split("\n")).toEqual([
      "7 problems in suite.yaml:",
      "  suite.yaml:4:16: table: 'cukoo' is not one of cuckoo, chaining-stl, hopscotch; did you mean 'cuckoo'?",
      "  suite.yaml:5:21: traffic.profile: 'campos' is not one of uniform, zipf, campus; did you mean 'campus'?",
      "  suite.yaml:5:36: traffic.flows: '12x' is not a count; write a whole number such as 500, 4M (4,000,000) or 64Ki (65,536)",
      "  suite.yaml:5:47: traffic.rate: '5Mbit' is not a frame rate; write frames per second such as 5Mpps or 500kpps, or max",
      "  suite.yaml:6:10: trial: unknown key 'duraton'; did you mean 'duration'? known: warmup, duration",
      "  suite.yaml:7:28: repeat.until.metric: 'fowarding_rate' is no metric; did you mean 'forwarding_rate'? there are: forwarding_rate, loss_ratio",
      expect.stringMatching(/^ {2}suite.yaml:8:1: unknown key 'plot'; did you mean 'plots'\? known: nicbench, /),
    ]);
  });

  it.each([
    [
      "a wrong value of an axis",
      `${FIXED}matrix:\n  table: [cuckoo, hopscoch]\n`,
      "7:19: table: 'hopscoch' is not one of",
    ],
    [
      "an axis of no parameter",
      `${FIXED}matrix:\n  tabel: [cuckoo]\n`,
      "7:3: unknown key 'tabel'; did you mean 'table'?",
    ],
    [
      "an axis inside traffic",
      `${FIXED}matrix:\n  traffic.flow: [1]\n`,
      "7:3: traffic: unknown key 'flow'; did you mean 'flows'?",
    ],
    [
      "a wrong value of a range",
      `${FIXED}matrix:\n  cores: { from: 0, to: 2, step: 1 }\n`,
      "7:10: cores: 0 is too small",
    ],
    [
      "a key inside a map of an axis",
      `${FIXED}matrix:\n  traffic:\n    - { flows: 1 }\n    - { flwos: 2 }\n`,
      "9:9: traffic: unknown key 'flwos'",
    ],
    ["a wrong included value", `${FIXED}matrix:\n  include:\n    - table: x\n`, "8:14: table: 'x' is not one of"],
    [
      "a wrong trial of an axis",
      `${FIXED}matrix:\n  trial.duration: [1s, 2x]\n`,
      "7:24: trial.duration: '2x' is not a duration",
    ],
    ["a trial that is no map", `${FIXED}matrix:\n  trial: [2s]\n`, "7:11: trial: '2s' is not a map"],
    ["a missing parameter", "traffic: { profile: campus, flows: 1 }\n", "3:1: table: missing; write one of cuckoo"],
    ["a missing section", "with: { table: cuckoo }\n", "4:1: traffic: missing"],
    [
      "an axis that is no list",
      `${FIXED}matrix:\n  table: cuckoo\n`,
      "7:10: matrix.table: 'cuckoo' is not a list of values; write [a, b],",
    ],
    ["an empty axis", `${FIXED}matrix:\n  table: []\n`, "7:10: matrix.table: needs at least 1 value"],
    ["a list in an axis", `${FIXED}matrix:\n  table: [[cuckoo]]\n`, "7:11: matrix.table[0]: a list is not a text"],
    ["a half range", `${FIXED}matrix:\n  cores: { from: 1, step: 1 }\n`, "7:3: matrix.cores.to: missing"],
    [
      "a wrong range",
      `${FIXED}matrix:\n  cores: { form: 1, to: 2, step: 1 }\n`,
      "7:12: matrix.cores: unknown key 'form'; did you mean 'from'?",
    ],
    ["traffic inside with", "with: { table: cuckoo, traffic: {} }\n", "4:24: with: 'traffic' belongs at the top level"],
    [
      "a share above 1",
      `${FIXED}repeat: { until: { metric: loss_ratio, ci95: 2 } }\n`,
      "6:46: repeat.until.ci95: 2 is too large",
    ],
    ["max below min", `${FIXED}repeat: { min: 5, max: 3 }\n`, "6:24: repeat.max: is below repeat.min"],
    [
      "a plot of nothing",
      `${FIXED}plots: [{ title: a, mark: bar, x: table }]\n`,
      "plots[0].y: missing; a bar chart needs it",
    ],
    [
      "a plot of no metric",
      `${FIXED}plots: [{ title: a, mark: bar, x: table, y: lost_ratio }]\n`,
      "6:45: plots[0].y: 'lost_ratio' is no metric or parameter; did you mean 'loss_ratio'?",
    ],
    [
      "a filter by nothing",
      `${FIXED}plots: [{ title: a, mark: percentiles, where: { tabel: x } }]\n`,
      "6:49: plots[0].where: 'tabel' is no parameter; did you mean 'table'?",
    ],
    [
      "a limit that is no metric",
      `${FIXED}plots: [{ title: a, mark: bar, x: table, y: loss_ratio, roof: los_ratio }]\n`,
      "6:63: plots[0].roof: 'los_ratio' is no metric; did you mean 'loss_ratio'?",
    ],
    [
      "a limit of another unit",
      `${FIXED}plots: [{ title: a, mark: bar, x: table, y: loss_ratio, roof: forwarding_rate }]\n`,
      "6:63: plots[0].roof: 'forwarding_rate' is in frames/s and loss_ratio in ratio; a limit has the unit of y",
    ],
    [
      "a limit of no value",
      `${FIXED}plots: [{ title: a, mark: percentiles, roof: loss_ratio }]\n`,
      "6:46: plots[0].roof: has no effect in a percentiles chart; remove it",
    ],
    [
      "a reference that is none",
      `${FIXED}plots: [{ title: a, mark: bar, x: table, y: loss_ratio, reference: { pick: { nic: cx5 } } }]\n`,
      "plots[0].reference.series: missing; write a text",
    ],
    [
      "a heat map without its metric",
      `${FIXED}plots: [{ title: a, mark: heatmap, x: table, y: cores }]\n`,
      "plots[0].color: missing; a heatmap chart needs it",
    ],
    [
      "a heat map of no metric",
      `${FIXED}plots: [{ title: a, mark: heatmap, x: table, y: cores, color: table }]\n`,
      "plots[0].color: 'table' is no metric; there are: ",
    ],
    [
      "parts of another unit",
      `${FIXED}plots: [{ title: a, mark: stacked, x: table, parts: [loss_ratio, forwarding_rate] }]\n`,
      "plots[0].parts[1]: 'forwarding_rate' is in frames/s and the others in ratio; only one unit can be stacked",
    ],
    [
      "a logarithmic axis of bars",
      `${FIXED}plots: [{ title: a, mark: bar, x: table, y: loss_ratio, scale: log }]\n`,
      "plots[0].scale: has no effect in a bar chart; remove it, or draw a line or box or violin or ecdf or heatmap chart",
    ],
    [
      "an ideal of what is better low",
      `${FIXED}plots: [{ title: a, mark: line, x: table, y: loss_ratio, ideal: true }]\n`,
      "plots[0].ideal: 'loss_ratio' is not better high, so it has no ideal to grow to; remove it",
    ],
    [
      "a gate on no metric",
      `${FIXED}gate: [{ metric: x }]\n`,
      "6:18: gate[0].metric: 'x' is no metric; there are: forwarding_rate, loss_ratio",
    ],
    [
      "a gate on points that no parameter tells apart",
      `${FIXED}gate: [{ metric: loss_ratio, where: { rat: max } }]\n`,
      "6:39: gate[0].where: 'rat' is no parameter",
    ],
    [
      "a claim of nothing",
      `${FIXED}claims: [{ id: A, says: b }]\n`,
      "claims[0].expect: missing; write what the run must show",
    ],
    [
      "a fault in a tag that is not chosen",
      `${FIXED}tags:\n  small: { trial: { duration: soon } }\n`,
      "7:31: tags.small.trial.duration: 'soon' is not a duration",
    ],
    ["a seed that is none", `${FIXED}seed: -1\n`, "6:7: seed: -1 is too small"],
    [
      "too many points",
      `${FIXED}matrix:\n  cores: { from: 1, to: 1000, step: 1 }\n  capacity: { from: 1, to: 1000, step: 1 }\n`,
      "7:3: matrix: has 1000000 points, more than 100000; shorten",
    ],
  ])("%s points to where it was written", async (_name, body, message) => {
    const error = await refusal(body);
    expect(error.code).toBe("SUITE_INVALID");
    expect(error.message).toContain(message);
  });

  it.each([
    ["another version", "nicbench: 2\nname: a\nexperiment: conntrack\n", "suite.yaml:1:11: nicbench: 2 is not 1"],
    [
      "another experiment",
      "nicbench: 1\nname: a\nexperiment: contrack\n",
      "suite.yaml:3:13: experiment: 'contrack' is no experiment; did you mean 'conntrack'?",
    ],
    [
      "a name that is no folder name",
      "nicbench: 1\nname: a/b\nexperiment: conntrack\n",
      "suite.yaml:2:7: name: 'a/b' is not a name; write up to 64 letters",
    ],
    ["nothing needed", "a: 1\n", "suite.yaml:1:1: nicbench: missing; write 1"],
  ])("with %s says so at the head", async (_name, body, message) => {
    expect((await refusal(body, { head: false })).message).toContain(message);
  });

  it("that is wrong in every point is told once", async () => {
    const { message } = await refusal(
      `${FIXED.replace("cuckoo", "x")}matrix: { cores: { from: 1, to: 1000, step: 1 } }\n`,
    );
    expect(message).toMatch(/^suite.yaml:4:16: table: 'x' is not one of [^\n]*$/);
  });
});
