#!/usr/bin/env bash
# Makes suites/captures/quickstart.pcap: real TCP, UDP and ICMP between two network namespaces.
#
#   sudo scripts/make-quickstart-capture.sh [output.pcap]
#
# Both ends are made here and removed at the end, also after a failure. Addresses are from the ranges for
# benchmarks and documentation (RFC 2544 appendix C, RFC 3849). Segmentation offloads and checksum offload
# are off, so that what is captured is what a wire would carry: whole frames of at most 1518 bytes with FCS
# and with right checksums. Needs: iproute2, ethtool, tcpdump, ping, node.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/../suites/captures/quickstart.pcap}
client=nicbench-client
server=nicbench-server
work=$(mktemp -d)

cleanup() {
  local code=$?
  jobs -p | xargs -r kill 2>/dev/null || true
  wait 2>/dev/null || true
  ip netns del "$client" 2>/dev/null || true
  ip netns del "$server" 2>/dev/null || true
  rm -rf "$work"
  exit "$code"
}
trap cleanup EXIT

in_client() { ip netns exec "$client" "$@"; }
in_server() { ip netns exec "$server" "$@"; }

lay_wire() {
  ip netns add "$client"
  ip netns add "$server"
  ip -n "$client" link add wire type veth peer name wire netns "$server"
  for side in "$client" "$server"; do
    ip netns exec "$side" ethtool -K wire tx off gso off tso off gro off >"$work/ethtool.log"
    # No duplicate address detection, router discovery or idle neighbour chatter: only what the programs cause.
    ip netns exec "$side" sysctl -q net.ipv6.conf.wire.accept_dad=0 net.ipv6.conf.wire.router_solicitations=0
    ip -n "$side" link set lo up
    ip -n "$side" link set wire up
  done
  local i
  for i in {1..8}; do
    ip -n "$client" addr add "198.18.0.$i/15" dev wire
    ip -n "$client" addr add "2001:db8::c:$i/64" dev wire nodad
  done
  for i in {1..4}; do
    ip -n "$server" addr add "198.19.0.$i/15" dev wire
    ip -n "$server" addr add "2001:db8::5:$i/64" dev wire nodad
  done
}

# Runs until the line `text` appears in a log; a program that never says it fails the script.
wait_for() {
  local log=$1 text=$2
  for _ in {1..100}; do
    grep -q "$text" "$log" && return
    sleep 0.1
  done
  cat "$log" >&2
  echo "make-quickstart-capture: '$text' did not appear within 10 s" >&2
  return 1
}

lay_wire
in_server node "$here/quickstart-capture/servers.mjs" >"$work/servers.log" 2>&1 &
wait_for "$work/servers.log" "servers ready"

in_client tcpdump -i wire -w "$work/capture.pcap" -s 0 -B 16384 --time-stamp-precision=micro -Z root \
  2>"$work/tcpdump.log" &
tcpdump=$!
wait_for "$work/tcpdump.log" "listening on"

in_client ping -q -c 5 -i 0.5 -I 198.18.0.1 198.19.0.1 >"$work/ping4.log" &
in_client ping -q -c 5 -i 0.5 -s 1000 -I 2001:db8::c:1 2001:db8::5:1 >"$work/ping6.log" &
in_client timeout 60 node "$here/quickstart-capture/clients.mjs"
sleep 1 # the last segments, and tcpdump's buffer
kill -INT "$(pgrep -P "$tcpdump" || echo "$tcpdump")" 2>/dev/null || true
wait "$tcpdump" || true

grep -q "^0 packets dropped by kernel" "$work/tcpdump.log" || {
  cat "$work/tcpdump.log" >&2
  echo "make-quickstart-capture: tcpdump lost frames; run it again" >&2
  exit 1
}
install -m 644 "$work/capture.pcap" "$output"
cat "$work/tcpdump.log"
ls -l "$output"
