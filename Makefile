# Two targets do all the set-up: `make corpus` builds the release, `make test` runs every test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: corpus test check schema lock clean .venv

# A version that is released already is compared with what is built, and never written over.
corpus: $(STAMP)
	$(BIN)/peacetalks build seeds/captures --gold seeds/gold --out corpus
	@cp corpus/$$($(BIN)/peacetalks --version)/DATASHEET.md corpus/$$($(BIN)/peacetalks --version)/CITATION.cff .

test: $(STAMP)
	$(BIN)/pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# After a change of the record types.
schema: $(STAMP)
	$(BIN)/python -m peacetalks.release.schema schema

# Names no registry, so that it installs from any mirror; the hashes hold the bytes.
# The extras gs and az are left out: no test speaks to their stores, and they bring many packages along.
lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dask --extra s3 --group dev --output-file requirements.lock --upgrade pyproject.toml

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
