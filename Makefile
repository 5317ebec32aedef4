# Kith's commands. `make` alone lists them; `make check` is exactly what CI runs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The newest of the Pythons that Kith runs on, as far as one is here and starts.
UPGRADE ?=
TESTS ?= tests/unit tests/integration tests/functions tests/infra tests/journeys
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
	@echo "Installing the locked dependencies into $(VENV) with $$($(PYTHON) --version); this takes a minute ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); \
	  echo "$(PYTHON) has no venv module: on Debian and Ubuntu, 'apt install python3-venv' brings it." >&2; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r infra/locks/uv.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: install
install: $(VENV)/.made ## make .venv out of the locked dependencies

.PHONY: run
run: $(VENV)/.made ## serve Kith on http://127.0.0.1:8000 with everything it needs (PORT, KITH_LOCAL_DIR)
	@echo "Starting Kith: PostgreSQL, Valkey, a local AWS and the functions ..."
	@exec $(RUN) infra.local

.PHONY: demo
demo: $(VENV)/.made ## fill the Kith that `make run` serves with sixty believable contacts (PORT)
	@$(RUN) infra.demo

.PHONY: test
test: $(VENV)/.made ## run the tests, with the coverage that is asked for
	@$(RUN) pytest -q --cov --cov-report=term

.PHONY: test-all
test-all: $(VENV)/.made .tools/ical/.made .tools/clients/.made ## run the tests that take longer too: properties tried hard, Schemathesis, faults under load
	@HYPOTHESIS_PROFILE=thorough $(RUN) pytest -q $(TESTS) tests/slow

.PHONY: bench
bench: $(VENV)/.made ## measure: ratios within one run, printed for docs/performance.md
	@for each in tests/benchmarks/[a-z]*.py; do echo "== $$each"; $(BIN)/python $$each | { grep -v '^{' || true; }; done

SECONDS ?= 600
SEED ?=
ONLY ?=
.PHONY: chaos
chaos: $(VENV)/.made ## harm a local cloud under load and see whether it keeps its promises (SECONDS, SEED, ONLY)
	@$(RUN) tests.chaos --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) --only "$(ONLY)"

REQUESTS ?= 100000
.PHONY: soak
soak: $(VENV)/.made ## see whether anything grows while many requests are served (REQUESTS)
	@$(RUN) tests.chaos.soak --requests $(REQUESTS)

.PHONY: pictures
pictures: $(VENV)/.made ## take the README's pictures from a running Kith, with Chromium
	@$(RUN) tests.pictures

.PHONY: docs
docs: $(VENV)/.made ## build the documentation into docs/_build, every warning an error
	@$(RUN) sphinx -q -n -W --keep-going -b html docs docs/_build

.PHONY: lint
lint: $(VENV)/.made ## lint, format, import contracts, types
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

.PHONY: metrics
metrics: $(VENV)/.made ## lines and the word `Any` by package: at most 8 in 1 000 lines
	@$(RUN) tests.source_metrics

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

# ---------------------------------------------------------------- SAM, AWS and Docker
TOOLS := .tools
SAM := $(TOOLS)/sam/bin/sam
STAGE ?= dev
ARCHITECTURE ?= arm64
SAM_FLAGS ?=
DEPLOY_FLAGS ?=
RUNS ?= 20000
export SAM_CLI_TELEMETRY := 0

# Their pins clash with ours, so each of these tools lives in an environment of its own.
$(TOOLS)/%/.made: infra/locks/%.txt $(VENV)/.made
	@echo "Installing the locked $* into $(TOOLS)/$* ..."
	@test -x $(TOOLS)/$*/bin/python || $(BIN)/python -m venv $(TOOLS)/$*
	@$(BIN)/uv pip install -q --python $(TOOLS)/$*/bin/python --require-hashes -r infra/locks/$*.txt
	@touch $@

# Lambda's Python, of which the layers get their byte code.
$(TOOLS)/bin/python3.13: $(VENV)/.made
	@mkdir -p $(@D)
	@for p in "$$(command -v python3.13)" "$$($(BIN)/uv python find --no-project 3.13 2>/dev/null)" "$$HOME"/.pyenv/versions/3.13.*/bin/python3.13; do \
	  if "$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then ln -sf "$$p" $@; exit 0; fi; done; \
	  echo "Building for Lambda needs CPython 3.13 and none was found: '$(BIN)/uv python install 3.13' gets one." >&2; exit 1

# The picture service of docker-compose.yml runs in Lambda's own image.
$(TOOLS)/cloudinary/.made: infra/locks/cloudinary.txt $(VENV)/.made
	@$(BIN)/uv pip install -q --no-config --require-hashes --only-binary :all: --target $(TOOLS)/cloudinary \
	  --python-version 3.13 --python-platform $$(uname -m | sed s/arm64/aarch64/)-manylinux_2_34 -r $<
	@touch $@

