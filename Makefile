# make validate and make test are all a newcomer needs; each makes .venv first. Nothing is installed outside it.
SCALE ?= smoke
WORKERS ?= 2

IN_VENV := .venv/bin/python

# A finished environment keeps its interpreter until PYTHON= names another.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell [ -f .venv/limitlab.stamp ] && $(IN_VENV) -c "" 2>/dev/null && echo $(IN_VENV) || echo python3)
endif

unexport PYTHONPATH PYTHONHOME
export PYTHONNOUSERSITE := 1
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help environment validate test bench mutants lint clean

# An interpreter that will not do is told here, in one sentence, before any recipe adds make's own lines.
NEEDS_PYTHON := $(filter-out help clean,$(MAKECMDGOALS))
ifneq ($(NEEDS_PYTHON),)
UNFIT := $(shell "$(PYTHON)" tools/environment.py check 2>/dev/null || echo "PYTHON=$(PYTHON) does not start: name a Python 3.11 or newer, as in make test PYTHON=python3.12")
ifneq ($(UNFIT),)
$(error $(UNFIT))
endif
endif

help:  ## list the targets
	@sed -n 's/^\([a-z]*\): .*##/make \1 #/p' Makefile | awk -F'#' '{ printf "%-15s%s\n", $$1, $$2 }'
	@echo "PYTHON=python3.12 chooses the interpreter, WORKERS=2 the processes; SCALE=smoke, standard or paper is that of validate."

environment:  ## make .venv, unless it is what pyproject.toml and constraints.txt say
	@"$(PYTHON)" tools/environment.py

validate: environment  ## confirm every claim at SCALE=smoke, draw the figures, write the report
	@$(IN_VENV) tools/validate.py $(SCALE) $(WORKERS)

test: environment  ## run all tests on WORKERS=2 processes
	@$(IN_VENV) -m pytest --numprocesses $(WORKERS)

bench: environment  ## time against peers; print the table of ratios and write it as JSON
	@$(IN_VENV) benchmarks

mutants: environment  ## change every closed form and list what stayed green
	@$(IN_VENV) tests/mutants.py

lint: environment  ## style and types
	@$(IN_VENV) -m ruff check .
	@$(IN_VENV) -m ruff format --check .
	@$(IN_VENV) -m mypy

clean:  ## remove .venv, caches and builds; results stay
	@rm -rf .venv .pytest_cache .hypothesis .ruff_cache .mypy_cache dist build
