#!/usr/bin/env bash
# Asks all that the OpenAPI document allows, and what it does not, of a served shop: no answer may be a server's error or another
# than the document says. schemathesis is installed by pip into target/python.
set -euo pipefail
cd "$(dirname "$0")/.."
wharf="$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/wharf}")"
scripts/python.sh python -c 'import schemathesis' 2> /dev/null || target/python/bin/pip install -q --disable-pip-version-check schemathesis \
  || { echo "SKIPPED: the API against its document: schemathesis cannot be installed"; [ "${CI:-}" != true ]; exit; }
shop="$(mktemp -d)"
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null; rm -rf "$shop"' EXIT
"$wharf" init --preset online-retail "$shop/shop" > /dev/null
scripts/make-shop.sh 5000 > "$shop/shop/inbox/lines.csv"
"$wharf" run -q --project "$shop/shop"
"$wharf" serve --project "$shop/shop" --port 0 --no-run > "$shop/address" 2> "$shop/log" &
server=$!
until [ -s "$shop/address" ]; do sleep 0.1; kill -0 "$server"; done
# It keeps a cache where it is run.
schemathesis="$PWD/target/python/bin/schemathesis"
cd "$shop"
"$schemathesis" run "$(cat "$shop/address")/api/v1/openapi.json" -H 'X-Wharf: 1' --max-examples 25 --exclude-path /events \
  --request-timeout 60 --phases examples,coverage,fuzzing --no-color \
  --checks not_a_server_error,response_schema_conformance,status_code_conformance,content_type_conformance
if grep -q panicked "$shop/log"; then cat "$shop/log"; exit 1; fi