# AWS's runtime client for Lambda's Python, to measure cold starts with.
$(TOOLS)/lambda/.made: infra/locks/lambda.txt $(TOOLS)/bin/python3.13
	@$(BIN)/uv pip install -q --no-config --require-hashes --only-binary :all: --target $(TOOLS)/lambda --python $(TOOLS)/bin/python3.13 -r $<
	@$(TOOLS)/bin/python3.13 -m compileall -q $(TOOLS)/lambda
	@touch $@

# A fuzzer that follows coverage; it has wheels for Linux on x86-64 only.
$(TOOLS)/fuzz/.made: infra/locks/fuzz.txt $(VENV)/.made
	@$(BIN)/uv pip install -q --no-config --require-hashes --only-binary :all: --target $(TOOLS)/fuzz --python $(BIN)/python -r $<
	@touch $@

# A reader of vCards in JavaScript, as a judge of ours; without npm its test is skipped.
$(TOOLS)/ical/.made: infra/locks/ical/package-lock.json
	@mkdir -p $(@D)
	@if command -v npm >/dev/null; then cp infra/locks/ical/package*.json $(@D) && npm ci --silent --prefix $(@D) --ignore-scripts --no-audit --no-fund; fi
	@touch $@

.PHONY: fuzz
fuzz: $(TOOLS)/fuzz/.made ## fuzz each parser RUNS times (20000), going on from what .local/fuzz remembers
	@for each in vcard csv json form body; do echo "== $$each"; PYTHONPATH=$(PYTHONPATH):$(TOOLS)/fuzz $(RUN) tests.fuzz $$each -runs=$(RUNS); done

.PHONY: bench-cold
bench-cold: $(TOOLS)/sam/.made $(TOOLS)/lambda/.made ## build the layers for this machine and measure cold starts out of them
	@PATH="$(CURDIR)/$(TOOLS)/bin:$(CURDIR)/$(BIN):$$PATH" AWS_DEFAULT_REGION=us-east-1 $(SAM) build --build-dir .aws-sam/bench/build \
	  --parameter-overrides Architecture=$$(uname -m | sed s/aarch64/arm64/) >.aws-sam/bench.log 2>&1 || { tail -n 20 .aws-sam/bench.log; exit 1; }
	@$(BIN)/python tests/benchmarks/cold_start.py

.PHONY: build
build: $(TOOLS)/sam/.made $(TOOLS)/bin/python3.13 ## build functions and layers for AWS (ARCHITECTURE=arm64 or x86_64)
	@PATH="$(CURDIR)/$(TOOLS)/bin:$(CURDIR)/$(BIN):$$PATH" AWS_DEFAULT_REGION=us-east-1 $(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)
	@$(RUN) infra.gates.layers .aws-sam/build $(ARCHITECTURE)

# Every deployment publishes: a parameter that changed alone reaches the alias no other way.
.PHONY: deploy
deploy: build ## deploy what is built to AWS (STAGE=dev or prod)
	@$(RUN) infra.gates.parameters $(STAGE) Architecture=$(ARCHITECTURE) \
	  BuildId=$$($(RUN) infra.gates.build_id .aws-sam/build)-$$(date -u +%Y%m%d%H%M%S) >.aws-sam/samconfig.yaml
	@$(SAM) deploy --config-file $(CURDIR)/.aws-sam/samconfig.yaml --config-env $(STAGE) $(DEPLOY_FLAGS)

.PHONY: keys
keys: $(VENV)/.made ## make or rotate the signing keys in Secrets Manager (STAGE, STEP=first, next, switch, retire or pepper)
	@$(RUN) infra.keys --stage $(STAGE) --step $(or $(STEP),first)

ARGS ?= --help
.PHONY: operator
operator: $(VENV)/.made ## disable, enable, unlock … an account (ARGS="disable alice@example.com", on AWS "… --stage prod")
	@$(RUN) infra.operator $(ARGS)

.PHONY: gates
gates: $(TOOLS)/sam/.made $(TOOLS)/checkov/.made $(TOOLS)/bin/python3.13 ## check the template as AWS would, and build it for both processors
	@PATH="$(CURDIR)/$(TOOLS)/bin:$(CURDIR)/$(BIN):$$PATH" infra/gates/run

.PHONY: audit
audit: $(TOOLS)/audit/.made ## look for known holes in the locked dependencies
	@for each in layers/dependencies/requirements.txt requirements-dev.txt; do \
	  $(TOOLS)/audit/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r $$each; done

.PHONY: sam
sam: $(TOOLS)/sam/.made $(TOOLS)/cloudinary/.made $(TOOLS)/bin/python3.13 ## serve Kith through docker compose and sam local on http://127.0.0.1:3000
	@PATH="$(CURDIR)/$(TOOLS)/bin:$(CURDIR)/$(BIN):$$PATH" $(RUN) infra.sam $(SAM_FLAGS)

.PHONY: test-sam
test-sam: $(TOOLS)/sam/.made $(TOOLS)/cloudinary/.made $(TOOLS)/bin/python3.13 ## a newcomer's journey through sam local (needs a Docker engine)
	@PATH="$(CURDIR)/$(TOOLS)/bin:$(CURDIR)/$(BIN):$$PATH" $(RUN) pytest -q -rs tests/sam
