# Needs Python 3.11 or newer and a package index, nothing else.
PYTHON ?= python3
BIN := .venv/bin
# Branch coverage of bot/ and storage/ makes the tests half as slow again: make test COVERAGE="--cov --cov-report=term"
COVERAGE ?=

# Processes of the bot that are killed while people work, on both databases together; by hand: make faults FAULTS_KILLS=1000
FAULTS_KILLS ?= 20

# Tests, benchmarks and faults start the bot a hundred times: where this is set, each start compiles every module anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo test check audit bench faults pictures clean

setup: .venv/ready

.venv/ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Assay needs Python 3.11 or newer; set PYTHON to one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python has no venv. Install it (Debian: apt install python3-venv), then run make again."; exit 1; }
	@echo "Setting up .venv: a minute or so, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=.venv $(BIN)/uv sync --quiet --locked --active --inexact --compile-bytecode
	@touch $@

demo: setup
	@$(BIN)/assay demo

test: setup
	@$(BIN)/pytest -n 2 --dist loadgroup $(COVERAGE)

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/uv lock --check --quiet
	@.ci/audit

# Known advisories against the lock file; AUDIT=required fails where the advisory service does not answer.
audit: setup
	@.ci/audit

# Minutes on a quiet machine; figures of a part, or as JSON: make bench BENCH="click --rounds 3 --json figures.json"
bench: setup
	@$(BIN)/python -m tests.bench $(BENCH)

# A seed makes the same plan again: make faults FAULTS="--seed 7"
faults: setup
	@$(BIN)/python -m tests.faults --kills $(FAULTS_KILLS) $(FAULTS)

pictures: setup
	@ASSAY_PICTURES=1 $(BIN)/pytest tests/test_pictures*.py -p no:xdist

clean:
	rm -rf .venv .coverage* .mypy_cache .pytest_cache .ruff_cache
