#!/usr/bin/env bash
# Runs a demo and prints what it holds as it goes on: scripts/soak.sh [SPEED [MINUTES [flags of wharf demo…]]], 30x for 10
# minutes. WHARF names the program; a line comes every EVERY seconds (60). What each column is stands in docs/operations.md.
set -euo pipefail
cd "$(dirname "$0")/.."
speed=${1:-30x} minutes=${2:-10} every=${EVERY:-60}
shift $(($# < 2 ? $# : 2))
wharf=${WHARF:-}
if [ -z "$wharf" ]; then
  cargo build -q -p wharf
  wharf=${CARGO_TARGET_DIR:-target}/debug/wharf
fi
folder=$(mktemp -d)
demo=
trap '[ -z "$demo" ] || { kill -INT $demo; wait $demo; } 2> /dev/null || true; rm -rf "$folder"' EXIT
"$wharf" demo --keep "$folder/shop" --speed "$speed" --port 0 "$@" > "$folder/address" 2> "$folder/log" &
demo=$!
until [ -s "$folder/address" ]; do
  kill -0 $demo 2> /dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.2
done
api=$(cat "$folder/address")/api/v1

# Rows of a statement as the server has them, as of one publish.
ask() {
  curl -sS -H 'X-Wharf: 1' -H 'Content-Type: application/json' -d "{\"sql\": \"$(tr -s '\n ' '  ' <<< "$1")\"}" "$api/query" \
    | python3 -c 'import json, sys; reply = json.load(sys.stdin); print(*reply["rows"][0] if "rows" in reply else reply)'
}
# KiB on disk below a folder of the shop; files come and go while they are counted.
kib() { (cd "$folder/shop" && du -sk "$@" 2> /dev/null || true) | awk '{sum += $1} END {print sum + 0}'; }
mib() { awk -v kib="$(kib "$@")" 'BEGIN {printf "%.1f", kib / 1024}'; }

titles=(minute orders loads runs run_ms rss_MiB disk_MiB tables old history logs fates state landing inbox files)
line() { local IFS='|'; sed 's/|/ | /g' <<< "$*" | sed 's/.*/| & |/'; }
line "${titles[@]}"
line "${titles[@]//*/---}"
begun=$(date +%s) last=0
while :; do
  read -r orders loads runs <<< "$(ask 'select orders, loads, runs from (select count(*) as orders from orders)
    cross join (select count(*) as loads from loads) cross join (select max(run) as runs from runs)')"
  run_ms=$(ask "select cast(coalesce(avg(millis), 0) as bigint) as millis from runs where run > $last")
  last=$runs
  # What the tables are now, and of them what runs did; the rest of the files is of states of before.
  live=$(curl -sS "$api/tables" | python3 -c '
import json, sys
reply = json.load(sys.stdin)
at = {column["name"]: place for place, column in enumerate(reply["columns"])}
rows = [row for row in reply["rows"] if row[at["name"]] != "fates"]
size = lambda rows: sum(float(row[at["bytes"]] or 0) for row in rows) / 2**20
own = [row for row in rows if row[at["layer"]] == "wharf"]
print(f"{size(rows) - size(own):.1f} {size(own):.1f}")')
  read -r tables history <<< "$live"
  logs=$(kib $(cd "$folder/shop" && echo lake/*/*/_delta_log))
  all=$(kib lake/staging lake/marts lake/insight lake/wharf)
  old=$(awk -v all="$all" -v logs="$logs" -v tables="$tables" -v history="$history" \
    'BEGIN {printf "%.1f", (all - logs) / 1024 - tables - history}')
  row=("$((($(date +%s) - begun) / 60))" "$orders" "$loads" "$runs" "$run_ms"
    "$(awk '/VmRSS/ {printf "%d", $2 / 1024}' /proc/$demo/status)" "$(mib .)" "$tables" "$old" "$history"
    "$(awk -v kib="$logs" 'BEGIN {printf "%.1f", kib / 1024}')" "$(mib lake/fates)" "$(mib lake/state lake/manifest.json)"
    "$(mib lake/landing)" "$(mib inbox)" "$(find "$folder/shop" -type f 2> /dev/null | wc -l)")
  line "${row[@]}"
  [ $(($(date +%s) - begun)) -lt $((minutes * 60)) ] || break
  sleep "$every"
done
