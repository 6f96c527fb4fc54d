# The developer's manual on one screen. Every target sets up .venv by itself.
#   make demo     review the example campaign and say where the report is
#   make test     all tests            make quick   without the slow and the browser tests
#   make check    formatting, lint, types, import contracts, SQL, translations
#   make fix      format and repair what can be repaired
#   make golden   accept the rendered example, examples/review, as it is now
#   make words    collect the words for translation
#   make docs     write the pages that are generated from the code
#   make example  generate the example campaign again, and its consoles' exports
#   make bench    side by side with what a user would write by hand
#   make dist     build wheel and sdist
PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.run
DEV := .venv/.dev

.PHONY: demo test quick check fix golden words docs example bench dist clean

demo: $(RUN)
	$(BIN)/livereview demo livereview-demo --force

test: $(DEV)
	$(BIN)/python -m pytest -n auto --dist loadfile

quick: $(DEV)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow and not browser"

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 0 src/livereview benchmarks

fix: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 0 src/livereview benchmarks

golden: $(DEV)
	$(BIN)/python -m tests.golden.render

words: $(DEV)
	$(BIN)/pybabel -q extract -F pyproject.toml --no-location --no-wrap --omit-header --sort-output -o src/livereview/locale/livereview.pot .
	$(BIN)/pybabel -q update -N --no-wrap --omit-header --ignore-obsolete -i src/livereview/locale/livereview.pot -d src/livereview/locale -D livereview

docs: $(DEV)
	$(BIN)/python docs/generate.py

example: $(DEV)
	$(BIN)/python examples/generate --out examples/campaign
	$(BIN)/python examples/generate/exports --campaign examples/campaign --out examples/exports

bench: $(DEV)
	$(BIN)/python benchmarks

dist: $(DEV)
	rm -rf dist
	$(BIN)/python -m build --outdir dist

clean:
	rm -rf .venv dist build livereview-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip

$(RUN): .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	touch $@

$(DEV): $(RUN)
	$(BIN)/python -m pip install -q -e . --group dev
	touch $@
