PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PART := examples/bracket.step

.PHONY: demo test check corpus clean debian

demo: $(VENV)/.installed
	$(BIN)/copeau make $(PART) -o demo --controller linuxcnc --controller haas --controller fanuc
	@echo "look at demo/dossier.pdf and demo/report.json"

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

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

clean:
	rm -rf $(VENV) demo
