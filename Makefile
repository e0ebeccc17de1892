# `make demo` and `make test` need Python 3.11+, Java 17+ and Maven; README names the package-manager line.

PYTHON ?= python3
BIN := .venv/bin
SECONDS :=
# Most tests wait most of the time, for a broker, a worker or a timeout: these many processes test side by side.
TESTERS ?= 4
RUNS :=
MINUTES :=
OPTIONS :=
PACKAGES := prometheus kcat mosquitto

.PHONY: help install demo test lint bench quality schemes chaos soak packages clean

help:  ## what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

install: .venv/.installed  ## the environment alone, in .venv

demo: .venv/.installed  ## broker, worker and border traffic; ends after SECONDS=60, else at Ctrl-C
	@$(BIN)/greenlane demo $(if $(SECONDS),--seconds $(SECONDS))

test: .venv/.developed packages  ## the whole test suite, with a broker of its own
	$(BIN)/pytest --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder

lint: .venv/.developed  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.developed  ## measure against other runtimes; writes docs/benchmarks.md
	$(BIN)/python -m tests.benchmarks

quality: .venv/.developed  ## selection beside a blocklist and weekly LightGBM; writes docs/selection.md
	$(BIN)/python -m tests.quality $(OPTIONS)

schemes: .venv/.developed  ## what comes to light of planted schemes, and false incidents; OPTIONS="--seed 2 --detail"
	$(BIN)/python -m tests.schemes $(OPTIONS)

chaos: .venv/.developed  ## every fault of the matrix, then an audit; RUNS=50 repeats kills, stops and rebalances
	GREENLANE_CHAOS_MANIFESTS=200000 $(BIN)/python -m tests.chaos $(if $(RUNS),--runs $(RUNS))

soak: .venv/.developed  ## MINUTES=20 at 70 % of what the machine can do, and whether anything grows
	$(BIN)/python -m tests.chaos.soak $(if $(MINUTES),--minutes $(MINUTES))

clean:  ## remove what make made here (Kafka's jars stay in ~/.cache/greenlane)
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml
	@echo "Setting up the environment in .venv (a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/pip install -qq --editable .
	@touch $@

.venv/.developed: .venv/.installed
	@$(BIN)/pip install --quiet --group dev
	@touch $@

# Some tests use other programs than ours and skip without them. A CI machine gets them, where it may.
packages:
	@if [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		{ apt-get update && apt-get install -y --no-install-recommends $(PACKAGES); } >/dev/null 2>&1 || true; \
	fi
	@for program in $(PACKAGES); do \
		command -v $$program >/dev/null || echo "Tests that use $$program are skipped: apt-get install $$program"; \
	done
