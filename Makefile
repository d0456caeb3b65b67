# Every target is one command; the work is in tools/ and in .venv/bin/tongtang.
PYTHON ?= python3
VENV := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup demo test explore bench bench-base bench-timetable lint clean

help:
	@echo "make demo        install what is missing, start the demonstration county, print its addresses"
	@echo "make demo LAN=1  the same over HTTPS for other devices in this network"
	@echo "make test        install what tests need and run them all"
	@echo "make explore     run the tests in a new order, properties with newly drawn cases; what fails becomes an example"
	@echo "make setup       install only; leaves $(VENV)/tongtang ready"
	@echo "make lint        format, lint, types, import contracts"
	@echo "make bench       measure latency and capacity, print the figures"
	@echo "make bench-base  measure imports of a million pupils on both databases; ARGS=--full for a province"
	@echo "make bench-timetable  solve made counties, schools and FET files, print ratios to bounds and to FET"
	@echo "make clean       remove what was built here (never the data in var/)"

setup:
	@$(PYTHON) tools/setup.py demo

demo:
	@$(PYTHON) tools/setup.py demo
	@exec $(VENV)/tongtang demo $(if $(LAN),--lan)

test:
	@$(PYTHON) tools/setup.py test
	@exec $(VENV)/python tools/test.py $(STAGES)

explore:
	@$(PYTHON) tools/setup.py test
	@exec $(VENV)/python tools/test.py explore

lint:
	@$(PYTHON) tools/setup.py test
	@exec $(VENV)/python tools/test.py format lint types contracts

bench:
	@$(PYTHON) tools/setup.py test
	@exec $(VENV)/python tools/in_namespace.py $(VENV)/python -m bench

bench-base:
	@$(PYTHON) tools/setup.py test
	@exec $(VENV)/python -m bench.rosters $(ARGS)

bench-timetable:
	@$(PYTHON) tools/setup.py test
	@$(VENV)/python -m bench.timetable
	@$(VENV)/python -m bench.timetable_schools
	@$(VENV)/python -m bench.timetable_fet
	@$(VENV)/python -m bench.matching

clean:
	rm -rf .venv .setup node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf src/tongtang/static/build src/*.egg-info tests/artifacts
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
	find src/tongtang/locale -name '*.mo' -delete 2>/dev/null || true
