# Thin on purpose: targets call cargo and scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo build test bench fuzz docs fmt

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

demo: ## build wharf and show a made shop that lives, on a page
	@scripts/demo.sh

build: ## build the binary (target/debug/wharf, optimised where it counts)
	cargo build -p wharf

test: ## format, clippy, dependencies, docs, every test; installs what is missing
	@scripts/test.sh

bench: ## time whole processes beside the peers, pair by pair (results in benches/runs/)
	@scripts/bench.sh

fuzz: ## ten minutes each of arbitrary files and arbitrary baskets
	@scripts/fuzz.sh

docs: ## write the generated docs (docs/metrics.md)
	cargo run -q -p wharf -- docs metrics > docs/metrics.md

fmt: ## format all code
	cargo fmt --all
