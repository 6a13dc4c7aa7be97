/** What a suite may say about traffic, and what the data path is told. */
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { trafficConfig } from "../../../src/experiments/traffic/config.js";
import { conntrackParameters } from "../../../src/experiments/conntrack/parameters.js";
import { trafficSchema } from "../../../src/experiments/traffic/parameters.js";
import { occupancyParameters } from "../../../src/experiments/rules/occupancy.js";
import { forwardingParameters } from "../../../src/experiments/forwarding/parameters.js";
import type { TrafficConfig } from "../../../src/agent/protocol.js";

const uniform = (values: object) => ({ profile: "uniform", ...values });

function configOf(values: object): TrafficConfig {
  const traffic = trafficSchema.parse(values);
  expect(trafficSchema.parse(traffic)).toEqual(traffic); // parsing what was parsed gives the same again
  return trafficConfig({ traffic }, traffic.rate, 1);
}

function problems(schema: z.ZodType, values: object): readonly string[] {
  return schema.safeParse(values).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}

describe("frame_size", () => {
  it.each([
    ["64B", { frameSize: 64 }],
    [128, { frameSize: 128 }],
    [["64B", 512, "1518B"], { sizesInTurn: [64, 512, 1518] }],
    ["64B, 512B,1518", { sizesInTurn: [64, 512, 1518] }],
    [{ "594B": 4, 64: 7 }, { sizesDrawn: [[64, 7], [594, 4]] }], // prettier-ignore
    ["594B:4,64B:7", { sizesDrawn: [[64, 7], [594, 4]] }], // prettier-ignore
    ["imix", { sizesInTurn: [64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1518] }],
    [{ pcap: "/sizes.pcap" }, { sizesFrom: "/sizes.pcap" }],
    ["imix:abcdefg", { sizesInTurn: [64, 128, 256, 512, 1024, 1280, 1518] }],
  ])("%j", (frame_size, sizes) => {
    expect(configOf(uniform({ frame_size }))).toMatchObject(sizes);
  });

  it("is one value, however it is written, so that points that send the same are the same", () => {
    const parsed = (frame_size: unknown) => trafficSchema.parse(uniform({ frame_size }));
    expect(parsed({ "594B": 4, "64B": 7 })).toEqual(parsed("64:7,594:4"));
    expect(parsed(["64B", "512B"])).toEqual(parsed("64B,512B"));
  });

  it.each([
    ["imix:", "is no genome"],
    ["imix:aah", "'h' is no letter of a genome here: a is 64"],
    ["imix4", "'imix4' is not a byte count"],
    ["64B,63B", "'63B' is too small"],
    [["64B", "9000B"], "'9000B' is too large"],
    [[], "is empty"],
    [{}, "is empty"],
    [{ "64B": -1 }, "'64B:-1' has no weight above 0"],
    [{ large: 1 }, "'large' is not a byte count"],
    [{ pcap: "" }, "frame_size.pcap"],
    [true, "is no frame size"],
  ])("%j is refused", (frame_size, message) => {
    expect(problems(trafficSchema, uniform({ frame_size })).join("\n")).toContain(message);
  });
});

