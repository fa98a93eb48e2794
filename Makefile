# What can be done with this tree: `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO   ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
LIBS := test/kafka/libs
AXE  := test/browser/axe


# How long each fuzz target runs in `make fuzz`, and how often each benchmark in `make bench`.
FUZZTIME ?= 30s
COUNT    ?= 1
# What `make mutants` mutates: folders, instead of all of pkg/ and internal/varint.
MUTATE   ?=
# Arguments of the measurements of `make performance`.
MEASURE  ?=
# The longest that the tests of one package may take.
TIMEOUT  ?= 20m

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/processor
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/processor ./cmd/processor

.PHONY: demo
demo: ## Show a simulated marketplace on an embedded broker
	$(GO) run ./cmd/processor demo

.PHONY: test
test: kafka registry python-client kcat chromium axe ## Run all tests, on the embedded broker and on Apache Kafka, and in Chromium
	$(GO) run ./test/kafka -- .ci/test -timeout $(TIMEOUT)

.PHONY: kafka
kafka: ## Fetch Apache Kafka's jars from Maven Central
	@.ci/fetch-kafka $(LIBS)

.PHONY: registry
registry: ## Build Apicurio Registry of Maven Central's jars
	@.ci/fetch-registry test/registry

.PHONY: python-client
python-client: ## Install Confluent's client for Python from PyPI
	@.ci/fetch-python-client test/producers

.PHONY: kcat
kcat: ## Install kcat from Debian's packages where it is missing and can be had
	@.ci/install-kcat

.PHONY: chromium
chromium: ## Install Chromium from Debian's packages where it is missing and can be had
	@.ci/install-chromium

.PHONY: axe
axe: ## Fetch axe-core from npm
	@.ci/fetch-axe $(AXE)

.PHONY: check
check: ## Check the format, vet, lint, look for known vulnerabilities
	@.ci/check

.PHONY: bench
bench: ## Run all benchmarks; COUNT=10 for benchstat
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) -timeout 60m ./...

.PHONY: performance
performance: kafka ## Measure what docs/performance.md tells, some hours; MEASURE="--scale 0.01" for minutes
	$(GO) run ./test/performance measure $(MEASURE)

.PHONY: profile
profile: ## Show where the CPU time of an event goes
	$(GO) run ./test/performance profile

.PHONY: fuzz
fuzz: ## Fuzz each fuzz target for FUZZTIME (30s)
	@.ci/fuzz $(FUZZTIME)

.PHONY: mutants
mutants: ## Mutate pkg/ and tell what no test notices, an hour or more; MUTATE=pkg/rules for one package
	$(GO) run ./test/mutants $(MUTATE)

.PHONY: generate
generate: ## Write the generated files anew
	$(GO) generate ./...
