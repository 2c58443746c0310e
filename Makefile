.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
# A build that was interrupted must not look complete: the stamp is written last.
STAMP := .venv/.installed

.PHONY: help install run test test-slow contract lint format dev docs lock bench clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(STAMP) ## Make .venv and install exactly what requirements.lock says

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

run: $(STAMP) ## The whole job once, on a simulated organisation: last seven days and their month
	@$(BIN)/reporting-assets demo

test: $(STAMP) ## Unit and integration tests
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(STAMP) ## Recounts of whole months, for several simulated organisations
	$(BIN)/pytest -n 2 --dist loadfile -m slow

contract: $(STAMP) ## The documented examples against Prism, which knows the vendors' contracts (needs npx)
	REPORTING_CONTRACT_PRISM=@stoplight/prism-cli@5 $(BIN)/pytest -q -rs reporting_assets_tests/integration/test_documented_examples.py

lint: $(STAMP) ## Formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP) ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dev: $(STAMP) ## Dagster UI and daemon on 127.0.0.1:3000, with the simulated organisation
	@$(BIN)/reporting-assets dev

docs: $(STAMP) ## Write the generated documents again (dictionary, coverage, questions, .env.example)
	$(BIN)/reporting-assets settings --example > .env.example
	$(BIN)/python -m reporting_assets.contracts.dictionary > docs/data_dictionary.md
	$(BIN)/python -m reporting_assets.contracts.coverage > docs/coverage.md
	$(BIN)/python -m reporting_assets.commands.questions > docs/questions.md

lock: ## Compile requirements.lock again from pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--extra dev --output-file requirements.lock pyproject.toml

bench: $(STAMP) ## Benchmarks: ratios measured in one run each
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean: ## Remove the environment and everything materialized
	rm -rf .venv data .dagster
