# Two commands: `make report` (the main job) and `make test`. Both set up what they need, once.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PHOTO   ?=
GALLERY ?= 12

.PHONY: report test lab check picture bench clean

# GALLERY is how many synthetic faces it adds, each held against the truth; 0 leaves them out.
report: $(VENV)/.installed
	$(BIN)/explab report $(if $(PHOTO),"$(PHOTO)") --gallery $(GALLERY) -o reports/face_report.html

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

# The README's pictures: synthetic people (all contact sheets are in reports/), and a real report.
picture: $(VENV)/.installed-dev
	$(BIN)/explab report --gallery 12 -o reports/face_report.html
	$(BIN)/python assets/report_picture.py reports/face_report.html assets
	$(BIN)/python assets/contact_sheets.py reports
	cp reports/expressions.jpg assets/

# Speed and accuracy against named references, one table each. PHOTO=folder names the photographs.
bench: $(VENV)/.installed-dev
	$(BIN)/python bench/heatmaps.py
	$(BIN)/python bench/attribution.py
	$(BIN)/python bench/training.py
	$(BIN)/python bench/faces.py $(if $(PHOTO),"$(PHOTO)")

lab: $(VENV)/.installed
	$(BIN)/explab lab

# Lint, format, types, layers and stripped notebooks.
check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb

# Stamp files make the second run immediate; a changed pin or dependency installs again.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 12) else f"explab needs Python 3.10-3.12, $(PYTHON) is {v[0]}.{v[1]}: name another with make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch -c constraints.txt
	$(BIN)/python -m pip install --quiet -e . -c constraints.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e ".[dev]" -c constraints.txt
	@touch $@

clean:
	rm -rf $(VENV) reports build dist .pytest_cache .mypy_cache .ruff_cache
