SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench soak deps

CARGO ?= cargo
# For `make demo`, as in: make demo DEMO="--accounts 50 --seconds 60"
DEMO ?=
MINUTES ?= 30

help: ## This list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## Show the service on synthetic customers, with a Kafka broker of its own inside the process
	@tools/deps build
	$(CARGO) run --release --quiet -- demo $(DEMO)

test: ## Every test, also those on a real Apache Kafka broker
	@tools/deps test
	@tests/kafka-broker/fetch.sh
	@# Those on a broker wait more than they reckon, and so go four at a time.
	ADOPTION_SKIP_KAFKA=1 $(CARGO) test --quiet
	$(CARGO) test --quiet --test kafka -- --test-threads 4
	@benches/instructions.sh

lint: ## Formatting and clippy, warnings are errors
	$(CARGO) fmt --check
	$(CARGO) clippy --quiet --all-targets -- -D warnings

docs: ## Write the generated pages of docs/ anew
	UPDATE_DOCS=1 $(CARGO) test --quiet --test docs

bench: ## Measure, and print one table
	@tools/deps test
	@benches/run.sh

soak: ## A constant rate for 30 minutes (MINUTES=n): memory, lag and latency must stay where they are
	@tools/deps test
	@tests/kafka-broker/fetch.sh
	E2E_SOAK_MINUTES=$(MINUTES) $(CARGO) bench --quiet --bench end_to_end -- soak

deps: ## Install or name the programs that tests need
	@tools/deps test
