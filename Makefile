# tipwatch: plain `make` prints this help. Python 3.11+ and make are all that must be there before.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt eval bench lock clean

help:  ## print this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## build .venv from PyPI alone, pinned with hashes (no compiler needed)

$(STAMP): pyproject.toml locks/dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; install Python 3.11 or newer, or run: make setup PYTHON=python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r locks/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup  ## serve an invented newsroom on loopback, crawl, read, export; prints accused and coverage
	$(BIN)/python -m tipwatch.demo

test: setup  ## run every test
	$(BIN)/python -m pytest

check: setup  ## format, lint, types, import contracts, unit tests (under two minutes on two cores)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -m "not slow and not postgres"

fmt: setup  ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

eval: setup  ## score the reader on gold: ours always, ../shared's where it is
	$(BIN)/python -m benchmarks.quality

bench: setup  ## speed, each figure beside a named peer in the same run
	$(BIN)/python -m benchmarks.speed

lock: ##  resolve and pin again (needs uv)
	uv pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes --quiet -o locks/run.txt
	uv pip compile pyproject.toml --extra postgres --group dev --universal --python-version 3.11 --generate-hashes --quiet -o locks/dev.txt

clean:  ## remove what make built here (never data/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
