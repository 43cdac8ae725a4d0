# The two commands of the README are `make demo` and `make test`; each makes what it needs.
PYTHON ?= python3.13
export SAM_CLI_TELEMETRY = 0
# Compiled once and kept, not by each worker of each run.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: setup demo test check lint types validate template bench golden build deploy lock slow clean

setup: $(STAMP)

$(STAMP): requirements-dev.txt src/requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 && $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || \
	  { echo "iam-watchdog needs Python 3.13 as '$(PYTHON)'; install it or say make PYTHON=/path/to/python3.13" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup
	$(BIN)/iam-watchdog demo

test: setup
	$(BIN)/python -m pytest -q -n 3 --dist loadscope -m "not slow"

slow: setup
	$(BIN)/python -m pytest -q -m slow

check: setup lint types test validate

lint: setup
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests

types: setup
	$(BIN)/mypy

# The source linted as SAM, each translation and what it creates as CloudFormation, the artefact built and looked at.
validate: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam validate --lint --region us-east-1

template: validate
	$(BIN)/python -m pytest -q tests/template

bench: setup
	$(BIN)/python -m tests.bench

golden: setup
	$(BIN)/python -m tests.golden

build: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build

deploy: build
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam deploy --guided

lock: setup
	cd src && ../$(BIN)/uv pip compile --quiet --python ../$(BIN)/python --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --python $(BIN)/python --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .aws-sam build
