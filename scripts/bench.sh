#!/usr/bin/env bash
# Times whole processes beside the peers, in turns, and writes benches/runs/DATE-shop.md: bench.sh [PARTS…]
# Parts: small, large, rerun, day, backfill (all by default). Needs the data (WHARF_TEST_DATA or ../shared/data) and the peers
# (WHARF_PEERS or ../shared/peers). Let nothing else run meanwhile. WHARF_BENCH=PATH times another binary than the one of the dev profile.
set -euo pipefail
cd "$(dirname "$0")/.."
binary="${WHARF_BENCH:-}"
if [ -z "$binary" ]; then
  cargo build -q -p wharf
  binary="${CARGO_TARGET_DIR:-target}/debug/wharf"
fi
exec scripts/python.sh python benches/shop.py "$binary" "$@"
