# Everything a person or CI runs. `make demo` and `make test` set up what they need on a fresh Debian machine.
.DEFAULT_GOAL := help
.PHONY: help demo demo-nvim demo-vscode test check generate bench unit neovim other-editors agents vscode vsix slow fix clean

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q
# Processes that run tests side by side; editors get the machine to themselves.
JOBS ?= 2
BESIDE := -n $(JOBS) --dist worksteal
# Real editors and agents misbehave on their own at times: one more try, which is printed.
AGAIN := --reruns 1 -raR
QUICK := 'not slow and not neovim and not other_editors and not agents'
ready := .venv/.ready

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

$(ready): pyproject.toml tools/system-packages.sh
	tools/system-packages.sh
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable . --group dev
	@touch $@

demo: $(ready) ## the main job, for real, in about two minutes; AGENT=codex or claude starts your own agent
	$(BIN)/python -m tools.demo $(if $(AGENT),--agent $(AGENT))

demo-nvim: $(ready) ## Neovim on a demo repository, with the list open and agents at work
	$(BIN)/python -m tools.demo.neovim

demo-vscode: $(ready) ## VS Code on the same, in a browser where there is no `code`
	$(BIN)/python -m tools.demo.vscode

test: check ## everything: unit, wire, command line, all editors, real agents, crash tests and histories
	$(PYTEST) $(BESIDE) -m $(QUICK) tests
	$(PYTEST) $(AGAIN) -m neovim tests/neovim
	$(PYTEST) $(AGAIN) -m other_editors tests/other_editors
	$(PYTEST) $(AGAIN) -m agents tests/agents
	tests/vscode/run.sh
	$(PYTEST) $(BESIDE) -m slow tests

check: $(ready) ## formats, lint, types, generated files: under a minute
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	PYTHONPATH=server $(BIN)/python -m generate --check
	editors/neovim/check.sh
	editors/vscode/check.sh
	$(PYTEST) tests/protocol tests/architecture tests/test_config.py

unit: $(ready) ## the quick tests of the server
	$(PYTEST) $(BESIDE) -m $(QUICK) tests

neovim: $(ready) ## the tests in real Neovims
	$(PYTEST) $(AGAIN) -m neovim tests/neovim

other-editors: $(ready) ## the tests in a real Emacs and a real Helix
	$(PYTEST) $(AGAIN) -m other_editors tests/other_editors

agents: $(ready) ## the tests with the real Codex and Claude Code
	$(PYTEST) $(AGAIN) -m agents tests/agents

vscode: $(ready) ## the tests in real VS Codes
	tests/vscode/run.sh

slow: $(ready) ## crash tests stopping at every call, and random histories: most of an hour
	HEDGEROW_EVERY_STOP=1 $(PYTEST) $(BESIDE) -m slow tests

vsix: $(ready) ## package the VS Code extension
	editors/vscode/check.sh && cd editors/vscode && npm run --silent package
	@echo editors/vscode/dist/hedgerow.vsix

generate: $(ready) ## write what comes from the table of commands
	PYTHONPATH=server $(BIN)/python -m generate

bench: $(ready) ## ratios against plain git and a bare server, measured here and now
	$(BIN)/python -m bench

fix: $(ready) ## format and mend what can be mended by itself
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .
	editors/neovim/check.sh --fix

clean: ## remove what was set up here
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache
