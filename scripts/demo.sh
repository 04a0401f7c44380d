#!/usr/bin/env bash
# Builds wharf and shows a made shop that lives; further flags are those of `wharf demo`. Ctrl-C stops it.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q -p wharf
exec "${CARGO_TARGET_DIR:-target}/debug/wharf" demo "$@"
