#!/usr/bin/env bash
# Makes docs/quickstart.svg, the chart of the README, from a fresh run of the quickstart. Stop all else first:
# the two cores that it uses must be free, or its trials are suspect.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

node bin/nicbench.js run suites/quickstart.yaml --results "$work/results" --no-report
node bin/nicbench.js report latest --results "$work/results" --format svg --out "$work/report"
install -m 644 "$work/report/chart-1-forwarding-rate.svg" docs/quickstart.svg
echo "docs/quickstart.svg is new. Name machine, date and commit in the README, below the chart."
