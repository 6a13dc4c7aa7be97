import { describe, expect, it } from "vitest";
import { portChecklist } from "../../src/testbed/port_checks.js";
import { probePort } from "../../src/testbed/port_probe.js";
import { filesOf } from "./files.js";
import type { HostTools } from "../../src/testbed/host_tools.js";
import type { PortSpec } from "../../src/testbed/model.js";

const ETH = "/sys/class/net/ens1";
const NIC: Readonly<Record<string, string>> = {
  [`${ETH}/operstate`]: "up\n",
  [`${ETH}/speed`]: "100000\n",
  [`${ETH}/mtu`]: "9000\n",
  [`${ETH}/device/driver`]: "mlx5_core",
  [`${ETH}/device/numa_node`]: "1\n",
  [`${ETH}/device/current_link_speed`]: "16.0 GT/s PCIe\n",
  [`${ETH}/device/current_link_width`]: "16\n",
  [`${ETH}/device/max_link_speed`]: "16.0 GT/s PCIe\n",
  [`${ETH}/device/max_link_width`]: "16\n",
  [`${ETH}/device/msi_irqs/100`]: "msix\n",
  [`${ETH}/device/msi_irqs/101`]: "msix\n",
  "/proc/irq/100/effective_affinity_list": "0\n",
  "/proc/irq/101/smp_affinity_list": "4-5\n",
  "/sys/devices/system/node/node1/distance": "21 10\n",
};

/** As ethtool 6.1 prints it for a ConnectX-5. */
const ETHTOOL: Readonly<Record<string, string>> = {
  "-i": "driver: mlx5_core\nversion: 6.1.0\nfirmware-version: 16.35.3006 (MT_0000000012)\nexpansion-rom-version: \n",
  "-a": "Pause parameters for ens1:\nAutonegotiate:\toff\nRX:\t\ton\nTX:\t\toff\n",
  "-g": [
    "Ring parameters for ens1:",
    "Pre-set maximums:",
    "RX:\t\t8192",
    "RX Mini:\tn/a",
    "TX:\t\t8192",
    "Current hardware settings:",
    "RX:\t\t1024",
    "RX Mini:\tn/a",
    "TX:\t\t512",
  ].join("\n"),
  "--show-priv-flags": "Private flags for ens1:\nrx_cqe_moder   : on\nrx_cqe_compress: off\nskb_tx_mpwqe   : on\n",
};

const tools: HostTools = { output: async ([, flag = ""]) => ETHTOOL[flag] };
const noTools: HostTools = { output: async () => undefined };

async function items(files = NIC, port: PortSpec = { io: "af_xdp", device: "ens1" }, has = tools, node = 1) {
  const cpus = [2, 3].map((cpu) => ({ cpu, siblings: [cpu], node }));
  const list = portChecklist(await probePort(port, filesOf(files), has), cpus);
  return new Map(list.map((each) => [each.name, each]));
}

describe("the doctor at a port", () => {
  it("tells link, bus and driver", async () => {
    const found = await items();
    expect(Object.fromEntries([...found].map(([name, { status, found: what }]) => [name, [status, what]]))).toEqual({
      "ens1 link": ["ok", "up, 100000 Mbit/s"],
      "ens1 MTU": ["ok", "9000"],
      "ens1 driver": ["ok", "mlx5_core, firmware 16.35.3006 (MT_0000000012)"],
      "ens1 PCIe": ["ok", "16.0 GT/s PCIe x16"],
      "ens1 NUMA node": ["ok", "1"],
      "ens1 interrupts": ["ok", "on CPU 0,4-5"],
      "ens1 pause frames": ["advice", "rx on, tx off"],
      "ens1 rings": ["ok", "rx 1024 of 8192, tx 512 of 8192"],
      "ens1 private flags": ["ok", "rx_cqe_moder, skb_tx_mpwqe"],
    });
  });

  it("warns of a narrow bus and of cores on another node", async () => {
    const found = await items({ ...NIC, [`${ETH}/device/current_link_width`]: "8\n" }, undefined, tools, 0);
    expect(found.get("ens1 PCIe")).toMatchObject({ status: "warning", found: expect.stringContaining("can do") });
    expect(found.get("ens1 NUMA node")).toMatchObject({
      status: "warning",
      found: "1, and CPU 2-3 of its role is on another, at distance 21 (10 is near)",
    });
  });

  it("warns of interrupts that are served by cores of its role", async () => {
    const served = (cpus: string) => items({ ...NIC, "/proc/irq/101/smp_affinity_list": cpus });
    expect((await served("3-4")).get("ens1 interrupts")).toMatchObject({
      status: "warning",
      found: "on CPU 0,3-4, of which its role measures on CPU 3",
      advice: expect.stringContaining("/proc/irq/<number>/smp_affinity_list"),
    });
  });

  it("finds the interrupts of a virtual NIC at the device that carries it", async () => {
    const entries = Object.entries(NIC).map(([path, text]) => [
      path.replace("device/msi_irqs", "device/../msi_irqs"),
      text,
    ]);
    expect((await items(Object.fromEntries(entries))).get("ens1 interrupts")?.found).toBe("on CPU 0,4-5");
    const none = entries.filter(([path = ""]) => !path.includes("msi_irqs"));
    expect((await items(Object.fromEntries(none))).get("ens1 interrupts")).toMatchObject({
      status: "advice",
      found: "unavailable: the device has no interrupts of its own",
    });
  });

  it("says what is down, not there, or cannot be read", async () => {
    expect((await items({ ...NIC, [`${ETH}/operstate`]: "down\n" })).get("ens1 link")?.status).toBe("missing");
    expect((await items({})).get("port ens1")).toMatchObject({ status: "missing", found: "not found" });
    const rings = (await items(NIC, undefined, noTools)).get("ens1 rings");
    expect(rings).toMatchObject({ status: "advice", found: expect.stringContaining("ethtool is not installed") });
  });

  it("knows a port without hardware", async () => {
    const veth = Object.fromEntries(Object.entries(NIC).filter(([path]) => !path.includes("/device/")));
    expect([...(await items(veth)).keys()]).toEqual(["ens1 link", "ens1 MTU", "ens1 hardware"]);
  });

  it("says how to bind a device that DPDK cannot open, and takes one that shares it", async () => {
    const folder = "/sys/bus/pci/devices/0000:17:00.0";
    const bound = (driver: string) => items({ [`${folder}/driver`]: driver }, { io: "dpdk", device: "17:00.0" });
    expect((await bound("ixgbe")).get("17:00.0 driver")).toMatchObject({
      status: "missing",
      advice: expect.stringContaining("dpdk-devbind.py --bind=vfio-pci 17:00.0"),
    });
    expect((await bound("vfio-pci")).get("17:00.0 driver")?.status).toBe("ok");
    expect((await bound("mlx5_core")).get("17:00.0 driver")?.status).toBe("ok");
  });
});
