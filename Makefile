# tipwatch: plain `make` prints this help. Python 3.11+ and make are all that must be there before.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3 || echo python3)
VENV   := .venv
WORKERS ?= auto
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
TORCH  := 2.13.0
SPREAD := -n $(WORKERS) --maxprocesses 8 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint fuzz fmt eval train bench lock clean

help:  ## print this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## build .venv from PyPI alone, pinned with hashes (no compiler needed; EXTRAS="feed cluster" adds FollowTheMoney, which does, and Ray)

$(STAMP): pyproject.toml locks/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "make: tipwatch needs Python 3.11 or newer, and $(PYTHON) is none; install it, or name one: make setup PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r locks/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

FEED := $(VENV)/.feed
ifneq (,$(filter feed,$(EXTRAS)))
setup: $(FEED)
endif
$(FEED): $(STAMP) locks/feed.txt
	@pkg-config --exists icu-i18n 2>/dev/null || { \
	  echo "make: the feed's PyICU compiles against ICU; install libicu-dev, pkg-config and g++ (Debian) or icu4c (Homebrew)"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-binary pyicu --require-hashes -r locks/feed.txt
	@touch $(FEED)

CLUSTER := $(VENV)/.cluster
ifneq (,$(filter cluster,$(EXTRAS)))
setup: $(CLUSTER)
endif
$(CLUSTER): $(STAMP) locks/cluster.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r locks/cluster.txt
	@touch $(CLUSTER)

demo: setup  ## serve an invented newsroom on loopback, crawl, read, export; prints accused and coverage
	$(BIN)/python -m tipwatch.demo

test: setup  ## run every test, a process a core (WORKERS=0: one after the other)
	$(BIN)/python -m pytest $(SPREAD)

check: lint  ## lint plus the quick tests (some ten minutes on two slow cores)
	$(BIN)/python -m pytest -q $(SPREAD) -m "not slow and not postgres"

lint: setup  ## format, lint, types and import contracts alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: setup  ## attack pages, feeds, sitemaps, archives and YAML with generated input, for about five minutes
	TIPWATCH_TEST_FUZZ=long $(BIN)/python -m pytest -q -m fuzz --override-ini=timeout=900 tests/fuzz

fmt: setup  ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

eval: setup  ## score the reader on gold: ours always, ../shared's where it is (EVAL="--by field --report data/evaluation")
	$(BIN)/python -m benchmarks.quality $(EVAL)

train: setup  ## train the reader again from benchmarks/gold and score it (installs PyTorch; under two hours on two cores)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: torch==$(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps --require-hashes -r locks/train.txt
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m spacy project run all tools/training

bench: setup  ## speed, each figure beside a named peer in the same run
	$(BIN)/python -m benchmarks.speed

lock: ##  resolve and pin again (needs uv)
	uv pip compile pyproject.toml --extra postgres --extra report --extra review --extra deliver --extra serve --universal --python-version 3.11 --generate-hashes --quiet -o locks/run.txt
	uv pip compile pyproject.toml --extra postgres --extra report --extra review --extra deliver --extra serve --group dev --universal --python-version 3.11 --generate-hashes --quiet -o locks/dev.txt
	uv pip compile pyproject.toml --extra feed -c locks/dev.txt --universal --python-version 3.11 --generate-hashes --quiet -o locks/feed.txt
	uv pip compile pyproject.toml --extra cluster -c locks/dev.txt --universal --python-version 3.11 --generate-hashes --quiet -o locks/cluster.txt
	uv pip compile --group train -c locks/dev.txt --override locks/overrides.txt --universal --python-version 3.11 --generate-hashes --quiet -o locks/train.txt

clean:  ## remove what make built here (never data/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
