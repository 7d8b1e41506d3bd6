# The task runner. For a newcomer `make demo` and `make test`, for users `make install`; the others are CI's and ours.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help install demo test dev check browser pictures format wheel constraints clean

help:
	@echo "make demo         four weeks of a simulated company, from the API to answers"
	@echo "make install      what runs on your own telephone system, in .venv; nothing is started"
	@echo "make test         every test that needs no more than Python"
	@echo "make dev          the Dagster UI on the simulated company"
	@echo "make check        format, lint, types, import contracts"
	@echo "make browser      a back-fill in the Dagster UI, and the report, in a real browser (needs chromium)"
	@echo "make pictures     the same, and takes the pictures of the documents: docs/images"
	@echo "make wheel        build the wheel and run its command without the development dependencies"

install: $(VENV)/.runs
	@$(BIN)/unite-pipeline --version

demo: $(VENV)/.runs
	$(BIN)/unite-pipeline demo

test: $(VENV)/.tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

dev: $(VENV)/.runs
	$(BIN)/unite-pipeline dev --simulator

check: $(VENV)/.tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

browser: $(VENV)/.browser
	$(BIN)/python -m pytest unite_pipeline_tests/browser

pictures: $(VENV)/.browser
	$(BIN)/python -m pytest unite_pipeline_tests/browser -k "sixty or pictures" --pictures docs/images

format: $(VENV)/.tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: $(VENV)/.tests
	rm -rf build/wheel
	$(PIP) wheel --no-deps --wheel-dir build/wheel .
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip --quiet --disable-pip-version-check install -c constraints.txt build/wheel/*.whl
	cd build/wheel && venv/bin/unite-pipeline -q demo --data-dir demo

constraints: $(VENV)/.tests
	@{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | grep -v '@' | sort -f; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) build dist data/demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing unite-pipeline and what it needs into $(VENV) …"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.runs
	@echo "Installing what tests and checks need …"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.browser: $(VENV)/.tests
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ echo "There is no Chromium on this machine: apt-get install chromium" >&2; exit 1; }
	@echo "Installing what drives the browser …"
	@$(PIP) install -c constraints.txt -e '.[dev,browser]'
	@touch $@
