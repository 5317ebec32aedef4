# Kith's commands. `make` alone lists them; `make check` is exactly what CI runs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The newest of the Pythons that Kith runs on, as far as one is here and starts.
UPGRADE ?=
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := .:layers/kith
RUN := $(BIN)/python -m

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A marker inside the environment remembers which lock it was made from.
$(VENV)/.made: requirements-dev.txt infra/locks/uv.txt
	@test -n "$(PYTHON)" || { echo "Kith needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r infra/locks/uv.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: install
install: $(VENV)/.made ## make .venv out of the locked dependencies

.PHONY: run
run: $(VENV)/.made ## serve Kith on http://127.0.0.1:8000 with everything it needs (PORT, KITH_LOCAL_DIR)
	@exec $(RUN) infra.local

.PHONY: test
test: $(VENV)/.made ## run the tests, with the coverage that is asked for
	@$(RUN) pytest -q --cov --cov-report=term

.PHONY: docs
docs: $(VENV)/.made ## build the documentation into docs/_build, every warning an error
	@$(RUN) sphinx -q -n -W --keep-going -b html docs docs/_build

.PHONY: lint
lint: $(VENV)/.made ## lint, format, import contracts, types
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

.PHONY: check-fast
check-fast: lint ## what a commit must pass: lint, format, types, import contracts, unit tests
	@$(RUN) pytest -q -x tests/unit

.PHONY: check
check: lint test docs gates ## exactly what CI runs

.PHONY: format
format: $(VENV)/.made ## bring the code into shape
	@$(BIN)/ruff check -q --fix .
	@$(BIN)/ruff format -q .

.PHONY: lock
lock: $(VENV)/.made ## renew the lock files (UPGRADE=--upgrade for newer releases)
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header $(UPGRADE) --python-version 3.11 pyproject.toml -o layers/dependencies/requirements.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 -c layers/dependencies/requirements.txt pyproject.toml --group dev -o requirements-dev.txt
	@echo "uv==$$($(BIN)/uv --version | cut -d' ' -f2)" | $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 - -o infra/locks/uv.txt
