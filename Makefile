# What do people type? Everything longer than a line is in tests/run.py.

RUN := python3 tests/run.py
.DEFAULT_GOAL := help
.PHONY: help run demo test bench lint fmt clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Build and start everything here, its UI too, with a broker in memory; KAFKA=1: with a real Apache Kafka; ARGS="...": more flags
	@$(RUN) product $(if $(filter 1,$(KAFKA)),--kafka) $(ARGS)

demo: ## Build and start everything with an estate that runs: applications, contracts, a bad producer; ARGS="...": more flags
	@$(RUN) demo $(ARGS)

test: ## Run every test, fetching what is missing; ONLY=rust|clients|python|action|contract|ui|e2e: a part
	@$(RUN) test $(if $(ONLY),--only $(ONLY)) $(ARGS)

bench: ## Measure: kernels, then direct against proxy; QUICK=1: a few seconds per row
	@$(RUN) bench $(if $(filter 1,$(QUICK)),--quick)

.PHONY: wheel
wheel: ## Build the Python package into clients/python/dist
	@$(RUN) wheel

.PHONY: static
static: ## Build the command line tool as one static file, of 12 MB at most
	@$(RUN) static

lint: ## Check format, clippy, documentation, licences and sources
	@$(RUN) lint

fmt: ## Format the code
	cargo fmt --all

clean: ## Remove what was built and fetched
	cargo clean
	rm -rf .cache tests/kafka/lib clients/ui/node_modules clients/ui/dist/app clients/python/dist
