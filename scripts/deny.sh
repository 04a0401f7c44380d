#!/usr/bin/env bash
# Bans, licences and sources of all dependencies, by cargo-deny (installed into target/tools).
set -euo pipefail
cd "$(dirname "$0")/.."
deny=target/tools/bin/cargo-deny
if ! [ -x "$deny" ]; then
  command -v cargo-deny >/dev/null && deny=cargo-deny || cargo install -q --locked --profile dev --root target/tools cargo-deny
fi
"$deny" check bans licenses sources
