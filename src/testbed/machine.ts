/**
 * The machine that a host is on. Hosts of one machine share its CPUs: all local ones do, and all network namespaces,
 * which is how a testbed has two agents on this machine.
 */
export function machineOf(host: string, spec: object | undefined): string {
  const here = spec !== undefined && "kind" in spec && spec.kind !== "ssh";
  return here ? "this machine" : host;
}
