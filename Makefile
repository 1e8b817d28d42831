# `make demo` and `make test` are all the set-up there is: each makes .venv and installs what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
SECONDS ?= 60
BIN := .venv/bin
BROWSERS := chromium firefox-esr webkit2gtk-driver xvfb default-jre-headless fonts-dejavu-core fonts-noto-cjk poppler-utils
.PHONY: help demo test test-formats fuzz lint types browsers samples translations bench bench-diagnosis bench-long bench-sweep check-diagnosis check-bench lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[tensorflow]'
	@touch $@

.venv/.dev: pyproject.toml requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.bench: pyproject.toml .venv/.dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group bench
	@touch $@

.venv/.formats: pyproject.toml .venv/.dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group formats
	@touch $@

.venv/.fuzz: pyproject.toml .venv/.dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	@touch $@

demo: .venv/.demo ## Train a small network on real data and write report.html
	$(BIN)/reportgen demo -o report.html

test: .venv/.dev ## Run every test, those with real TensorFlow included
	$(BIN)/python -m pytest

test-formats: .venv/.formats ## Read logs that other training tools write now (installs some gigabytes)
	$(BIN)/python -m pytest tests/sources/formats

fuzz: .venv/.fuzz ## Fuzz all readers for SECONDS=60, or one: READER=parquet
	$(BIN)/python -m tests.fuzz.readers $(SECONDS) $(READER)

lint: .venv/.dev ## Check style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/.dev ## Check types
	$(BIN)/mypy

browsers: ## Install what the browser tests need: three engines, Java, fonts, pdftotext (Debian, needs root)
	dpkg -s $(BROWSERS) >/dev/null 2>&1 || \
	  { apt-get update && apt-get install --yes --no-install-recommends $(BROWSERS); }

samples: .venv/.dev ## Make sample_reports/ again from its stored histories
	$(BIN)/python sample_reports/make_samples.py

translations: .venv/.dev ## Take new texts into the catalogues of other languages, and compile them
	$(BIN)/python .ci/translations.py $(ARGS)

bench: .venv/.bench ## Print what one report costs, beside what other tools write
	$(BIN)/python -m benchmarks.bench_report $(ARGS)

bench-diagnosis: .venv/.bench ## Print how right the diagnosis is, beside simple rules and other tools
	$(BIN)/python -m benchmarks.bench_diagnosis $(ARGS)

bench-long: .venv/.dev ## Print what the report of 1,000,000 steps costs, beside that of 1,000
	$(BIN)/python -m benchmarks.bench_long_runs $(ARGS)

bench-sweep: .venv/.dev ## Print how a sweep of 10,000 runs grows from one worker to two (some hours)
	$(BIN)/python -m benchmarks.bench_sweep $(ARGS)

check-diagnosis: .venv/.dev ## Fail where a score on the committed runs fell by over 0.01
	$(BIN)/python -m benchmarks.bench_diagnosis --no-rivals --check benchmarks/data/scores.json

check-bench: .venv/.dev ## Fail where a report costs far more than it did, beside the least it can cost
	$(BIN)/python -m benchmarks.bench_report --check --rounds 3

lock: .venv/.dev ## Write requirements-dev.txt again
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  --group dev --output-file requirements-dev.txt pyproject.toml

clean: ## Remove .venv and what tools left
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis report.html
