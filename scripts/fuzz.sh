#!/usr/bin/env bash
# Arbitrary bytes as files and as baskets: never a panic, never a row without a fate, never a set that is not there.
# fuzz.sh [SECONDS [TARGET…]], so many seconds each target of fuzz/fuzz_targets.
# Needs cargo-fuzz (installed into target/tools); a stable toolchain will do.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"
command -v cargo-fuzz >/dev/null || cargo install -q --locked --root target/tools cargo-fuzz
seconds="${1:-600}"
[ $# -gt 1 ] && shift || set -- files_to_rows baskets
for target in "$@"; do
  RUSTC_BOOTSTRAP=1 cargo fuzz run "$target" -- -max_total_time="$seconds" -max_len=4096
done