describe("headers", () => {
  it("are told to the data path as they are written", () => {
    const vlan = [7, { id: 100, priority: 5 }];
    expect(configOf(uniform({ vlan, tunnel: "vxlan", vni: 42, ipv6_share: "20%" }))).toMatchObject({
      vlans: [
        { id: 7, priority: 0 },
        { id: 100, priority: 5 },
      ],
      tunnel: "vxlan",
      vni: 42,
      ipv6Share: 0.2,
    });
    expect(configOf({ vlan: 100 })).toMatchObject({ profile: "campus", vlans: [{ id: 100, priority: 0 }] });
  });

  it("are left out where none are written", () => {
    expect(configOf({})).toEqual({ rate: "max", seed: 1, profile: "campus", flows: 65536 });
  });

  it("make the default frame long enough for them and a probe", () => {
    expect(configOf(uniform({}))).toMatchObject({ frameSize: 64 });
    expect(configOf(uniform({ tunnel: "vxlan" }))).toMatchObject({ frameSize: 14 + 50 + 20 + 8 + 4 + 16 });
    expect(configOf(uniform({ ipv6_share: 1, vlan: [1, 2] }))).toMatchObject({ frameSize: 14 + 8 + 40 + 8 + 4 + 16 });
  });

  it.each([
    [uniform({ tunnel: "vxlan", frame_size: "64B" }), "need 96B"],
    [uniform({ tunnel: "vxlan", frame_size: "imix" }), "need 96B"],
    [uniform({ tunnel: "gre", vni: 1 }), "no effect but with tunnel: vxlan or geneve"],
    [uniform({ vlan: 4095 }), "vlan"],
    [uniform({ vlan: [1, 2, 3] }), "vlan"],
    [uniform({ tunnel: "vxlan", vni: 2 ** 24 }), "vni"],
    [uniform({ ipv6_share: 2 }), "too large"],
    [{ pcap: "x.pcap", tunnel: "vxlan" }, "has no effect with a pcap"],
  ])("%j is refused", (traffic, message) => {
    expect(problems(trafficSchema, traffic).join("\n")).toContain(message);
  });

  it("that an experiment cannot carry are refused before the run", () => {
    const traffic = uniform({ tunnel: "geneve" });
    expect(problems(conntrackParameters, { table: "cuckoo", traffic }).join("\n")).toContain(
      "use experiment: forwarding",
    );
    expect(problems(forwardingParameters, { traffic })).toEqual([]);
    const tagged = uniform({ vlan: 1 });
    expect(problems(forwardingParameters, { wire: "socket", traffic: tagged }).join("\n")).toContain(
      "needs wire: ring",
    );
    const large = uniform({ frame_size: "64B,2000B" });
    expect(problems(forwardingParameters, { wire: "socket", traffic: large }).join("\n")).toContain("too large");
  });
});

