# The only commands there are. Each does its own set-up.
.PHONY: help setup system demo demo-stay test check bench soak packages format lock clean

# What was compiled once is kept, wherever this runs: the tests start hundreds of processes of ours.
export PYTHONDONTWRITEBYTECODE =

help:
	@echo "make demo    show the main job: a hub, its portal, an agent, and a document printed on virtual printers"
	@echo "make demo-stay  the same, and leave it running: the portal's address and who can sign in are shown"
	@echo "make test    run every test (on Debian as root: installs CUPS, ipptool and Chromium first)"
	@echo "make check   style, types, import contracts, documentation"
	@echo "make bench   measure each promise beside its peer"
	@echo "make packages VERSION=1.2.0  what people install, in dist/: wheels, a bundle, a package for Debian"
	@echo "make soak    the long runs: crash points and fuzzing at full length"

setup:
	@tools/setup.sh

system:
	@tools/system.sh
	@tools/node.sh >/dev/null || [ "$$CI" != true ]
	@tools/windows.sh >/dev/null || [ "$$CI" != true ]

demo: setup
	@.venv/bin/python -m tools.demo

demo-stay: setup
	@.venv/bin/python -m tools.demo --stay

test: setup system
	@.venv/bin/python -m pytest -q -n 5 --dist worksteal -m "not soak"

check: setup
	@tools/check.sh

bench: setup system
	@.venv/bin/python benchmarks/run.py

soak: setup system
	@tools/debian.sh >/dev/null || [ "$$CI" != true ]
	@tools/panel.sh >/dev/null || [ "$$CI" != true ]
	@.venv/bin/python -m pytest -q -m soak

packages: setup
	@.venv/bin/python packaging all --version "$(VERSION)" --into dist

format: setup
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format --quiet .

lock: setup
	@tools/lock.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-output
