#!/usr/bin/env bash
# Runs a command in target/python, a virtual environment with the engines that tests and benches compare with.
set -euo pipefail
cd "$(dirname "$0")/.."
env=target/python
if ! [ -x "$env/bin/python" ]; then
  python3 -m venv "$env"
fi
if ! "$env/bin/python" -c 'import duckdb, polars, deltalake, pyarrow, openpyxl, fim, mlxtend, blake3, yaml' 2>/dev/null; then
  "$env/bin/pip" install -q --disable-pip-version-check duckdb polars deltalake pyarrow openpyxl setuptools pyfim mlxtend blake3 pyyaml
fi
PATH="$PWD/$env/bin:$PATH" exec "$@"
