# The commands for working on this project. Each one sets up .venv first if that is missing or out
# of date: `make serve` installs what serving needs, every other command the tools as well. A stamp
# file for each records when that was last done.

VENV := .venv
BIN := $(VENV)/bin
RELEASE := $(VENV)/release
SERVING := $(VENV)/.serving
STAMP := $(VENV)/.installed
# Without compiling: most modules of the dependencies are never imported.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --editable
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# Compiled modules are kept whatever the environment says: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

# The first of these that is installed and new enough; override it with `make PYTHON=/path/to/python`.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$python" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && { echo "$$python"; break; }; done)

.PHONY: help serve test soak lint generated docs bench release-check clean

help:
	@echo "make serve          run the mock in the foreground; pass options with ARGS=\"--users 200\""
	@echo "make test           run the tests and check their coverage; pass options with ARGS=\"-k faults\""
	@echo "make soak           run random operations against a portal for some minutes; longer with SEEDS=20"
	@echo "make lint           check style, format, types and the direction of imports"
	@echo "make generated      update what is made from the code: tables, diagrams, recorded examples"
	@echo "make docs           build the documentation in site/, with warnings as errors"
	@echo "make release-check  build the packages and try them with each Python that is here"
	@echo "make bench          measure speed and memory, compared with bare Starlette"
	@echo "make clean          remove .venv and the caches of the tools"

serve: $(SERVING)
	@$(BIN)/talentlms-mock serve $(ARGS)

# At most four workers: each starts its own server, and more of them are not faster.
test: $(STAMP)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --cov --cov-report=term $(ARGS)

soak: $(STAMP)
	@TALENTLMS_MOCK_LONG_STATE_TEST=$(or $(SEEDS),5) $(BIN)/python -m pytest -o faulthandler_timeout=0 tests/state $(ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

generated: $(STAMP)
	@$(BIN)/python -m tests.generated

# The variable silences a message of Material's about what comes after MkDocs.
docs: $(STAMP)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "Wrote site/: open site/index.html in a browser."

bench: $(STAMP)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

# All of a release but the upload. The packages go into dist/.
release-check: $(RELEASE)/.installed
	@$(RELEASE)/bin/python -m tests.packaging

clean:
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis dist site

$(SERVING): pyproject.toml
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || { \
		echo "talentlms-mock needs Python 3.11 or newer: set one with make PYTHON=/path/to/python." >&2; \
		exit 1; }
	@echo "Setting up $(VENV); this takes less than a minute."
	@"$(PYTHON)" -m venv $(VENV)
	@$(INSTALL) .
	@touch $@

$(STAMP): $(SERVING)
	@echo "Adding the tools to $(VENV); this takes about a minute."
	@$(INSTALL) '.[dev]'
	@touch $@

# An environment of its own: its tools bring libraries that change what the tests' do.
$(RELEASE)/.installed: $(SERVING)
	@echo "Setting up $(RELEASE); this takes about a minute."
	@"$(PYTHON)" -m venv $(RELEASE)
	@$(RELEASE)/bin/python -m pip install --quiet --no-compile --disable-pip-version-check '.[release]'
	@touch $@