describe("clients and servers", () => {
  it("are told to the data path in base units, and kept in one way of writing", () => {
    const written = { clients: "10.1.2.3/24", servers: "172.16.0.5", client_ports: "2000 - 2999", server_ports: 443 };
    expect(configOf(uniform({ ...written, flows: 1000 }))).toMatchObject({
      clients: ["10.1.2.0/24"],
      servers: ["172.16.0.5/32"],
      clientPorts: [2000, 2999],
      serverPorts: [443, 443],
    });
    const plain = { clients: "10.1.2.0/24", servers: "172.16.0.5/32", client_ports: "2000-2999", server_ports: "443" };
    expect(trafficSchema.parse(uniform(written))).toEqual(trafficSchema.parse(uniform(plain)));
  });

  it("may be lists, of both IP versions", () => {
    const clients = ["192.0.2.77/24", "2001:DB8:0:0:1::/64", "10.0.0.0/8", "::ffff:1.2.3.4", "fe80::1/10"];
    const written = uniform({ clients, servers: "203.0.113.1, fd00::/8", ipv6_share: "50%" });
    expect(configOf(written)).toMatchObject({
      clients: ["192.0.2.0/24", "2001:db8::/64", "10.0.0.0/8", "::ffff:102:304/128", "fe80::/10"],
      servers: ["203.0.113.1/32", "fd00::/8"],
    });
    expect(configOf({ ...written, clients: clients.join(",") })).toEqual(configOf(written));
  });

  it.each([
    [{ clients: "10.0.0.0/33" }, "is no prefix"],
    [{ clients: "10.0.0/8" }, "is no prefix"],
    [{ clients: "2001:2::/129" }, "is no prefix"],
    [{ clients: "2001::2::/48" }, "is no prefix"],
    [{ clients: "10.0.0.0/24,," }, "'' is no prefix"],
    [{ clients: [] }, "clients: is empty"],
    [{ clients: Array.from({ length: 65 }, (_, i) => `10.0.${i}.0/24`) }, "has 65 prefixes; write 64 at most"],
    [{ servers: "1.2.3.4; reboot" }, "is no prefix"],
    [{ client_ports: "9-3" }, "are no ports"],
    [{ server_ports: "1-65536" }, "are no ports"],
    [{ server_ports: true }, "server_ports"],
    [
      { clients: "10.0.0.0/24", client_ports: "53", flows: 257 },
      "clients: have too few addresses and ports for 257 flows: 256",
    ],
    [{ clients: "10.0.0.1", flows: "64Ki" }, "for 65536 flows: 32768"],
    [
      { clients: ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"], client_ports: "53-54", flows: 1025 },
      "for 1025 flows: 1024, counted in powers of two",
    ],
    [{ clients: "fd00::/120", ipv6_share: 1, client_ports: 53, flows: 257 }, "for 257 flows: 256"],
    [{ clients: "10.0.0.0/24,fd00::/64", ipv6_share: 0.5, client_ports: 53, flows: 257 }, "for 257 flows: 256"],
    [{ clients: "10.0.0.0/24,10.0.0.128/25" }, "clients: has 10.0.0.128/25 and 10.0.0.0/24, which overlap"],
    [{ servers: "::/0,fd00::1" }, "servers: has fd00::1/128 and ::/0, which overlap"],
    [{ clients: "192.168.7.0/24" }, "clients: overlap"],
    [{ clients: "8.8.8.0/24,192.168.7.0/24" }, "clients: overlap: clients are 192.168.7.0/24, servers 192.168.0.0/16"],
    [{ servers: "0.0.0.0/0" }, "servers: overlap"],
    [{ clients: "2001:2::/48", ipv6_share: 1 }, "clients: overlap"],
    [{ servers: "2001:2:0:c::a01:1", ipv6_share: 1 }, "servers 2001:2:0:c::a01:1/128"],
    [{ clients: "fd00::/64" }, "clients: fd00::/64 is of no flow: all are IPv4; set ipv6_share"],
    [{ servers: "fd00::/64,10.9.0.0/16", ipv6_share: 1 }, "servers: 10.9.0.0/16 is of no flow: all are IPv6"],
    [{ pcap: "x.pcap", clients: "10.0.0.0/24" }, "has no effect with a pcap"],
  ])("%j is refused", (traffic, message) => {
    expect(problems(trafficSchema, traffic).join("\n")).toContain(message);
  });

  it.each([
    { clients: "2001:db8::/126", ipv6_share: 1, client_ports: "1024-65535", flows: 131_072 },
    { clients: "192.168.0.0/24", servers: "172.16.0.0/12", flows: 1000 },
    { clients: "fd00::/64", servers: "fd01::/64", ipv6_share: 1, flows: "1M" },
  ])("%j is enough", (traffic) => {
    expect(problems(trafficSchema, traffic)).toEqual([]);
  });

  it("of a load balancer are those that it serves", () => {
    const problemsOf = (use: string, traffic: object) =>
      problems(conntrackParameters, { table: "cuckoo", use, traffic: uniform(traffic) });
    const elsewhere = { clients: "11.0.0.0/8", servers: "172.16.0.0/12" };
    expect(problemsOf("load-balance", elsewhere)).toEqual([
      expect.stringContaining("traffic.clients: must be within 10.0.0.0/8"),
      expect.stringContaining("traffic.servers: must be within 192.168.0.0/16"),
    ]);
    expect(problemsOf("track", elsewhere)).toEqual([]);
    const served = { clients: "10.0.0.0/9,10.128.0.0/9,fd00::/64", servers: "192.168.7.0/24", ipv6_share: 0.5 };
    expect(problemsOf("load-balance", served)).toEqual([]);
  });

  it("of rules are those that the rules are made for", () => {
    const point = { match_share: "10%", rules: 10, traffic: uniform({ clients: "10.9.0.0/16" }) };
    expect(problems(occupancyParameters, point).join("\n")).toContain("that the rules are made for");
  });
});

describe("the times of a capture", () => {
  it("are kept, or played faster", () => {
    expect(configOf({ pcap: "/x.pcap", rate: "1x" })).toMatchObject({ rate: { recorded: 1 }, pacing: "recorded" });
    expect(configOf({ pcap: "/x.pcap", rate: "2.5x", pacing: "constant" })).toEqual({
      pcap: "/x.pcap",
      rate: { recorded: 2.5 },
      seed: 1,
    });
    expect(configOf({ pcap: "/x.pcap", rate: "1Mpps", pacing: "recorded" })).toMatchObject({
      rate: 1e6,
      pacing: "recorded",
    });
  });

  it.each([
    [{ rate: "2x" }, "is a multiple of a pcap's rate"],
    [{ rate: "1Mpps", pacing: "recorded" }, "needs a pcap"],
    [{ pcap: "x.pcap", pacing: "recorded" }, "no effect with rate: max"],
    [{ pcap: "x.pcap", rate: "0x" }, "must be above 0x"],
    [{ pcap: "x.pcap", rate: "-1x" }, "must be above 0x"],
    [{ pcap: "x.pcap", rate: "fastx" }, "rate"],
  ])("%j is refused", (traffic, message) => {
    expect(problems(trafficSchema, traffic).join("\n")).toContain(message);
  });
});

describe("windows", () => {
  it("are of captures alone", () => {
    expect(configOf({ pcap: "/x.pcap", windows: 4 })).toMatchObject({ pcap: "/x.pcap", windows: 4 });
    expect(problems(trafficSchema, { windows: 4 })[0]).toContain("no effect without a pcap");
  });
});
