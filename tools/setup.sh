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
members="wire core relay net hub sim cli release plugins/*"
place=$("$python" -VV; pwd)
# shellcheck disable=SC2086
wanted=$( { printf '%s\n' "$place"; cat requirements.lock; for m in $members; do cat "$m/pyproject.toml"; done
    cat hub/src/tympan_hub/web/locales/*/LC_MESSAGES/*.po plugins/*/src/*/locales/*/LC_MESSAGES/*.po; } | cksum)
[ "$(cat .venv/.stamp 2>/dev/null || true)" = "$wanted" ] && exit 0
# Scripts name the folder they were made in, and making it may have been interrupted before pip was in: begin anew then.
if [ "$(cat .venv/.place 2>/dev/null || true)" != "$place" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear .venv || {
        echo "setup: .venv could not be made; look at the disk and who may write here, then run it again" >&2
        exit 1
    }
    printf '%s\n' "$place" > .venv/.place
fi
install() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check "$@" || {
        echo "setup: pip could not install what is named above. Is a package registry within reach? Then run it again" >&2
        exit 1
    }
}
echo "setup: installing third-party packages (versions and hashes from requirements.lock)"
install --require-hashes --no-compile -r requirements.lock
# Once, by every processor, and not by each of the processes that start first. What does not compile says so when it is run.
compile() { .venv/bin/python -m compileall -q -j 0 "$@" >/dev/null 2>&1 || :; }
compile .venv/lib & compiling=$!
trap 'kill "$compiling" 2>/dev/null || :' EXIT
editable="" sources=""
for m in $members; do editable="$editable -e ./$m" sources="$sources $m/src"; done
echo "setup: installing the workspace"
# shellcheck disable=SC2086
install --no-deps --no-build-isolation $editable
# shellcheck disable=SC2086
compile $sources
wait "$compiling"
printf '%s\n' "$wanted" > .venv/.stamp
