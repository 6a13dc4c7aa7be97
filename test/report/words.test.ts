import { describe, expect, it } from "vitest";
import {
  countText,
  paramLabel,
  paramText,
  paramTitle,
  pointLabeller,
  sweptNames,
  varyingParams,
} from "../../src/report/params.js";
import { axisUnit, logAxis, quantityText, scaledText, withUnit } from "../../src/report/scale.js";
import { commandLines } from "../../src/report/command.js";
import { verdictOf } from "../../src/report/verdict.js";
import { labelsWidth, measure, wrapped } from "../../src/report/charts/measure.js";
import { quickstartPoints, syntheticInput } from "./synthetic.js";

describe("parameters in words", () => {
  it.each([
    [65536, "64Ki"],
    [1048576, "1Mi"],
    [64000, "64k"],
    [4_000_000, "4M"],
    [1_500_000, "1.5M"],
    [1000, "1k"],
    [1024, "1Ki"],
    [12, "12"],
    [65537, "65,537"],
    [0, "0"],
  ])("shows the count %i as %s", (value, text) => {
    expect(countText(value)).toBe(text);
  });

  it("shows rates with their unit, switches as on and off, and traces by their file name", () => {
    expect(paramText("traffic.rate", 1_000_000)).toBe("1 Mpps");
    expect(paramText("traffic.rate", "max")).toBe("max");
    expect(paramText("search.measure_at", 0.5)).toBe("50%");
    expect(paramText("search.max_rate", 2_000_000)).toBe("2 Mpps");
    expect(paramLabel("storm.rate", 10_000)).toBe("10k updates a second");
    expect(paramText("storm.at", 0.05)).toBe("50 ms");
    expect(paramText("hugePages", true)).toBe("on");
    expect(paramText("series_interval", 0.025)).toBe("25 ms");
    expect(paramText("traffic.frame_size", 1500)).toBe("1.46 KiB");
    expect(paramText("ringSize", 1500)).toBe("1.5k");
    expect(paramText("load_factor", 0.95)).toBe("95%");
    expect(paramText("lookup_share", 0.9)).toBe("90%");
    expect(paramText("expiry.interval", 0.00025)).toBe("250 µs");
    expect(paramText("traffic.pcap", "/srv/traces/web.pcap")).toBe("web.pcap");
    expect(paramText("traffic.pcap", "C:\\traces\\web.pcap")).toBe("web.pcap");
  });

  it("says what a zero means where it is no number", () => {
    expect(paramText("capacity", 0)).toBe("auto");
    expect(paramText("series_interval", 0)).toBe("none");
    expect(paramText("traffic.skew", 0)).toBe("0");
    expect(paramLabel("capacity", 0)).toBe("auto capacity");
  });

  it("adds the name where the value alone says too little", () => {
    expect(paramLabel("traffic.flows", 65536)).toBe("64Ki flows");
    expect(paramLabel("traffic.rate", "max")).toBe("max rate");
    expect(paramLabel("table", "cuckoo")).toBe("cuckoo");
    expect(paramLabel("hugePages", false)).toBe("huge pages off");
    expect(paramLabel("load_factor", 0.8)).toBe("80% load factor");
    expect(paramLabel("timeout", 5)).toBe("5 s timeout");
    expect(paramLabel("traffic.rate", 1_000_000)).toBe("1 Mpps");
    expect(paramLabel("slowdown", 0.05)).toBe("5% slowdown");
    expect(paramLabel("nat_addresses", 32)).toBe("32 NAT addresses");
  });

  it("has titles with the names of the field", () => {
    const paths = ["ringSize", "traffic.flows", "nat_addresses", "rss", "ovs_emc", "ovs_conntrack"];
    const titles = [
      "Ring size",
      "Flows",
      "NAT addresses",
      "RSS",
      "Exact-match cache of Open vSwitch",
      "Connection tracking",
    ];
    expect(paths.map(paramTitle)).toEqual(titles);
  });

  it("repeats in a label only what differs between the points", () => {
    const points = [{ params: { table: "cuckoo", cores: 1 } }, { params: { table: "cuckoo", cores: 2 } }];
    expect(points.map(pointLabeller(points))).toEqual(["1 core", "2 cores"]);
  });

  it("sees profile, flows and trace as alternatives of one family, and keeps the rate apart", () => {
    const points = quickstartPoints().map((params) => ({ params }));
    expect(varyingParams(points)).toEqual([
      "table",
      "traffic.profile",
      "traffic.flows",
      "traffic.pcap",
      "traffic.rate",
    ]);
    expect(sweptNames(points)).toEqual(["table", "traffic", "traffic.rate"]);
  });
});

