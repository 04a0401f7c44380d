#!/usr/bin/env bash
# The tests of answers once more, with PostgreSQL as the warehouse: scripts/postgres.sh [TEST…]. The server is started for
# them on a free port, in a folder that goes with it.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=$(for folder in /usr/lib/postgresql/*/bin; do [ -x "$folder/initdb" ] && echo "$folder"; done | sort -V | tail -1)
[ -n "$programs" ] || programs=$(dirname "$(command -v initdb || echo /none/initdb)")
if [ ! -x "$programs/initdb" ]; then
  echo "SKIPPED PostgreSQL as the warehouse: there is no PostgreSQL (apt-get install postgresql)"
  [ "${CI:-}" != true ]
  exit
fi
as_postgres() { if [ "$(id -u)" = 0 ]; then exec setpriv --reuid postgres --regid postgres --init-groups "$@"; else exec "$@"; fi; }
folder=$(mktemp -d)
[ "$(id -u)" != 0 ] || chown postgres "$folder"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
trap 'kill -INT $server 2> /dev/null; wait $server 2> /dev/null; rm -rf "$folder"' EXIT
cd /
(as_postgres "$programs/initdb" -D "$folder/data" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 > "$folder/log")
as_postgres "$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" \
  -c fsync=off -c max_connections=200 > "$folder/log" 2>&1 &
server=$!
cd - > /dev/null
for _ in $(seq 100); do "$programs/psql" -h 127.0.0.1 -p "$port" -U postgres -qc 'select 1' > /dev/null 2>&1 && break; sleep 0.1; done
# What docs/postgresql.md says a warehouse needs: a user of its own that may make its schema.
"$programs/psql" -h 127.0.0.1 -p "$port" -U postgres -q -c "create role wharf login" -c "create database shop owner wharf"

export WHARF_TEST_POSTGRES="postgres://wharf@127.0.0.1:$port/shop"
if [ $# -gt 0 ]; then "$@"; else
  cargo test -q -p wharf --no-fail-fast --test cli --test cancelled --test currencies --test derived --test landing --test incremental --test packs --test serve
fi
