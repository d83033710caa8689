# make lab     set up (once) and open the course
# make lecture present the lessons: a copy without outputs, in large type; LESSON=03 for the one to open
# make test    set up (once) and run every test
# make update  put the notebooks that you changed into mine/, then fetch the newest version of the course
# make bench   measure time and memory, beside PyTorch, JAX and autograd where .venv has them
# make claims  count again how often the lessons' claims hold, on all cores; stop it when you like
# make build   build the notebooks from their text; LESSON=03 for one lesson
# make slides  decks that present offline, build/slides/; LESSON=03 for one lesson, PLAN=90 for a plan's
# make figures all pictures of the course on one page, build/figures.html, on light and on dark ground
# make grade   grade a class: SUBMISSIONS=folder-or-zip LESSON=03 [SHEET=...] [ROSTER=...] [MARKS=...]
#             [EXERCISES="3.2, 3.4 to 3.6"] [SEED=...] [OUT=...]
# make release a notebook of their own for each learner: LESSON=10 ROSTER=class.csv [SEED=...] [PRIVATE=parts.py] [OUT=...]
# make count   how often each mistake was made in a class that was graded: LESSON=03 [OUT=...], or as make grade
# make handouts one page a lesson, build/handouts/NN.pdf: the derivation with blanks, the summary card; LESSON=03
# make site    the course on the web, build/site/: a book, the course in a browser, all decks (fetches 150 MB, once)
# make open-site  hands it out on this machine, http://127.0.0.1:8890/
# make wheel   the course's packages as one file for pip, build/wheel/
# make pyodide  the packages in the Python of browsers, run by Node, which it needs (not part of make test)
# make lock    write the lock files anew after a change of a requirements*.txt

PYTHON ?= python3
PORT ?= 8888
BIN := .venv/bin
# Python compiles a module when it is first used, and most never are.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab lecture test pyodide update bench claims build slides figures handouts grade wheel release count site open-site lock clean
help:
	@sed -n 's/^# //p' Makefile

lab: .venv/lab-ready
	@$(BIN)/python -c 'import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", $(PORT))) == 0)' || \
	  echo "Port $(PORT) is busy; JupyterLab takes the next free one. Look for its address below."
	$(BIN)/jupyter lab --port=$(PORT) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(AS_ROOT)

lecture: .venv/lab-ready
	@$(BIN)/python solutions/build/lecture.py $(or $(LESSON),00) --port=$(PORT) $(AS_ROOT)

test: .venv/test-ready .venv/site-ready
	PYTHONWARNDEFAULTENCODING=1 $(BIN)/python -m pytest

pyodide: .venv/test-ready
	BPTT_PYODIDE=1 $(BIN)/python -m pytest -n 0 tests/test_course/test_pyodide.py

update:
	@$(PYTHON) solutions/build/update.py

bench: .venv/lab-ready
	$(BIN)/python -m tests.benchmarks

claims: .venv/lab-ready
	$(BIN)/python -m tests.claims $(if $(JOBS),--jobs $(JOBS))

build: .venv/test-ready
	$(BIN)/python solutions/build/build_editions.py $(LESSON)

slides: .venv/test-ready
	$(BIN)/python solutions/build/slides $(if $(PLAN),--plan $(PLAN) $(if $(BY),--by "$(BY)"),$(LESSON))

figures: .venv/test-ready
	$(BIN)/python solutions/build/contact_sheet.py

grade: .venv/lab-ready
	@$(if $(and $(SUBMISSIONS),$(LESSON)),,$(error Say what to grade: make grade SUBMISSIONS=folder-or-zip LESSON=03))
	@$(BIN)/python -m solutions.grading "$(SUBMISSIONS)" "$(LESSON)" $(if $(ROSTER),--roster "$(ROSTER)") \
	  $(if $(SEED),--seed "$(SEED)") $(if $(OUT),--out "$(OUT)") $(if $(JOBS),--jobs $(JOBS)) \
	  $(if $(SHEET),--sheet "$(SHEET)") $(if $(COLUMN),--column "$(COLUMN)") $(if $(PRIVATE),--private "$(PRIVATE)") \
	  $(if $(MARKS),--marks "$(MARKS)") $(if $(EXERCISES),--exercises "$(EXERCISES)")

release: .venv/lab-ready
	@$(if $(and $(ROSTER),$(LESSON)),,$(error Say what to hand out, and to whom: make release LESSON=10 ROSTER=class.csv))
	@$(BIN)/python -m solutions.grading.release "$(LESSON)" "$(ROSTER)" $(if $(SEED),--seed "$(SEED)") \
	  $(if $(PRIVATE),--private "$(PRIVATE)") $(if $(OUT),--out "$(OUT)")

count: .venv/lab-ready
	@$(if $(LESSON),,$(error Say what to count: make count LESSON=03))
	@$(if $(SUBMISSIONS),$(MAKE) --no-print-directory grade)
	@$(BIN)/python -m solutions.grading.counting "$(LESSON)" $(if $(OUT),--out "$(OUT)")

handouts: .venv/handouts-ready
	$(BIN)/python solutions/build/handouts.py $(LESSON)

site: .venv/site-ready
	$(BIN)/python solutions/build/site

open-site:
	@$(PYTHON) solutions/build/site/serve.py

wheel: .venv/lab-ready
	rm -rf build/wheel build/lib build/bdist.*
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheel .

lock: .venv/test-ready
	$(PIP) uv
	for name in requirements requirements-dev; do grep -hv '^-' requirements.txt $$name.txt | sort -u | \
	  $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet --output-file $$name.lock; done
	for name in handouts site; do $(BIN)/uv pip compile requirements-$$name.txt --constraint requirements-dev.lock \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet --output-file requirements-$$name.lock; done

clean:
	rm -rf .venv

.venv/lab-ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "There is no program called $(PYTHON). Install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { \
	  echo "The course needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -c 'import platform; print(platform.python_version())')."; \
	  echo "Name another one, for example: make $(or $(MAKECMDGOALS),lab) PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] > (3, 14))' || \
	  echo "Nobody has tested the course with a Python this new; it was tested with 3.11 to 3.14. It should work all the same."
	@echo "Setting up, once. This takes a minute or two."
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps -e .
	$(BIN)/jupyter labextension disable "@jupyterlab/apputils-extension:announcements" 2> /dev/null
	@touch $@

# What the tests need has grading menus for JupyterLab. They are not for learners: solutions/README.md says how to get them.
.venv/test-ready: .venv/lab-ready requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	$(BIN)/jupyter labextension disable "@jupyter/nbgrader" 2> /dev/null
	@touch $@

# The kernel of JupyterLite calls itself an extension of JupyterLab, which cannot load it and says so to every learner.
.venv/site-ready: .venv/test-ready requirements-site.lock
	$(PIP) --require-hashes -r requirements-site.lock
	rm -rf .venv/share/@jupyterlite && mv .venv/share/jupyter/labextensions/@jupyterlite .venv/share/
	@touch $@

.venv/handouts-ready: .venv/test-ready requirements-handouts.lock
	@echo "Fetching Pandoc and Typst, once: 70 MB, for handouts only."
	$(PIP) --require-hashes -r requirements-handouts.lock
	@touch $@
