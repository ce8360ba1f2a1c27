# One front door. `make` alone lists what can be done; every target does its own set-up.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CUSTOMERS ?= 4000
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint types bench format docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml tools/environment.sh
	@[ -x $(BIN)/python ] || bash tools/environment.sh $(VENV)
	@echo "installing the pinned packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(READY) ## make the environment: .venv/bin/entrepot is then the command
	@echo "ready: $(BIN)/entrepot --help"

demo: $(READY) ## make a market with known resellers, discover them, and say how well that went
	@$(BIN)/entrepot demo --out demo --customers $(CUSTOMERS) --seed $(SEED)

test: $(READY) ## run all tests; what had to be skipped is named and counted
	@bash tools/chromium.sh
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile=ci -ra

lint: $(READY) ## style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## static types
	@$(BIN)/mypy

check: lint types test ## all that has to be green: style, types, import law, docs, tests; what .ci/run calls

bench: $(READY) ## measure quality and cost on fixed seeds; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks

format: $(READY) ## put the code into the house's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(READY) ## write docs/reference/ anew from the code
	@$(BIN)/python tools/reference.py

lock: $(READY) ## pin every dependency anew, with hashes, in requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@bash tools/lock.sh $(BIN)/uv

clean: ## remove the environment, caches and made runs
	@rm -rf $(VENV) demo runs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
