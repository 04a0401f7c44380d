#!/usr/bin/env bash
# The main job on a small shop that a script makes: land, check, model, ask.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q -p wharf
wharf="${CARGO_TARGET_DIR:-$PWD/target}/debug/wharf"
shop=target/demo
rm -rf "$shop"
"$wharf" init --preset online-retail "$shop"
scripts/make-shop.sh 60000 > "$shop/inbox/invoices.csv"
cd "$shop"
run() { printf '\n$ wharf %s\n' "$*"; "$wharf" "$@"; }
run run
run stats 2011-11-23
run top-customers --limit 5
run sales --by month
run basket --limit 5
run rejects
run run
