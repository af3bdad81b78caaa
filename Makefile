# Everything runs from .venv; nothing needs root. `make` alone lists what there is.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := deploy/requirements-dev.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

# onnxruntime, which runs the voice detector, reports on its use to its maker unless told not to.
export ORT_DISABLE_TELEMETRY := 1
# What is compiled once is kept: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that is new enough and can make a virtual environment.
SUITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c '$(SUITS)' >/dev/null 2>&1 && { echo "$$python"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help install try demo demo-batch test test-all check lint format serve bench soak leaks kill speech lock vendor clean

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## Make .venv and install everything into it (PYTHON=... chooses the Python)

$(STAMP): $(LOCK) pyproject.toml
	@"$(PYTHON)" -c '$(SUITS)' >/dev/null 2>&1 || { \
		echo "Trunkline needs Python 3.11 or newer with its venv module, and found none$(if $(PYTHON), in $(PYTHON))." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12" >&2; \
		exit 1; }
	@echo "Installing into $(VENV) with $(PYTHON): a minute or two, about 1 GB."
	@"$(PYTHON)" -m venv $(VENV)
	@grep -v '^moonshine-voice==' $(LOCK) > $(VENV)/needed.txt
	@$(BIN)/python deploy/install.py $(VENV)/needed.txt && $(PIP) install --no-deps -e . || { \
		echo "The packages could not be installed; pip says why above. Is the package index reachable from here?" >&2; \
		exit 1; }
	@$(PIP) install --no-deps "$$(grep '^moonshine-voice==' $(LOCK))" || \
		echo "No recogniser for this machine (see docs/limits.md): the tests that need one are skipped, and the demo has only its fast form." >&2
	@touch $(STAMP)

try: $(STAMP) ## Talk to an agent in your browser: no telephone, no account, no key
	@$(BIN)/trunkline try

demo: $(STAMP) ## Play whole calls against a simulated carrier and model (FAST=1: no recogniser)
	@$(BIN)/trunkline demo $(if $(FAST),--fast)

demo-batch: $(STAMP) ## Call forty simulated people about their appointments, by the real service
	@$(BIN)/trunkline demo-batch

# First what runs on virtual time, on all cores; then what is about real time.
# Pytest's exit code 5 says that ARGS chose no test of this kind.
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
LATER := thorough or postgresql
# What is about real time and processes waits more than it works: two at a time on each core, four at most.
WAITING := PYTEST_XDIST_AUTO_NUM_WORKERS=$(shell expr 2 \* "$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)")
test: $(STAMP) ## Run the tests, a few minutes (ARGS="tests/tools -x" passes arguments on)
	@$(PYTEST) $(PARALLEL) -m "not ($(LATER)) and not realtime" $(ARGS) || [ $$? -eq 5 ]
	@$(WAITING) $(PYTEST) $(PARALLEL) -m "not ($(LATER)) and realtime" $(ARGS) || [ $$? -eq 5 ]

test-all: test ## Run all tests: kills, leaks, several workers, both databases, more examples
	@$(PYTEST) $(PARALLEL) --hypothesis-profile deep -m "not ($(LATER)) and not realtime and hypothesis" $(ARGS) || [ $$? -eq 5 ]
	@$(WAITING) $(PYTEST) $(PARALLEL) -m "$(LATER)" $(ARGS) || [ $$? -eq 5 ]

check: lint test ## What must hold before a commit: format, lint, types, import rules, tests

lint: $(STAMP) ## The checks without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## Format the code and fix what ruff can fix
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .

serve: $(STAMP) ## Answer the phone; the settings come from .env (ARGS="--port 9000")
	@$(BIN)/trunkline serve $(ARGS)

bench: $(STAMP) ## Stock Pipecat and ours under the same load (QUICK=1: some 3 minutes; ARGS="--rounds 3")
	@$(BIN)/python -m tests.benchmarks.bench $(if $(QUICK),--quick) $(ARGS)

soak: $(STAMP) ## Hold calls for minutes while things go wrong (CALLS=20 MINUTES=5)
	@$(BIN)/python -m tests.benchmarks.soak $(if $(CALLS),--calls $(CALLS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

leaks: $(STAMP) ## Many calls, then look what they left behind (CALLS=1000 AT_ONCE=100)
	@$(BIN)/python -m tests.benchmarks.many $(if $(CALLS),--calls $(CALLS)) $(if $(AT_ONCE),--at-once $(AT_ONCE))

kill: $(STAMP) ## Kill diallers and the service in the middle of a batch, on both databases (CONTACTS=2000)
	@KILL_CONTACTS=$(or $(CONTACTS),500) $(BIN)/python -m pytest tests/dialling/test_kill.py tests/dialling/test_kill_system.py $(ARGS)

speech: ## Install what some tests use of Debian: telephone prompts, Caddy (root, apt-get)
	@if ! command -v apt-get >/dev/null 2>&1; then \
		echo "No apt-get here: the tests that need telephone prompts or Caddy are skipped."; \
	elif [ "$$(id -u)" != 0 ]; then \
		echo "Not root: the tests that need telephone prompts or Caddy are skipped."; \
	else \
		apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends asterisk-core-sounds-en-wav caddy; \
	fi

PYTHONS ?= python3.11 python3.12 python3.13
lock: ## Write deploy/*.lock anew (PYTHONS="..." names a 3.11, a 3.12 and a 3.13)
	@"$(firstword $(PYTHONS))" deploy/lock.py $(PYTHONS)

vendor: $(STAMP) ## Fetch the console's JavaScript files anew, with npm (ARGS="htmx.org=4.0.2" chooses)
	@$(BIN)/python deploy/vendor.py $(ARGS)

clean: ## Remove .venv, caches and builds; calls (var/) and settings (.env) stay
	rm -rf $(VENV) build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
