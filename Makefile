# `make up` starts the workspace; `make` alone lists what else there is.
# Variables: ARGS for `mgg up`, TESTS and PYTEST_ARGS for pytest, PYTHON for the Python to use.
.DEFAULT_GOAL := help
.PHONY: help up hub test crash fuzz s3 spark lint format bench screenshots verification lock clean environment environment-dev

ARGS ?=
TESTS ?= tests
PYTEST_ARGS ?= --numprocesses=auto --maxprocesses=4 --dist=loadfile
BIN := .venv/bin
RUN := $(BIN)/python

help: ## list the targets
	@sed -n 's/^\([a-z0-9]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

up: environment ## start database, dashboards and JupyterLab; Ctrl-C stops them (ARGS=--check tries them)
	@$(BIN)/mgg up $(ARGS)

hub: environment .hub-proxy/node_modules ## try JupyterHub with the workspace's accounts on this desk (needs Node.js); Ctrl-C stops it
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-hub.lock
	@MGG_HUB_TRIAL=true $(RUN) -m jupyterhub --config docs/deploy/jupyterhub_config.py $(ARGS)

test: environment-dev .venv-s3/bin/moto_server ## run all tests and notebooks; says what was skipped and why
	@$(RUN) -m pytest -rs $(PYTEST_ARGS) $(TESTS)
	@$(RUN) scripts/run_notebooks.py

crash: environment-dev ## kill the archiver and PostgreSQL at every step, for minutes: each row is there once
	@$(RUN) -m pytest -rs -m campaign tests/test_archive_campaign.py

fuzz: environment-dev ## read files that are broken at random, for FUZZ_MINUTES (10): nothing but refusals comes out
	@$(RUN) -m pytest -rsP -m campaign tests/test_ingest_fuzz.py

s3: environment-dev .venv-s3/bin/moto_server ## try the cold store and backups in a bucket of an S3 server on this machine
	@$(RUN) -m pytest -rs -m s3 tests/test_archive_bucket.py tests/test_backup_bucket.py

spark: environment-dev ## install Spark (450 MB; needs Java) beside the environment, and have it read the cold files
	@test -x .venv-spark/bin/python || $(RUN) -m venv .venv-spark
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@$(RUN) -m pytest -rs -m spark tests/test_archive_portability.py

lint: environment-dev ## check format, style, types, import rules, documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(RUN) -m mypy
	@$(BIN)/lint-imports --no-logo
	@$(RUN) scripts/check_docs.py

format: environment-dev ## write the code in the one format, and mend what can be mended
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: environment-dev ## measure speed, as ratios to a reference measured in the same run
	@$(RUN) -m benchmarks

screenshots: environment-dev ## take pictures of every page of a demo lab into docs/screenshots (needs Chromium)
	@$(RUN) scripts/screenshots.py $(ARGS)

verification: environment-dev ## run every case with a known answer, and write docs/verification.md
	@$(RUN) scripts/verify_physics.py

lock: environment-dev ## write the locks and environment.yml from pyproject.toml (ARGS=--upgrade for newer versions)
	@sh scripts/lock.sh $(ARGS)

clean: ## take away the environment and all caches; the data folder stays
	rm -rf .venv .venv-s3 .venv-spark .hub-proxy build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An S3 server for tests, beside the environment: what it brings along is nobody else's.
.venv-s3/bin/moto_server: requirements-s3.lock | environment-dev
	@$(RUN) -m venv .venv-s3
	@.venv-s3/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-s3.lock
	@touch $@

# JupyterHub's proxy runs on Node.js; the lock beside its name has the hashes.
.hub-proxy/node_modules: docs/deploy/hub-proxy/package-lock.json
	@mkdir -p .hub-proxy && cp docs/deploy/hub-proxy/package.json docs/deploy/hub-proxy/package-lock.json .hub-proxy/
	@npm ci --prefix .hub-proxy --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

environment:
	@sh scripts/environment.sh runtime

environment-dev:
	@sh scripts/environment.sh dev
