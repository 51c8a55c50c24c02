#!/bin/sh
# Installs the OpenID provider that tests sign in at, by its lock file, into a cache folder outside git; prints the folder.
set -eu
cd "$(dirname "$0")/../tests/hub/openid_rig"
kept="${XDG_CACHE_HOME:-$HOME/.cache}/tympan/openid-provider-$(cksum < package-lock.json | cut -d ' ' -f 1)"
if [ ! -d "$kept" ]; then
    command -v npm >/dev/null 2>&1 || { echo "node: npm is missing. On Debian: apt-get install nodejs npm" >&2; exit 1; }
    made="$kept.$$"
    trap 'rm -rf "$made"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mkdir -p "$made"
    cp package.json package-lock.json "$made"
    # No script of a package runs; what comes must have the hashes of the lock file.
    (cd "$made" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null) || {
        echo "node: npm could not install what is named above. Is a package registry within reach? Then run it again" >&2
        exit 1
    }
    mv -T "$made" "$kept" 2>/dev/null || [ -d "$kept" ]  # somebody else was first
fi
echo "$kept"
