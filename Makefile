# make report: everything from nothing to report/index.html. make test: everything from nothing to green tests.
PYTHON ?= python3
INSTALL ?= --require-hashes -r requirements.lock
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
UV_VERSION := 0.13.9

# experiments compares those of the current commit, ARGS=--all-commits those of every commit.
.PHONY: report experiments test check messages lock clean

report: .venv/.installed
	python -m stages.check
	dvc repro
	@echo "report: $(CURDIR)/report/index.html"

experiments: .venv/.installed
	@python -m report.experiments $(ARGS)

test: .venv/.installed-test
	python -m pytest

check: .venv/.installed-test
	ruff format --check .
	ruff check .
	mypy

messages: .venv/.installed
	python -m report.catalogues

.venv/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: requirements.lock | .venv/bin/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python $(INSTALL)
	touch $@

.venv/.installed-test: requirements-test.lock .venv/.installed
	$(BIN)/uv pip install --quiet --require-hashes --compile-bytecode --python $(BIN)/python -r requirements-test.lock
	touch $@

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

lock: .venv/bin/uv
	$(COMPILE) requirements.in -o requirements.lock
	$(COMPILE) requirements-test.in -c requirements.lock -o requirements-test.lock

clean:
	rm -rf .venv
