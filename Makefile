# The words of this project's day: serve, test, lint, bench. Each sets up .venv by itself;
# the stamp file makes that quick from the second time on.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# The first of these that runs and is new enough; `make PYTHON=/path/to/python` takes another.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$python" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && { echo "$$python"; break; }; done)

.PHONY: help serve test soak lint generated bench clean

help:
	@echo "make serve   run a portal in the foreground; flags with ARGS=\"--users 200\""
	@echo "make test    run the tests, and hold their coverage to its limit"
	@echo "make soak    let chance use a portal for some minutes; longer with SEEDS=20"
	@echo "make lint    check style, format and types"
	@echo "make generated   write the tables of the README and the recorded examples anew"
	@echo "make bench   measure speed and memory, beside bare Starlette"
	@echo "make clean   remove .venv and what the tools left behind"

serve: $(STAMP)
	@$(BIN)/talentlms-mock serve $(ARGS)

# At most four workers: each starts a server of its own, and more of them gain nothing.
test: $(STAMP)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --cov --cov-report=term $(ARGS)

soak: $(STAMP)
	@TALENTLMS_MOCK_LONG_STATE_TEST=$(or $(SEEDS),5) $(BIN)/python -m pytest -o faulthandler_timeout=0 tests/state $(ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

generated: $(STAMP)
	@$(BIN)/python -m tests.generated

bench: $(STAMP)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

$(STAMP): pyproject.toml
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || { \
		echo "talentlms-mock needs Python 3.11 or newer: name one with make PYTHON=/path/to/python." >&2; \
		exit 1; }
	@echo "Setting up $(VENV), once; this takes a minute."
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
