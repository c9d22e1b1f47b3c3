# Everything this project does, by name. `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= $(if $(SAMPLE),var/sample,var/demo)
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help setup run app test ordeal check audit bench pictures accessibility languages phone desktop \
        format lock clean

help: ## List what can be done
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: .venv/ready ## Make .venv and install from the hash-pinned lock

.venv/ready: locks/all.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "Wren needs Python 3.11 to 3.13. Give one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "This Python has no venv. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/all.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Start the server with invented people, and the app; SAMPLE=1: with cases too
	@$(BIN)/wren demo --data $(DATA) --port $(PORT) $(if $(SAMPLE),--sample)

app: setup ## Open the phone app (ADDRESS=... or asks for one)
	@$(BIN)/python -m mobile $(if $(ADDRESS),--address '$(ADDRESS)')

# The tests and the servers that they start are compiled once, also where Python is told not to.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile \
  --no-loadscope-reorder
FIGURES := var/ordeal.jsonl

test: setup ## Run the tests, but for those that take long
	$(PYTEST)

ordeal: setup ## Run the tests that take long (some forty minutes); writes docs/evidence.md
	@mkdir -p var && rm -f $(FIGURES)
	@ORDEAL_FIGURES=$(abspath $(FIGURES)) $(PYTEST) -m ordeal; found=$$?; \
	  ORDEAL_FIGURES=$(FIGURES) $(BIN)/python -m tests.ordeal && exit $$found

check: setup ## Lint, format, types, import contracts; and a bill of materials in build/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m packing.sbom

audit: setup ## Ask an advisory database about every package of the lock (needs the network)
	@$(BIN)/python -m packing.audit

bench: setup ## Measure against references; writes var/bench.json
	$(BIN)/python -m tests.bench

pictures: setup ## Make the pictures of README and docs
	$(BIN)/python -m tests.pictures docs/pictures

accessibility: setup ## Try the reporter's pages, and write what their statement says
	$(BIN)/python -m tests.web.accessibility

languages: setup ## Collect the texts of the reporter's pages and of the app, and compile them
	@mkdir -p var
	$(call collect,web,api/web/babel.toml,api/web/languages,messages)
	$(call collect,app,mobile/lang/babel.toml,mobile/lang,app)

define collect
$(BIN)/pybabel -q extract -F $(2) -k _l --add-location=file --sort-by-file \
  --project Wren --version $(1) -o var/$(1).pot .
$(BIN)/pybabel -q update -D $(4) -i var/$(1).pot -d $(3) --width 98 \
  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
$(BIN)/pybabel -q compile -D $(4) -d $(3)
endef

phone: setup ## Stage the Android package in build/phone, and check it
	$(BIN)/python -m packing phone

desktop: setup ## Build the app as a folder for this kind of computer, and start it
	$(BIN)/python -m packing desktop

format: setup ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Renew the locks: names, versions and hashes, no addresses
	$(call pin,all,--all-extras)
	$(call pin,server,--extra server)
	$(call pin,s3,--extra server --extra s3)
	$(call pin,phone,--extra phone)
	@$(BIN)/python -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(call pin,build,,-)

pin = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
  --generate-hashes --no-header --no-annotate $(2) -o locks/$(1).txt $(or $(3),pyproject.toml)

clean: ## Remove .venv, caches and all that was made
	rm -rf .venv build dist var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
