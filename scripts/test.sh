#!/usr/bin/env bash
# Everything CI holds the project to. Installs what is missing into target/ or, as root, by apt.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

# Rust links with lld by itself on x86-64 Linux since 1.90, so no flag is set here: one set of flags, one target folder.
step services
if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null && ! command -v initdb > /dev/null; then
  # RUNLEVEL=1: nothing is started; tests start servers of their own.
  as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
  as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q && apt-get install -qy postgresql openssl' \
    || echo "PostgreSQL is not here and cannot be installed: its tests will say that they were SKIPPED"
fi

# Tests wait for processes, sockets and limits of time about a quarter of the time.
threads=$((2 * $(nproc)))
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((threads < 16 ? threads : 16))}"

# What is built once needs no notes for building it again.
[ "${CI:-}" != true ] || export CARGO_INCREMENTAL=0

step format
cargo fmt --all --check

step clippy
cargo clippy --workspace --all-targets -- -D warnings

step tests
cargo test --workspace --no-fail-fast

step "PostgreSQL as the warehouse"
scripts/postgres.sh

step docs
# Docs are for those who work on wharf: links to private items are wanted.
RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --workspace --no-deps --document-private-items -q
cargo run -q -p wharf -- docs metrics | diff - docs/metrics.md \
  || { echo "docs/metrics.md is not what models/metrics.yaml gives: run make docs"; exit 1; }

# All of these wait for servers and pages about half the time: the browser has one processor, the others the other.
wharf="${CARGO_TARGET_DIR:-target}/debug/wharf"
log=$(mktemp)
# A group of processes that ends with this one, whatever ends it.
set -m
{
  step "containers"
  scripts/python.sh python tests/deploy.py "$wharf"

  step "other engines"
  scripts/python.sh python tests/engines.py "$wharf"

  step "the API against its document"
  scripts/api.sh "$wharf"

  step "dependencies"
  scripts/deny.sh
} > "$log" 2>&1 &
others=$!
set +m
trap 'kill -- -$others 2> /dev/null || true; cat "$log"; rm "$log"' EXIT

step "pages in a browser"
ended=0
scripts/browser.sh "$wharf" || ended=$?
wait $others || ended=$?
[ $ended = 0 ]
