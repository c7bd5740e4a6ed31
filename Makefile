# Works on a bare machine with make and Python 3.11 or newer. Another Python: make PYTHON=python3.13 demo

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test test-kafka test-browser screenshots chaos bench fuzz lint format clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

demo: $(READY) ## run the shop with everything it needs; Ctrl-C ends it, its data stays
	@exec $(BIN)/python -m demo

test: $(READY) ## run all tests on PostgreSQL, Valkey and a small Kafka from wheels
	@$(BIN)/python -m pytest

test-kafka: $(READY) ## run the tests that use Kafka on a real Apache Kafka (needs Java 17 and Maven)
	@$(BIN)/python -m pytest --kafka=apache -m "kafka and not browser"

test-browser: $(READY) ## run the tests in a real browser (needs Chromium: apt install chromium, or CHROMIUM=path)
	@$(BIN)/python -m pytest -m browser $(if $(CHROMIUM),--chromium $(CHROMIUM))

screenshots: $(READY) ## photograph the shop's pages into docs/screenshots/ (needs Chromium)
	@$(BIN)/python -m demo.screenshots $(if $(CHROMIUM),--chromium $(CHROMIUM))

chaos: $(READY) ## hurt the shop in every way and compare it with the log, an hour or so; FAULT=name: one way (needs Java and Maven)
	@exec $(BIN)/python -m chaos $(if $(FAULT),--fault $(FAULT)) $(if $(SELECTION),--selection $(SELECTION)) $(if $(LANE),--lane $(LANE))

bench: $(READY) ## measure the shop against the usual ways, in 15 minutes; CASE=name: one case (needs Linux, Java and Maven)
	@exec $(BIN)/python -m benchmarks $(if $(CASE),--case $(CASE))

fuzz: $(READY) ## run 100,000 generated and mutated messages against the contract, and 20,000 bad ones through it all
	@$(BIN)/python -m pytest tests/storefront/stock/test_fuzz.py --hypothesis-profile=fuzz
	@$(BIN)/python -m pytest tests/end_to_end/test_many_bad_messages.py --long

lint: $(READY) ## check style, types and who imports whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## mend what can be mended by a program
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

clean: ## forget the demo's data
	@$(PYTHON) -m demo.clean

$(READY): requirements.txt requirements-dev.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "$(PYTHON) is not Python 3.11 or newer; name one that is: make PYTHON=python3.13 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) can't make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "making .venv, once; it takes about a minute"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt --constraint constraints.txt
	@touch $@
