#!/bin/sh
# Makes vendor/hpke.min.mjs of the hub again from the packages of the lock file; the result is the same, byte by byte.
set -eu
cd "$(dirname "$0")/hpke"
made="$(mktemp -d)"
trap 'rm -rf "$made"' EXIT
cp package.json package-lock.json entry.mjs "$made"
into="$(cd ../../hub/src/tympan_hub/web/static/vendor && pwd)"
cd "$made"
# No script of a package runs; what comes must have the hashes of the lock file.
npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
node_modules/.bin/esbuild entry.mjs --bundle --format=esm --minify --target=es2022 --log-level=warning --outfile="$into/hpke.min.mjs"
sha256sum "$into/hpke.min.mjs"
