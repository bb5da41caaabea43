# Each target makes its own virtual environment (.venv) and installs what it needs; a second call is
# quick. The stamps in .venv say what is installed; a changed pyproject.toml makes them stale.

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.NOTPARALLEL: # two installations into one environment would disturb each other
.PHONY: demo test lint bench help

help:
	@echo "make demo   watch a library scan become a job"
	@echo "make test   run the tests"
	@echo "make lint   style, types, and who may import whom"
	@echo "make bench  measure, each number against a baseline in the same run"

demo: .venv/.demo
	@$(BIN)/shelfhook demo

test: .venv/.test
	$(BIN)/python -m pytest -q

lint: .venv/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=plugin $(BIN)/lint-imports

bench: .venv/.bench
	$(BIN)/python -m benchmarks

# What each target needs. The tests run the import contracts too, hence lint's extra.
.venv/.demo: EXTRAS := sandbox
.venv/.test: EXTRAS := test,lint
.venv/.lint: EXTRAS := test,lint
.venv/.bench: EXTRAS := test,bench

.venv/.demo .venv/.test .venv/.lint .venv/.bench: pyproject.toml | $(BIN)/python
	@echo "Installing shelfhook[$(EXTRAS)] into .venv …"
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@

# The first Python that is new enough; PYTHON=… chooses another.
$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	      echo "$$python cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; \
	      exit 1; \
	    fi; \
	    echo "Making .venv with $$($$python --version) …"; \
	    exec $$python -m venv .venv; \
	  fi; \
	done; \
	echo "Shelfhook needs Python 3.11 or newer, and none was found; install it, or name it: make PYTHON=…" >&2; \
	exit 1
