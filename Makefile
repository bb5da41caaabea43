# Each target makes its own virtual environment (.venv) and installs what it needs; a second call is
# quick: the stamps in .venv say what is installed, and a changed pyproject.toml makes them stale.
# ARGS goes on to the command: make demo ARGS=--keep, make test ARGS="tests/web -x". The tests run in
# three processes, as most of them wait for something; JOBS says otherwise: make test JOBS=0.

BIN := .venv/bin
JOBS ?= 3
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.NOTPARALLEL: # two installations into one environment would disturb each other
.PHONY: demo test lint bench docs help

help:
	@echo "make demo   watch a library scan become a job"
	@echo "make test   run the tests"
	@echo "make lint   style, types, and who may import whom"
	@echo "make bench  measure, each number against a baseline in the same run"
	@echo "make docs   build the documentation as a site, into build/docs"

demo: .venv/.demo
	@$(BIN)/shelfhook demo $(ARGS)

test: .venv/.dev
	$(BIN)/python -m pytest -q -n $(JOBS) --no-loadscope-reorder $(ARGS)

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=plugin $(BIN)/lint-imports

bench: .venv/.bench
	$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet -f docs/site/mkdocs.yml $(ARGS)
	@echo "Read it: $(BIN)/python -m http.server -d build/docs"

# What each target needs. The tests run the import contracts too, hence lint's extra.
.venv/.demo: EXTRAS := archives
.venv/.dev: EXTRAS := test,lint
.venv/.bench: EXTRAS := test,bench
.venv/.docs: EXTRAS := docs

.venv/.demo .venv/.dev .venv/.bench .venv/.docs: pyproject.toml | $(BIN)/python
	@echo "Installing shelfhook[$(EXTRAS)] into .venv …"
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@

# A real server for the tests of the fourth host, in an environment of its own: it brings a web
# framework and much else that ours must do without. The tests skip what needs it where it is not.
.venv-comiclib/.ready: Makefile | $(BIN)/python
	@$(BIN)/python -m venv .venv-comiclib
	@.venv-comiclib/bin/python -m pip --disable-pip-version-check install --quiet comiclib==0.0.8 uvicorn==0.54.0
	@touch $@

# For the browser's tests: finds faults of accessibility, and is not shipped.
.axe/.ready: Makefile
	@npm install --silent --no-save --no-package-lock --prefix .axe axe-core@4
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
