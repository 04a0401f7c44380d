#!/usr/bin/env bash
# Arbitrary bytes as files: never a panic, never a row without a fate. fuzz.sh [SECONDS]
# Needs cargo-fuzz (installed into target/tools); a stable toolchain will do.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"
command -v cargo-fuzz >/dev/null || cargo install -q --locked --root target/tools cargo-fuzz
RUSTC_BOOTSTRAP=1 cargo fuzz run files_to_rows -- -max_total_time="${1:-600}" -max_len=4096
