#!/bin/sh
# Makes .venv with every command of the workspace in .venv/bin. Runs again only when a dependency or member changed.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "setup: Tympan needs Python 3.11 or newer, and '$python' is not. Name another one: PYTHON=/path/to/python3 make setup" >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "setup: '$python' cannot make virtual environments. On Debian: apt-get install python3-venv" >&2
    exit 1
}
members="wire core net hub sim cli plugins/*"
# shellcheck disable=SC2086
wanted=$( { "$python" -VV; pwd; cat requirements.lock; for m in $members; do cat "$m/pyproject.toml"; done; cat hub/src/tympan_hub/web/locales/*/LC_MESSAGES/*.po; } | cksum)
[ "$(cat .venv/.stamp 2>/dev/null || true)" = "$wanted" ] && exit 0
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "setup: installing third-party packages (versions and hashes from requirements.lock)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
editable=""
for m in $members; do editable="$editable -e ./$m"; done
echo "setup: installing the workspace"
# shellcheck disable=SC2086
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation $editable
printf '%s\n' "$wanted" > .venv/.stamp
