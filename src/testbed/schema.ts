/** The testbed file, key by key. What parses here may still be more than this version can drive. */
import { z } from "zod";
import { bitRateSchema } from "../units.js";
import { quote } from "../yaml/problems.js";
import { parseCpuList } from "./cpu_list.js";
import { programSchema } from "./program_schema.js";

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: ({ input }) => `${quote(input)} is not a name; write up to 64 letters, digits, '.', '_' and '-'`,
  })
  .describe("Name of the testbed in results.");

const cpu = z.int().min(0);

const cpuList = z.string().transform((text, context) => {
  const cpus = parseCpuList(text);
  if (cpus !== undefined && cpus.length > 0 && new Set(cpus).size === cpus.length) return [...cpus];
  context.addIssue({
    code: "custom",
    message: `${quote(text)} is not a CPU list; write auto or numbers such as 2-9,12`,
  });
  return z.NEVER;
});

const coresSchema = z
  .union([z.literal("auto"), cpuList, cpu.transform((number) => [number]), z.array(cpu).min(1)])
  .default("auto")
  .describe("CPUs to pin to, in order of use, such as 2-9,12. Default auto: one core for each role, CPU 0 last.");

export const hostSchema = z.union([
  z.strictObject({
    kind: z
      .enum(["local", "netns"])
      .describe(
        "`local`: the machine that runs nicbench. `netns`: a network namespace on it, made for the run and reached by SSH.",
      ),
  }),
  z.strictObject({
    ssh: z
      .string()
      .regex(/^[^\s\p{Cc}-][^\s\p{Cc}]*$/u, {
        error: ({ input }) => `${quote(input)} is no name of a host; write an alias of ssh_config(5), or user@host`,
      })
      .describe("Alias of ssh_config(5), or user@host."),
    sudo: z.boolean().optional().describe("Run the agent as root, by sudo -n. Default false."),
    install: z
      .string()
      .regex(/^\/[^\p{Cc}]*$/u, { error: ({ input }) => `${quote(input)} is no absolute path` })
      .optional()
      .describe("Folder on the host where nicbench was built. Default: this machine's build is uploaded."),
  }),
]);

const wireNames = [
  "ring",
  "socket",
  "socket-mmsg",
  "libpcap",
  "af_packet",
  "af_packet-v2",
  "af_xdp",
  "memif",
  "dpdk",
] as const;

export type WireName = (typeof wireNames)[number];

const MAX_QUEUES = 64;

/** Wires whose ports may have several. */
const WITH_QUEUES: readonly string[] = wireNames.filter((name) => name !== "ring" && name !== "libpcap");

const portObject = z.strictObject({
  io: z
    .enum([...wireNames, "kernel"])
    .describe(
      "The wire: `ring` joins threads of one agent; others are ports of the host. `kernel`: an interface that a program " +
        "(`command`) uses by itself.",
    ),
  interface: z
    .string()
    .regex(/^(?!\.{1,2}$)[^\s\p{Cc}\p{Cf}/:-][^\s\p{Cc}\p{Cf}/:]{0,14}$/u, {
      error: ({ input }) => `${quote(input)} is no name of an interface; see them with: ip -br link`,
    })
    .optional()
    .describe("Network interface of the port, for wires of the kernel."),
  pci: z
    .string()
    .regex(/^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i, {
      error: ({ input }) => `${quote(input)} is no PCI address; write one as lspci -D does, such as 0000:17:00.0`,
    })
    .optional()
    .describe("PCI address of the port, for `dpdk`."),
  device: z
    .string()
    .regex(/^[A-Za-z0-9_][^\s\p{Cc}]*$/u, {
      error: ({ input }) =>
        `${quote(input)} is no device of DPDK; write one such as net_memif0,role=server,socket=/run/x.sock, or for memif role=server,socket=lab`,
    })
    .optional()
    .describe(
      "Arguments of the port: for `dpdk` without a NIC a device, such as net_memif0,role=server,socket=lab; for `memif` role=server,socket=lab.",
    ),
  address: z
    .union([z.cidrv4(), z.cidrv6()], {
      error: ({ input }) => `${quote(input)} is no address; write one such as 198.18.0.1/24`,
    })
    .optional()
    .describe("Address that the interface is given in a network namespace, such as 198.18.0.1/24; for `kernel`."),
  queues: z
    .int()
    .min(1)
    .max(MAX_QUEUES)
    .optional()
    .describe(
      "Queues of the port; the DUT has a core work on each. A pair of interfaces of network namespaces is made with them. For " +
        "`af_xdp` and `dpdk` other interfaces must have them (ethtool -L); on sockets and `af_packet` the kernel spreads " +
        "frames over them. Default 1.",
    ),
});

