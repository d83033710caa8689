# make lab     set up (once) and open the course
# make test    set up (once) and run every test
# make bench   measure time and memory, beside PyTorch, JAX and autograd where .venv has them
# make build   build the notebooks from their text; LESSON=03 for one lesson
# make figures all pictures of the course on one page, build/figures.html, on light and on dark ground

PYTHON ?= python3
PORT ?= 8888
BIN := .venv/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab test bench build figures clean
help:
	@sed -n 's/^# //p' Makefile

lab: .venv/lab-ready
	@$(BIN)/python -c 'import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", $(PORT))) == 0)' || \
	  echo "Port $(PORT) is busy; JupyterLab takes the next free one. Look for its address below."
	$(BIN)/jupyter lab --port=$(PORT) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(AS_ROOT)

test: .venv/test-ready
	$(BIN)/python -m pytest

bench: .venv/lab-ready
	$(BIN)/python -m benchmarks

build: .venv/test-ready
	$(BIN)/python solutions/build/editions.py $(LESSON)

figures: .venv/test-ready
	$(BIN)/python solutions/build/contact_sheet.py

clean:
	rm -rf .venv

.venv/lab-ready: requirements.txt pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "There is no program called $(PYTHON). Install Python 3.11, 3.12 or 3.13."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "The course needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -c 'import platform; print(platform.python_version())')."; \
	  echo "Name another one, for example: make $(or $(MAKECMDGOALS),lab) PYTHON=python3.12"; exit 1; }
	@echo "Setting up, once. This takes a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/jupyter labextension disable "@jupyterlab/apputils-extension:announcements" 2> /dev/null
	@touch $@

.venv/test-ready: .venv/lab-ready solutions/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r solutions/requirements.txt
	@touch $@
