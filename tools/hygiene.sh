#!/bin/sh
# What must never be committed: addresses of package registries, lock files that carry them, paths of somebody's machine.
set -eu
cd "$(dirname "$0")/.."
found=0
if git ls-files --error-unmatch uv.lock >/dev/null 2>&1; then echo "uv.lock is in git; it names registry hosts" >&2; found=1; fi
# The patterns are split so that this file does not match itself.
if git grep -nIE 'p[y]pi\.o|python[h]osted|npm[j]s\.o|deb\.deb[i]an|/w[o]rk/(main|sh)|/ro[o]t/\.' -- .; then found=1; fi
exit $found
