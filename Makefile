# Two targets do all the set-up: `make corpus` builds the release, `make test` runs every test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYWB := .venv-pywb
PEERS := .venv-bench
LABEL_STUDIO := .venv-label-studio
EXPLORER := scripts/peacetalks/explorer
BUNDLE := $(EXPLORER)/bundle
WORK := build/explorer

FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= text html warc jsonl toml manifest
AUDIT := .venv-audit
TEST ?= tests
FORM ?= long

# How long `make bench` takes: full for some twenty minutes, small for some minutes.
BENCH ?= full

.PHONY: corpus setup test check faults fuzz audit page page-if-possible schema docs notebooks lock wheel bench clean .venv

# A version that is released already is compared with what is built, and never written over.
corpus: $(STAMP) page-if-possible
	$(BIN)/peacetalks build seeds/captures --gold seeds/gold --out corpus
	@cp corpus/$$($(BIN)/peacetalks --version)/DATASHEET.md corpus/$$($(BIN)/peacetalks --version)/CITATION.cff .

# What the tests run against, beside the environment of the project itself.
setup: $(STAMP) $(AUDIT) $(PYWB) $(LABEL_STUDIO) page-if-possible

# Files are handed out by name: by their number of tests, the few that are slow would be left to the end and to one core.
# One more than there are processors takes up the time in which others wait for a deadline or a server.
test: setup
	$(BIN)/pytest -n $$($(BIN)/python -c 'import os; print(1 + (os.cpu_count() or 1))') --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long form of the tests of faults, and the table of docs/reliability.md from what they counted. TEST names one of
# them, and then the other rows stay; FORM=short does what `make test` does.
faults: $(STAMP)
	PEACETALKS_FAULTS=$(FORM) PEACETALKS_FAULTS_PART=$(filter-out tests,$(TEST)) $(BIN)/pytest -m fault $(TEST)

# Finds are kept in build/fuzz/TARGET; moved to tests/fuzz/corpus/TARGET they are tests.
fuzz: $(STAMP)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements tests/fuzz/atheris.lock
	for target in $(FUZZ_TARGETS); do (cd tests && FUZZ_SECONDS=$(FUZZ_SECONDS) ../$(BIN)/python -m fuzz $$target) || exit 1; done

# Asks two services which of the locked versions are known to be vulnerable.
audit: $(STAMP) $(AUDIT)
	$(BIN)/python tests/advisories.py

$(AUDIT): tests/audit.lock | $(STAMP)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $@
	$(BIN)/uv pip install --quiet --python $@/bin/python --require-hashes --requirements $<

.venv: $(STAMP)

# Compiled once: where the environment forbids Python to keep bytecode, each start would compile all of it again.
$(STAMP): requirements.lock pyproject.toml scripts/peacetalks/__init__.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirements requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q scripts
	@touch $@

# A web archive to test against, apart from the rest for the old libraries that it asks for. Where it can't be installed
# the tests of fetching are skipped, and say so.
$(PYWB): tests/servers/pywb.lock | $(STAMP)
	-$(BIN)/uv venv --quiet --clear --python $(BIN)/python $@ && \
		$(BIN)/uv pip install --quiet --python $@/bin/python --require-hashes --requirements $< || rm -rf $@

# An annotation server to test against, likewise.
$(LABEL_STUDIO): tests/servers/label-studio.lock | $(STAMP)
	-$(BIN)/uv venv --quiet --clear --python $(BIN)/python $@ && \
		$(BIN)/uv pip install --quiet --python $@/bin/python --require-hashes --requirements $< || rm -rf $@

# The explorer's page, bundled for the wheel and for every release; the source and the lock fix its bytes.
page: $(BUNDLE)/index.html

$(BUNDLE)/index.html: $(wildcard $(EXPLORER)/page/*.* $(EXPLORER)/page/src/*.js $(EXPLORER)/page/src/*/*.js $(EXPLORER)/page/style/*)
	@command -v npm >/dev/null || { echo "explorer: npm is missing, and so the page can't be bundled: install Node.js 20 or later with npm" >&2; exit 1; }
	rm -rf $(WORK)/src $(WORK)/style && mkdir -p $(WORK) && cp -R $(EXPLORER)/page/. $(WORK)/
	cd $(WORK) && npm ci --silent && node build.mjs ../../$(BUNDLE)

# A release that is there keeps its page, and a new one can do without: Python alone is enough for the corpus.
page-if-possible:
	@$(MAKE) --no-print-directory page || echo "explorer: going on with the page that is here, or without one: then a new release holds none" >&2

bench: $(STAMP) $(PEERS)
	$(BIN)/python benchmarks/run.py --size $(BENCH) --peers $(PEERS)/bin/python

# Other tools that the same pages go through, apart from the rest for what they ask for. Where they can't be installed
# the benchmarks leave them out, and say so.
$(PEERS): benchmarks/peers/peers.lock | $(STAMP)
	-$(BIN)/uv venv --quiet --clear --python $(BIN)/python $@ && \
		$(BIN)/uv pip install --quiet --python $@/bin/python --require-hashes --requirements $< || rm -rf $@

# After a change of the record types.
schema: $(STAMP)
	$(BIN)/python -m peacetalks.release.schema schema

# After a change of a command or of a record type: its pages, and what they show.
docs: $(STAMP) page-if-possible
	$(BIN)/python docs/reference.py

# After a change of the catalogue or of a notebook: runs them, and keeps what they show.
notebooks: $(STAMP)
	$(BIN)/python examples/run.py

# Names no registry, so that it installs from any mirror; the hashes hold the bytes.
# The extras gs and az are left out: no test speaks to their stores, and they bring many packages along.
lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra annotation --extra dask --extra fetch --extra s3 --group dev --output-file requirements.lock --upgrade pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--output-file tests/servers/pywb.lock --upgrade tests/servers/pywb.in
	for name in tests/fuzz/atheris tests/audit; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --output-file $$name.lock --upgrade $$name.in; done
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--output-file benchmarks/peers/peers.lock --upgrade benchmarks/peers/peers.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--output-file tests/servers/label-studio.lock --upgrade tests/servers/label-studio.in

# What is given away: a wheel without the page would make releases without one.
wheel: $(STAMP) page
	rm -rf dist && $(BIN)/python -m hatchling build -d dist

clean:
	rm -rf $(VENV) $(PYWB) $(AUDIT) $(PEERS) $(LABEL_STUDIO) $(BUNDLE) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
