#!/bin/sh
# Style, types, import contracts, documentation. Everything is looked at; the status says whether anything was found.
set -u
cd "$(dirname "$0")/.."
failed=""
step() {
    name=$1; shift
    echo "check: $name"
    "$@" || failed="$failed $name"
}
sources="core/src wire/src relay/src net/src hub/src sim/src cli/src release/src plugins/*/src packaging tools benchmarks"
tests="core/tests wire/tests relay/tests net/tests hub/tests sim/tests cli/tests release/tests plugins/*/tests tests/print_path tests/hub tests/discovery tests/release tests/tunnel tests/mobility tests/desktop tests/docs tests/tools"
types() {
    # shellcheck disable=SC2086
    .venv/bin/mypy --no-error-summary $sources || return 1
    # Each folder by itself: every one has a conftest.
    # shellcheck disable=SC2086
    for folder in examples/*/ templates/*/; do MYPYPATH=$folder .venv/bin/mypy --no-error-summary "$folder"*_*/ || return 1; done
    for folder in $tests; do .venv/bin/mypy --no-error-summary "$folder" || return 1; done
}
# shellcheck disable=SC2086
{
step ruff .venv/bin/ruff check --quiet .
step format .venv/bin/ruff format --quiet --check .
step mypy types
step imports .venv/bin/lint-imports --no-logo
step hygiene tools/hygiene.sh
step docs .venv/bin/python -m pytest -q tests/docs
}
[ -z "$failed" ] || { echo "check: found something in:$failed" >&2; exit 1; }
