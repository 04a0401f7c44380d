#!/usr/bin/env bash
# Times whole processes beside the peers, in turns, and writes benches/runs/DATE-shop.md: bench.sh [PARTS…]
# `bench.sh basket [PARTS…]` times frequent itemsets instead (benches/basket.py says its parts) and writes DATE-basket-PARTS.md.
# Parts: small, large, rerun, day, backfill (all by default); memory by name alone. Needs the data (WHARF_TEST_DATA or ../shared/data) and the peers
# (WHARF_PEERS or ../shared/peers). Let nothing else run meanwhile. WHARF_BENCH=PATH times another binary than the one of the dev profile.
# simulate: `wharf simulate` beside Python's Faker, into benches/runs/DATE-simulate.md; needs no data.
# postgres: a table of PostgreSQL into Parquet beside pandas and ConnectorX; needs online-retail and PostgreSQL.
# warehouse: landing into PostgreSQL beside psql's \copy, and all daily statistics beside a statement a day; needs PostgreSQL.
# serve: the API under load beside FastAPI over DuckDB; needs online-retail. Installs oha into target/oha, or takes OHA=PATH.
# basket: itemsets beside pyfim and mlxtend, into benches/runs/DATE-basket-PARTS.md; needs the data alone.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = basket ]; then
  shift
  cargo build -q --release -p insight --example basket
  cargo build -q -p wharf
  export WHARF="${WHARF_BENCH:-$PWD/${CARGO_TARGET_DIR:-target}/debug/wharf}"
  exec scripts/python.sh python benches/basket.py "${CARGO_TARGET_DIR:-target}/release/examples/basket" "$@"
fi
binary="${WHARF_BENCH:-}"
if [ -z "$binary" ]; then
  cargo build -q -p wharf
  binary="${CARGO_TARGET_DIR:-target}/debug/wharf"
fi
if [ "${1:-}" = simulate ]; then
  cargo build -q -p wharf -p sim --example into_memory
  scripts/python.sh python -c 'import faker, pandas, pyarrow' 2>/dev/null || target/python/bin/pip install -q --disable-pip-version-check faker pandas pyarrow
  exec scripts/python.sh python benches/simulate.py "$binary"
fi
if [ "${1:-}" = postgres ]; then
  scripts/python.sh python -c 'import pandas, sqlalchemy, psycopg, connectorx' 2>/dev/null \
    || target/python/bin/pip install -q --disable-pip-version-check pandas sqlalchemy 'psycopg[binary]' connectorx
  exec scripts/python.sh python benches/postgres.py "$binary"
fi
if [ "${1:-}" = warehouse ]; then
  scripts/python.sh python -c 'import psycopg' 2>/dev/null \
    || target/python/bin/pip install -q --disable-pip-version-check 'psycopg[binary]'
  exec scripts/python.sh python benches/warehouse.py "$binary"
fi
if [ "${1:-}" = serve ]; then
  scripts/python.sh python -c 'import duckdb, fastapi, uvicorn' 2>/dev/null \
    || target/python/bin/pip install -q --disable-pip-version-check fastapi uvicorn
  export OHA="${OHA:-$PWD/target/oha/bin/oha}"
  # Built elsewhere than our own, so that neither builds the other anew.
  if ! [ -x "$OHA" ]; then
    CARGO_TARGET_DIR=target/oha/build cargo install -q oha --version 1.16.0 --root target/oha --locked
    rm -rf target/oha/build
  fi
  exec scripts/python.sh python benches/serve.py "$binary"
fi
if [[ " $* " = *" memory "* ]]; then cargo build -q -p wharf -p connect --example read; fi
exec scripts/python.sh python benches/shop.py "$binary" "$@"
