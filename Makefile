# `make demo` and `make test` do all of the set-up themselves: they need Python 3.11+, make and a shell.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Nothing may phone a hub: models come from this checkout or from the user's own cache.
export HF_HUB_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help demo test soak check run worker fmt migrate bench

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(STAMP) ## Set up everything, start site and worker, print address and passwords
	@$(BIN)/python manage.py demo

test: $(STAMP) ## Set up everything and run every test
	@.ci/browser
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

soak: $(STAMP) ## 200 simulated annotators with random disconnects, ten times as long as in the tests
	@SOAK=$${SOAK:-10} $(BIN)/python -m pytest -m soak tests/annotate_site/annotation $(PYTEST_ARGS)

check: $(STAMP) ## Lint, format, types, import contracts, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	MUSEPAINTER_HOME=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

run: $(STAMP) ## Start the site alone on port 8000
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py serve

worker: $(STAMP) ## Start a worker that carries out runs
	$(BIN)/python manage.py worker

fmt: $(STAMP) ## Format and sort imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

migrate: $(STAMP) ## Make and apply migrations
	$(BIN)/python manage.py makemigrations
	$(BIN)/python manage.py migrate

bench: $(STAMP) ## Measure speed and memory; results go to benchmarks/results/
	$(BIN)/python -m benchmarks

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "MusePainter needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV): a minute or two, only this once"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
