# make report: everything from nothing to report/index.html. make test: everything from nothing to green tests.
PYTHON ?= python3
INSTALL ?= --require-hashes -r requirements.lock
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
UV_VERSION := 0.13.9
PIP_AUDIT_VERSION := 2.10.1

# report runs stages side by side, as many as suit the machine; JOBS=n sets how many, SCHEDULER=tcp://host:8786 runs
# them on a Dask cluster (docs/running.md). dvc repro runs one after the other and leaves the same bytes.
# experiments compares those of the current commit, ARGS=--all-commits those of every commit.
# robustness runs the study under other conditions, three hours on two cores (docs/robustness.md); ARGS=--list shows them.
# verify re-executes the pipeline in a scratch clone and compares; ARGS=--no-run compares the files that are here.
.PHONY: report experiments robustness verify faults bench test check messages lock licences audit clean

JOBS ?= auto
ifdef SCHEDULER
WHERE := --scheduler $(SCHEDULER)
NEEDED := .venv/.installed-cluster
else
WHERE := --jobs $(JOBS)
endif

report: .venv/.installed $(NEEDED)
	@python -m stages.check
	python -m execution $(WHERE)
	@echo "report: $(CURDIR)/report/index.html"

experiments: .venv/.installed
	@python -m report.experiments $(ARGS)

robustness: .venv/.installed $(NEEDED)
	@python -m robustness $(WHERE) $(ARGS)

# Test files side by side, each with one thread: results do not depend on the number of threads.
test: .venv/.installed-test
	OMP_NUM_THREADS=1 python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

verify: .venv/.installed
	@python -m verification $(ARGS)

# Kills, interruptions, full disks at random moments of a small run; half an hour. ARGS='--moments 5' for less.
faults: .venv/.installed-test
	python -m tests.faults $(ARGS)

check: .venv/.installed-test
	ruff format --check .
	ruff check .
	mypy

# speed of training beside its peers; the numbers go to benchmarks/results, ARGS=--show only prints them
bench: .venv/.installed
	python -m dvc repro prepare
	@python -m benchmarks $(ARGS)

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

.venv/.installed-cluster: requirements-cluster.in .venv/.installed
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-cluster.in -c requirements.lock
	touch $@

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

lock: .venv/bin/uv
	$(COMPILE) requirements.in -o requirements.lock
	$(COMPILE) requirements-test.in -c requirements.lock -o requirements-test.lock
	$(COMPILE) benchmarks/requirements-pythae.in -c requirements.lock -o benchmarks/requirements-pythae.lock

# what the locked packages and the data are licensed under, written to LICENSES.md
licences: .venv/.installed
	python -m tests.licences

# Known vulnerabilities of what the locks pin, asked of PyPI's advisories over the network; strict: a package that the
# service does not know is a failure, for else a service out of reach would look like a clean bill.
AUDIT = $(BIN)/uv tool run pip-audit==$(PIP_AUDIT_VERSION) --strict --require-hashes --disable-pip --progress-spinner off

audit: .venv/bin/uv
	$(AUDIT) $(ARGS) -r requirements.lock -r requirements-test.lock

clean:
	rm -rf .venv
