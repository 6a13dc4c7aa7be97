/** Filter sets in the manner of ClassBench: the same on every machine, and of the structure that their profiles say. */
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/digest.js";
import { filterCommands, filterSet, type Filter } from "../../src/rules/filter_sets/generate.js";
import {
  FILTER_SETS,
  filterProfile,
  type FilterSetName,
  type PortClass,
} from "../../src/rules/filter_sets/profiles.js";
import { ruleOfCommand } from "../../src/rules/commands.js";
import { seededRandom } from "../../src/statistics/random.js";

const COUNT = 4000;
const cache = new Map<FilterSetName, readonly Filter[]>();

function setOf(name: FilterSetName): readonly Filter[] {
  const set = cache.get(name) ?? filterSet(name, COUNT, seededRandom(1));
  cache.set(name, set);
  return set;
}

function shareOf<T>(items: readonly T[], is: (item: T) => boolean): number {
  return items.filter(is).length / items.length;
}

function classOf([first, last]: readonly [number, number]): PortClass {
  if (first === last) return "EM";
  if (first === 0) return last === 65_535 ? "WC" : last === 1023 ? "LO" : "AR";
  return first === 1024 && last === 65_535 ? "HI" : "AR";
}

const withPorts = (name: FilterSetName) => setOf(name).flatMap(({ ports }) => (ports === undefined ? [] : [ports]));

/** Filters that are drawn twice are drawn anew: wide ones, of which there are few, come less often than the profile says. */
const TOLERANCE = 0.08;

describe.each(FILTER_SETS)("the filter set %s", (name) => {
  const profile = filterProfile(name);

  it("has as many different filters as were asked for, which are right rules of rising priority numbers", () => {
    const commands = filterCommands(setOf(name));
    const patterns = new Set(commands.map((text) => text.replace(/priority \d+/, "")));
    expect(patterns.size).toBe(COUNT);
    for (const [index, text] of commands.slice(0, 500).entries()) {
      const parsed = ruleOfCommand({ text, line: 1 }, "set");
      expect(parsed).toHaveProperty("rule.priority", index);
    }
  });

  it("differs with the seed, and is the same with the same", () => {
    const [one, same, other] = [5, 5, 6].map((seed) => filterCommands(filterSet(name, 100, seededRandom(seed))));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("has protocols and pairs of port classes as often as its profile says", () => {
    const total = profile.protocols.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [protocol, weight] of profile.protocols) {
      const share = shareOf(setOf(name), (filter) => filter.protocol === protocol);
      expect(Math.abs(share - weight / total), protocol).toBeLessThan(TOLERANCE);
    }
    const pairs = profile.portPairs.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [[source, destination], weight] of profile.portPairs) {
      const share = shareOf(withPorts(name), ([from, to]) => classOf(from) === source && classOf(to) === destination);
      expect(Math.abs(share - weight / pairs), `${source}-${destination}`).toBeLessThan(TOLERANCE);
    }
  });

  it("has pairs of prefix lengths as its profile says, and no other", () => {
    const total = profile.prefixPairs.reduce((sum, [, weight]) => sum + weight, 0);
    let seen = 0;
    for (const [[from, to], weight] of profile.prefixPairs) {
      const share = shareOf(
        setOf(name),
        ({ source, destination }) => source.length === from && destination.length === to,
      );
      expect(Math.abs(share - weight / total), `${from}, ${to}`).toBeLessThan(TOLERANCE);
      seen += share;
    }
    expect(seen).toBeCloseTo(1, 10);
  });

  it("comes with those that look at more bits first", () => {
    const lengths = setOf(name).map(({ source, destination }) => source.length + destination.length);
    const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;
    expect(mean(lengths.slice(0, COUNT / 4))).toBeGreaterThan(mean(lengths.slice(-COUNT / 4)));
  });
});

describe("the kinds of filter sets", () => {
  it("differ as the paper says: firewalls have wildcards, access control lists hardly look at source ports", () => {
    const wildcards = (name: FilterSetName): number =>
      shareOf(setOf(name), ({ source, destination }) => source.length === 0 || destination.length === 0);
    expect(wildcards("fw")).toBeGreaterThan(wildcards("ipc") + 0.2);
    expect(wildcards("ipc")).toBeGreaterThan(wildcards("acl"));
    const sources = (name: FilterSetName): number => shareOf(withPorts(name), ([source]) => classOf(source) !== "WC");
    expect(sources("acl")).toBeLessThan(0.05);
    expect(sources("fw")).toBeGreaterThan(0.2);
    expect(sources("ipc")).toBeGreaterThan(0.3);
  });

  it("have addresses in subnets: far fewer than as many first halves, of which the heaviest has far more than its share", () => {
    for (const name of FILTER_SETS) {
      const hosts = setOf(name).filter(({ source }) => source.length >= 24);
      const halves = new Map<number, number>();
      for (const { source } of hosts) halves.set(source.address >>> 16, (halves.get(source.address >>> 16) ?? 0) + 1);
      expect(halves.size, name).toBeLessThan(hosts.length / 2);
      expect(Math.max(...halves.values()), name).toBeGreaterThan((5 * hosts.length) / halves.size);
    }
  });

  it("have destinations in the subnet of their source more often than by chance", () => {
    const hosts = setOf("acl").filter(({ source, destination }) => Math.min(source.length, destination.length) >= 24);
    const same = (shift: number): number =>
      shareOf(hosts, ({ source, destination }) => source.address >>> shift === destination.address >>> shift);
    expect(same(28)).toBeGreaterThan(0.7 ** 4 * 0.8);
    expect(same(24)).toBeLessThan(same(28));
  });

  it("can be far larger than the subnets that they would have", () => {
    expect(filterSet("fw", 30_000, seededRandom(2))).toHaveLength(30_000);
  });

  it("are the same on every machine", () => {
    const digests = FILTER_SETS.map((name) => {
      const commands = filterCommands(filterSet(name, 1000, seededRandom(1)));
      return [name, sha256(commands.join("\n")).slice(0, 16)] as const;
    });
    expect(Object.fromEntries(digests)).toMatchInlineSnapshot(`
      {
        "acl": "47809c3acf256b6c",
        "fw": "c11f47ae509d85f9",
        "ipc": "0a1788cbbeffcb6f",
      }
    `);
  });
});
