PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PART := examples/bracket.step

.PHONY: demo test check corpus bench clean debian libraries

demo: $(VENV)/.installed
	$(BIN)/copeau make $(PART) -o demo --controller linuxcnc --controller haas --controller fanuc
	@echo "look at demo/dossier.pdf and demo/report.json"

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -c "import OCP.gp" 2>/dev/null || $(MAKE) --no-print-directory libraries
	touch $@

# The geometry kernel's wheel wants the system's libGL and libX11, which a bare Debian has not.
libraries:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "the geometry kernel needs libGL and libX11: install Debian's libgl1 and libx11-6, then run make again"; exit 2; }
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libgl1 libx11-6 >/dev/null
	$(BIN)/python -c "import OCP.gp"

$(VENV)/.tested: $(VENV)/.installed requirements-test.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.lock
	touch $@

debian:
	@command -v rs274 >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends linuxcnc-uspace poppler-utils >/dev/null; } || echo "rs274 is not installed: tests against it are skipped"

test: $(VENV)/.tested debian
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/python -m pytest tests

check: $(VENV)/.tested
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/python -m mypy src/copeau/model
	$(BIN)/python -m pytest tests -m "not slow" -x

corpus: $(VENV)/.tested
	@test -n "$(CORPUS)" || { echo 'name the folder of the parts: make corpus CORPUS=DIR'; exit 2; }
	$(BIN)/python benchmarks/corpus.py --shared "$(CORPUS)"

# What Copeau is measured against: SHARED names the folder of the peers' material, FREECAD a folder made by its bench/freecad/setup_chroot.sh.
bench: $(VENV)/.tested
	$(BIN)/python benchmarks/bench.py --shared "$(SHARED)" --freecad "$(FREECAD)"

clean:
	rm -rf $(VENV) demo
