#!/bin/sh
# Writes requirements.lock: every third-party distribution the workspace needs, with version and hashes, no address.
set -eu
cd "$(dirname "$0")/.."
members="core wire relay net hub sim cli release plugins/*"
skip=""; files=""
for m in $members; do
    name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$m/pyproject.toml" | head -n 1)
    skip="$skip --no-emit-package $name"
    files="$files $m/pyproject.toml"
done
# shellcheck disable=SC2086
exec .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    $skip --group dev $files -o requirements.lock
