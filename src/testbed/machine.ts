/**
 * The machine that a host is on. Hosts of one machine share its CPUs and its ports: all local ones do, which is how a
 * testbed has two agents on this machine.
 */
export function machineOf(host: string, spec: object | undefined): string {
  return spec !== undefined && "kind" in spec && spec.kind === "local" ? "this machine" : host;
}