type WrittenPort = z.output<typeof portObject>;

/** The keys that say what a wire is opened on: one of them. */
function devicesOf(io: WrittenPort["io"]): readonly ("interface" | "pci" | "device")[] {
  if (io === "ring") return [];
  if (io === "memif") return ["device"];
  return io === "dpdk" ? ["pci", "device"] : ["interface"];
}

const portSchema = portObject.superRefine((port, context) => {
  const wanted = devicesOf(port.io);
  const given = (["interface", "pci", "device"] as const).filter((key) => port[key] !== undefined);
  for (const key of given.filter((name) => !wanted.includes(name))) {
    const message = `has no effect on io: ${port.io}; ${wanted.length === 0 ? "remove it" : `write ${wanted.join(" or ")}`}`;
    context.addIssue({ code: "custom", path: [key], message, input: port[key] });
  }
  if (port.address !== undefined && port.io !== "kernel") {
    const message = `has no effect on io: ${port.io}, which does without; it is for io: kernel`;
    context.addIssue({ code: "custom", path: ["address"], message, input: port.address });
  }
  if (port.queues !== undefined && !WITH_QUEUES.includes(port.io)) {
    const message = `has no effect on io: ${port.io}, whose ports have one; it is for io: ${WITH_QUEUES.join(", ")}`;
    context.addIssue({ code: "custom", path: ["queues"], message, input: port.queues });
  }
  if (wanted.length === 0 || given.filter((key) => wanted.includes(key)).length === 1) return;
  context.addIssue({ code: "custom", message: `needs ${wanted.join(" or ")} to say which port it is`, input: port });
});

export const roleSchema = z
  .strictObject({
    host: z.string().describe("Which of `hosts` it runs on."),
    ports: z
      .array(portSchema)
      .min(1)
      .optional()
      .describe("What joins it to the other roles; a program may do without."),
    cores: coresSchema,
    control_core: cpu.optional().describe("CPU for the threads that are not on the data path."),
    command: programSchema.optional(),
  })
  .superRefine(({ ports, command }, context) => {
    if (ports === undefined && command === undefined)
      context.addIssue({ code: "custom", path: ["ports"], message: "missing; write a list such as [{ io: ring }]" });
    ports?.forEach(({ io }, index) => {
      if ((io === "kernel") === (command !== undefined)) return;
      const message =
        command === undefined ? "is for roles with a command; name a wire" : "is no wire of a program; write kernel";
      context.addIssue({ code: "custom", path: ["ports", index, "io"], message });
    });
  });

export const testbedSchema = z
  .strictObject({
    nicbench: z.literal(1).describe("Version of the file format: 1."),
    name,
    title: z.string().optional().describe("Title in reports. Default: the name."),
    hosts: z.record(name, hostSchema).describe("The machines."),
    roles: z.record(name, roleSchema).describe("What each machine does: `generator`, `dut`."),
    nic: z
      .strictObject({
        model: z.string().optional(),
        link: bitRateSchema().optional().describe("Link rate, such as 100Gbps."),
        classifier: z.string().optional(),
      })
      .optional()
      .describe("The NIC under test, as facts for the report."),
  })
  .describe("A nicbench testbed: machines, and which of them plays which role.");

export type TestbedFile = z.infer<typeof testbedSchema>;

/** JSON Schema of testbed files for editors. */
export function testbedJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(testbedSchema, { io: "input", unrepresentable: "any" }), title: "nicbench testbed" };
}
