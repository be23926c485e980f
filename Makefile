# Labour Market Data Trust. `make help` lists what there is.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
PIN := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-find-links
# Vite, which builds the explorer, needs Node 20.19, 22.12 or newer.
NODE := $(shell command -v node >/dev/null 2>&1 && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' && echo yes || echo no)

.DEFAULT_GOAL := help
.PHONY: help run test check format fuzz pin explorer wheel bench clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1|/' | column -t -s '|'

run: .venv/run explorer ## Set everything up and run the demonstration on http://127.0.0.1:8000
	@$(BIN)/lmdt demo $(ARGS)

test: .venv/test explorer browser http-audit check ## Set everything up, check, and run the whole suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/test ## Lint, types, layers, and whether the printed schema and the docs are up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/lmdt schema --check schema/schema.graphql
	@$(BIN)/python -m app.docs --check
	@$(BIN)/lmdt check

format: .venv/test ## Format the code, and write the printed schema and the generated docs anew
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .
	@$(BIN)/lmdt schema > schema/schema.graphql
	@$(BIN)/python -m app.docs

wheel: .venv/run explorer ## Build the package, workbench and all, into dist/
	@rm -rf build dist
	@$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

bench: .venv/run ## Measure the gateway (bounded to five minutes)
	@$(BIN)/python -m bench $(ARGS)

fuzz: .venv/test ## Answer with mutated replies of departments, 10,000 of each protocol (about a quarter of an hour)
	@$(BIN)/python -m tests.fuzz $(ARGS)

pin: .venv/test ## Pin the dependencies of pyproject.toml anew, by version and hash
	@$(BIN)/uv pip compile $(PIN) --group build -o requirements.txt pyproject.toml
	@$(BIN)/uv pip compile $(PIN) --group dev -c requirements.txt -o requirements-dev.txt

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: $(PYTHON) is $$($(PYTHON) --version). Try make PYTHON=python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/python requirements.txt pyproject.toml
	@echo "Installing what the gateway runs on ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	@echo "Installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: browser
browser: .venv/test
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium ..." && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || echo "NOT INSTALLED: Chromium. The explorer's tests need it: install the package chromium." >&2

explorer: .venv/python ## Build the analysts' explorer (needs Node 20 or newer)
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory app/workbench/index.html
else
	@echo "NOT BUILT: the explorer. It needs Node 20.19 or newer, which is not here; everything else runs without it." >&2
endif

app/workbench/index.html: explorer/package-lock.json $(wildcard reference/*area*.csv) $(shell find explorer/src explorer/public explorer/*.html explorer/*.json explorer/*.ts -type f 2>/dev/null)
	@echo "Building the explorer ..."
	@cd explorer && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

.PHONY: http-audit
http-audit:
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory tests/http_audit/node_modules
else
	@echo "NOT INSTALLED: the audit of GraphQL over HTTP. It needs Node 20.19 or newer." >&2
endif

tests/http_audit/node_modules: tests/http_audit/package-lock.json
	@echo "Installing the audit of GraphQL over HTTP ..."
	@cd tests/http_audit && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean: ## Remove everything that was built or kept, but not the virtual environment
	@rm -rf .data app/workbench dist explorer/node_modules tests/http_audit/node_modules build *.egg-info .pytest_cache .hypothesis .ruff_cache .import_linter_cache
