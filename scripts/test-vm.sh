#!/usr/bin/env bash
# The classifiers that need a kernel with cls_flower, tested under Debian's in an emulated machine (scripts/vm-lab):
# tc-flower, and rte_flow and flow-perf on DPDK's net_tap. That machine lacks instructions that this one may have, so the addon's part
# for rte_flow is built for it first, with what x86-64-v2 has.
set -euo pipefail
cd "$(dirname "$0")/.."

addon=$PWD/build/vm/Release/nicbench_rules.node
{
  cmake -S . -B build/vm -G Ninja -DNICBENCH_MARCH=x86-64-v2 \
    -DCMAKE_JS_INC="$(node -p "require('node-api-headers').include_dir")"
  cmake --build build/vm --target nicbench_rules_addon
} >build/vm.log 2>&1 || { cat build/vm.log && exit 1; }

exec scripts/vm-lab --timeout 1200 --module tun -- env NICBENCH_VM=1 NICBENCH_ADDON="$addon" \
  node_modules/.bin/vitest run --config vitest.vm.config.ts -t "${1:-tc-flower|rte_flow on|trials of flow-perf}"
