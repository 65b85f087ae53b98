# Every target works in a fresh clone: the virtual environment is made when it is needed, from the lock files.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONTRACT ?= ../shared/tools/contract_check.py
SDK := tests/sdk/node
NPM := $(shell command -v npm 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q

.DEFAULT_GOAL := help
.PHONY: help run test check format bench openapi compatibility reference lock clean

help: ## What there is to do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start the server on http://localhost:8080
	@exec $(BIN)/appwrite-py serve

test: $(VENV)/.dev $(if $(and $(NPM),$(wildcard $(SDK)/package-lock.json)),$(SDK)/node_modules/.stamp) ## Run all tests
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.dev ## Linters, types, layers, generated files, the API's contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/reference.py --check
	$(BIN)/python tools/compatibility.py --check
	$(BIN)/appwrite-py openapi --out build/openapi.json
	@if [ -f $(CONTRACT) ]; then $(BIN)/python $(CONTRACT) --spec build/openapi.json; fi

format: $(VENV)/.dev ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure requests and their CPU time beside a bare application
	$(BIN)/python -m bench

openapi: $(VENV)/.run ## Write the API's OpenAPI document to build/openapi.json
	$(BIN)/appwrite-py openapi --out build/openapi.json

compatibility: $(VENV)/.dev ## Run the tests of the API, and write docs/compatibility.md from what they have called
	rm -rf build/shown && mkdir -p build/shown
	APPWRITE_PY_SHOWN=build/shown $(BIN)/python -m pytest tests/api -n 3 --dist worksteal
	$(BIN)/python tools/compatibility.py build/shown/*.json

reference: $(VENV)/.dev ## Write .env.example and the table of settings in README.md
	$(BIN)/python tools/reference.py

lock: $(VENV)/.dev ## Bring the lock files to the newest allowed versions
	tools/lock --upgrade

clean: ## Remove what these targets have made; the data of `make run` stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache $(SDK)/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments -----------------------------------------------------------------------------------------------------
$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed; name it with: make PYTHON=python3.x …' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo 'No virtual environment can be made; on Debian install python3-venv first.' >&2; rm -rf $(VENV); exit 1; }
	@echo 'Installing into $(VENV) …'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo 'Installing the tools into $(VENV) …'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(SDK)/node_modules/.stamp: $(SDK)/package-lock.json
	cd $(SDK) && npm ci --no-audit --no-fund
	@touch $@
