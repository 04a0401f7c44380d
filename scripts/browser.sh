#!/usr/bin/env bash
# Clicks through the pages in headless Chromium: a made shop, and online-retail where its data is (WHARF_TEST_DATA, else
# ../shared/data). Screenshots are in target/screenshots. Installs Chromium by apt and puppeteer-core and axe-core by npm.
set -euo pipefail
cd "$(dirname "$0")/.."
wharf="${1:-${CARGO_TARGET_DIR:-target}/debug/wharf}"
skip() {
  echo "SKIPPED: pages in a browser: $*"
  [ "${CI:-}" != true ] || exit 1
  exit 0
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
chromium="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
if [ -z "$chromium" ]; then
  as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q && apt-get install -qy --no-install-recommends chromium' > /dev/null \
    || skip "there is no Chromium, and apt cannot install it"
  chromium="$(command -v chromium)"
fi
command -v node > /dev/null && command -v npm > /dev/null || skip "there is no Node"
if ! [ -d target/browser/node_modules/axe-core ]; then
  mkdir -p target/browser
  (cd target/browser && npm init -y > /dev/null && npm install --no-audit --no-fund --silent puppeteer-core axe-core) || skip "npm cannot install"
fi
browse() { CHROMIUM="$chromium" BROWSER_MODULES="$PWD/target/browser" node tests/browser/pages.mjs "$wharf" "$@"; }

browse demo
data="${WHARF_TEST_DATA:-../shared/data}/online-retail/online_retail.csv"
if [ -f "$data" ]; then
  shop=target/browser/online-retail
  rm -rf "$shop"
  "$wharf" init --preset online-retail "$shop" > /dev/null
  ln -s "$(realpath "$data")" "$shop/inbox/online_retail.csv"
  "$wharf" run -q --project "$shop"
  mkdir "$shop/dashboards"
  printf 'title: Morning\ntiles:\n  - {metric: net_sales, by: day}\n  - {metric: orders, by: country}\n  - {metric: units}\n  - {metric: returns}\n  - {sql: "select rule, count(*) as rows from rejects group by rule"}\n' > "$shop/dashboards/morning.yaml"
  browse "$shop"
else
  skip "$data is missing; set WHARF_TEST_DATA"
fi
