#!/usr/bin/env bash
# The plots of docs/simulator.md, made anew: a simulated shop beside online-retail (WHARF_TEST_DATA or ../shared/data).
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q -p wharf
data="${WHARF_TEST_DATA:-../shared/data}/online-retail"
python3 scripts/simulator_plots.py "${CARGO_TARGET_DIR:-target}/debug/wharf" $(ls "$data"/*.csv 2>/dev/null | head -1)