describe("units of axes and columns", () => {
  it("takes one prefix for all values", () => {
    expect(axisUnit("frames/s", 12.3e6)).toEqual({ factor: 1e6, symbol: "Mpps" });
    expect(axisUnit("bit/s", 8.4e9)).toEqual({ factor: 1e9, symbol: "Gbps" });
    expect(axisUnit("ns", 2400)).toEqual({ factor: 1e3, symbol: "µs" });
    expect(axisUnit("ratio", 0.3)).toEqual({ factor: 0.01, symbol: "%" });
    expect(axisUnit("cycles", 2300)).toEqual({ factor: 1, symbol: "cycles" });
    expect(axisUnit("frames/s", 0)).toEqual({ factor: 1, symbol: "pps" });
  });

  it("shows three significant digits and keeps the zeros that carry them", () => {
    const mega = { factor: 1e6, symbol: "Mpps" };
    expect([12_345_678, 1e6, 987_654, 999_960, 1_203_400_000].map((value) => scaledText(value, mega))).toEqual([
      "12.3",
      "1.00",
      "0.988",
      "1.00",
      "1,203",
    ]);
    expect(scaledText(0, mega)).toBe("0");
    expect(scaledText(Number.NaN, mega)).toBe("n/a");
    expect(quantityText(2400, "ns")).toBe("2.4 µs");
  });

  it("does not repeat a unit that the title names", () => {
    expect(withUnit("Cycles per frame", { factor: 1, symbol: "cycles" })).toBe("Cycles per frame");
    expect(withUnit("Forwarding rate", { factor: 1e6, symbol: "Mpps" })).toBe("Forwarding rate (Mpps)");
  });

  it("bounds a logarithmic axis at 1, 2 or 5 around all values", () => {
    expect(logAxis(130, 4100)).toEqual({ domain: [100, 5000], ticks: [100, 200, 500, 1000, 2000, 5000] });
    expect(logAxis(3, 90_000)).toEqual({ domain: [2, 100_000], ticks: [10, 100, 1000, 10_000, 100_000] });
    const {
      domain: [low, high],
    } = logAxis(100, 100);
    expect([low <= 100, high > 100]).toEqual([true, true]);
  });
});

describe("the line that repeats a run", () => {
  const { manifest } = syntheticInput({ repetitions: 1 });

  it("quotes words for a shell", () => {
    const command = ["nicbench", "run", "my suite.yaml", "--set", "with.note=it's"];
    expect(commandLines({ ...manifest, command }).repeat).toBe(
      "nicbench run 'my suite.yaml' --set 'with.note=it'\\''s'",
    );
  });

  it("takes whole lines as they are: as typed, and the one that repeats", () => {
    const command = ["npx nicbench run s.yaml", "nicbench run s.yaml --seed 7"];
    expect(commandLines({ ...manifest, command })).toEqual({ typed: command[0], repeat: command[1] });
  });
});

describe("verdictOf", () => {
  it("never calls a run good that failed, stopped early or is suspect", () => {
    expect(verdictOf(syntheticInput({ repetitions: 1 })).tone).toBe("good");
    expect(verdictOf(syntheticInput({ repetitions: 2, fate: (i) => (i === 0 ? "failed" : "ok") })).headline).toBe(
      "Complete, with failures",
    );
    expect(verdictOf(syntheticInput({ repetitions: 2, fate: (i) => (i === 0 ? "suspect" : "ok") })).tone).toBe("warn");
    expect(verdictOf(syntheticInput({ repetitions: 2, fate: (i) => (i === 0 ? "skipped" : "ok") })).headline).toContain(
      "skipped",
    );
    const input = syntheticInput({ repetitions: 1 });
    expect(verdictOf({ ...input, summary: { ...input.summary, outcome: "interrupted" } }).headline).toBe("Interrupted");
  });
});

describe("how a chart fits its page", () => {
  const shape = { panels: 6, panelGroup: 2, legendWidth: 120, panelWidth: 260, mostWidth: 1200, xLabelsWidth: 0 };

  it("puts fewer panels and legend entries side by side on a narrow page, never none", () => {
    expect(measure(shape, 1080)).toMatchObject({ columns: 2, legendColumns: 8 });
    expect(measure({ ...shape, panelGroup: 1 }, 1080).columns).toBe(3);
    expect(measure(shape, 360)).toMatchObject({ columns: 1, legendColumns: 2 });
    expect(measure(shape, 100).columns).toBe(1);
  });

  it("never makes panels wider than the page has room for", () => {
    for (const available of [320, 400, 640, 900, 1080]) {
      const { width, columns } = measure(shape, available);
      expect(columns * width + 24 * (columns - 1) + 72).toBeLessThanOrEqual(available);
    }
  });

  it("tilts the labels of an axis that do not fit side by side", () => {
    const bars = {
      ...shape,
      panels: 1,
      xLabelsWidth: labelsWidth(["cuckoo++", "robin-map", "hopscotch", "chaining-stl"]),
    };
    expect(measure(bars, 1080).labelAngle).toBe(0);
    expect(measure(bars, 300).labelAngle).toBeLessThan(0);
    expect(measure({ ...bars, panels: 6 }, 1080).labelAngle).toBe(0);
    expect(measure({ ...bars, xLabelsWidth: 0 }, 300).labelAngle).toBe(0);
  });

  it("gives labels room by their neighbours: a long one between short ones is not in the way", () => {
    expect(labelsWidth(["a", "bbb", "c"])).toBe(3 * 14);
    expect(labelsWidth(["one · much-longer", "one · much-longer"])).toBe(2 * 7 * "much-longer".length);
    expect(labelsWidth(["alone"])).toBe(0);
    expect(labelsWidth([])).toBe(0);
  });

  it("breaks long lines at spaces and keeps every word", () => {
    expect(wrapped("one two three four", 9)).toEqual(["one two", "three", "four"]);
    expect(wrapped("unbreakable-word", 4)).toEqual(["unbreakable-word"]);
  });
});
