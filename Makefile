# 和润 Herun. `make demo` shows it, `make test` proves it; both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test up lint types contracts golden clean requirements browser screenshots oracle torture-audit bench torture fuzz canary

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(STAMP) ## install the pinned, hashed requirements into .venv

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Herun needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: setup ## play a real day's work through the durable engine, with people who are late, object and stay silent
	$(BIN)/herun demo $(DEMO)

up: setup ## start everything on this machine and print the URLs
	$(BIN)/herun up

test: setup lint contracts types ## every check and every test
	$(BIN)/python -m pytest -n 3 --dist loadfile --cov --cov-report=term:skip-covered $(PYTEST)
	$(BIN)/python -m coverage report --include='domain/*,workflows/*' --fail-under=95 --format=total

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

contracts: setup
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

ORACLE := .venv-oracle

oracle: $(ORACLE)/.installed ## let pm4py (AGPL, in an environment of its own) load our exports
	$(ORACLE)/bin/python -m pytest tests/oracle -p no:cacheprovider $(PYTEST)

$(ORACLE)/.installed: requirements/dev.txt requirements/oracle.txt
	$(PYTHON) -m venv $(ORACLE)
	$(ORACLE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(ORACLE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/oracle.txt
	touch $@

torture-audit: setup ## ten thousand case files untouched, ten thousand with one change, each found and named
	PYTHONPATH=.:tests $(BIN)/python tests/torture_audit.py $(TORTURE)

torture: setup ## faults by the thousand, by seed: PART=simulation for one part, SCALE=long for the long form
	$(BIN)/herun torture $(PART) --scale $(SCALE) $(TORTURE)

BROWSER := $(VENV)/.browser

browser: $(BROWSER) ## drive the pages in Chromium: every role's story, axe on every page at two widths, light and dark
	HERUN_BROWSER=1 $(BIN)/python -m pytest tests/browser $(PYTEST)

screenshots: $(BROWSER) ## the same, and a picture of every page into SCREENSHOTS (.herun/screenshots)
	HERUN_BROWSER=1 HERUN_SCREENSHOTS=$(or $(SCREENSHOTS),.herun/screenshots) $(BIN)/python -m pytest tests/browser $(PYTEST)

# Debian's own Chromium and Chinese fonts; where it is elsewhere, HERUN_CHROMIUM says so.
$(BROWSER): $(STAMP) requirements/browser.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/browser.txt
	command -v $${HERUN_CHROMIUM:-chromium} >/dev/null || { test "$$(id -u)" = 0 && \
		apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends chromium fonts-noto-cjk; }
	touch $@

BENCH := .venv-bench
PART ?= all
SCALE ?= short

bench: $(BENCH)/.installed ## measure beside the barest workflow and DBOS; PART=cycle for one part, SCALE=long for the long form
	$(BENCH)/bin/herun bench $(PART) --scale $(SCALE)

$(BENCH)/.installed: requirements/dev.txt requirements/bench.txt pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

fuzz: setup ## twenty thousand requests and more from the OpenAPI description and the pages' forms, as every role
	PYTHONPATH=.:tests $(BIN)/python tests/fuzzing.py $(FUZZ)

canary: setup ## a thousand cases full of personal data, and not a piece of it outside the content store
	$(BIN)/python -m rehearsal.canary $(CANARY)

golden: setup ## write the golden histories anew, when a version is released with new commands
	PYTHONPATH=.:tests $(BIN)/python tests/golden/record.py

requirements: ## pin anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/main.in -o requirements/main.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/dev.in -o requirements/dev.txt

clean: ## remove what was installed and everything the demo left
	rm -rf $(VENV) $(ORACLE) $(BENCH) .herun .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build *.egg-info
