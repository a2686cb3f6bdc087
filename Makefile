# make report: everything from nothing to report/index.html. make test: everything from nothing to green tests.
# Without make, and on Windows: README, "Two commands". In each rule's line the text behind ## is what make help shows.
PYTHON ?= python3
INSTALL ?= --require-hashes -r requirements.lock
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
unexport PYTHONSAFEPATH PYTHONHOME
UV_VERSION := 0.13.9
PIP_AUDIT_VERSION := 2.10.1

# report runs stages side by side, as many as suit the machine. dvc repro runs one after the other and leaves the same
# bytes (docs/running.md).
.PHONY: help report experiments robustness verify faults bench test check messages lock licences reference audit clean

JOBS ?= auto
ifdef SCHEDULER
WHERE := --scheduler $(SCHEDULER)
NEEDED := .venv/.installed-cluster
else
WHERE := --jobs $(JOBS)
endif

report: .venv/.installed $(NEEDED) ## run the study; JOBS=n stages at once, SCHEDULER=tcp://host:8786 on a Dask cluster
	@python -m stages.check
	python -m execution $(WHERE)
	@echo "report: $(CURDIR)/report/index.html"

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "%-12s %s\n", $$1, $$2}' Makefile

experiments: .venv/.installed ## compare the experiments on a page; ARGS=--all-commits
	@python -m report.experiments $(ARGS)

robustness: .venv/.installed $(NEEDED) ## the study under other conditions (docs/robustness.md), hours; ARGS=--list shows them
	@python -m robustness $(WHERE) $(ARGS)

# Test files side by side, each with one thread: results do not depend on the number of threads.
test: .venv/.installed-test ## run the tests; ARGS=tests/test_rules.py only those
	OMP_NUM_THREADS=1 python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

verify: .venv/.installed ## compute everything again and compare; ARGS=--no-run compares files only
	@python -m verification $(ARGS)

faults: .venv/.installed-test ## kills, interruptions, full disks at random; half an hour, ARGS='--moments 5' for less
	python -m tests.faults $(ARGS)

check: .venv/.installed-test ## formatter, linter, types
	python -m ruff format --check .
	python -m ruff check .
	python -m mypy

bench: .venv/.installed ## the aims of speed on one screen; measures what is missing (hours), ARGS=--show only prints
	@python -m benchmarks $(ARGS)

messages: .venv/.installed ## bring the catalogues of translations up to date
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

.venv/.installed-cluster: requirements-cluster.in .venv/.installed
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-cluster.in -c requirements.lock
	touch $@

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

lock: .venv/bin/uv ## pin all packages anew
	$(COMPILE) requirements.in -o requirements.lock
	$(COMPILE) requirements-test.in -c requirements.lock -o requirements-test.lock
	$(COMPILE) benchmarks/requirements-pythae.in -c requirements.lock -o benchmarks/requirements-pythae.lock

licences: .venv/.installed ## what the locked packages and the data are licensed under, to LICENSES.md
	python -m tests.licences

reference: .venv/.installed ## write docs/library.md from the docstrings
	python -m tests.reference

# Known vulnerabilities of what the locks pin, asked of PyPI's advisories over the network; strict: a package that the
# service does not know is a failure, for else a service out of reach would look like a clean bill.
AUDIT = $(BIN)/uv tool run pip-audit==$(PIP_AUDIT_VERSION) --strict --require-hashes --disable-pip --progress-spinner off

audit: .venv/bin/uv ## known vulnerabilities of the pinned packages
	$(AUDIT) $(ARGS) -r requirements.lock -r requirements-test.lock

clean: ## remove .venv
	rm -rf .venv
