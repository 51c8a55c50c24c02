"""The program that carries its own Python: a folder that runs where it is put, and its archive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tympan_packages._archive import normalise, pack
from tympan_packages._bill import bill
from tympan_packages._errors import PackagingError
from tympan_packages._notices import lay_notices
from tympan_packages._others import Other, forget_installer, lay_metadata, modules, not_carried, others
from tympan_packages._python import LEFT_OUT, library
from tympan_packages._release import Release
from tympan_packages._spec import Spec, data_in, modules_in, start_script
from tympan_packages._system import system_packages
from tympan_packages._wheels import lay_out, wheels_of
from tympan_packages._workspace import Member, carried, members

PROGRAM: Final = "tympan"
BILL: Final = "sbom.cdx.json"
BUILD_S: Final = 900.0
"""PyInstaller reads every module there is."""

STRIP_S: Final = 60.0
_UNWANTED: Final = ("PIL.ImageTk", "PIL.ImageQt", "PIL._imagingtk", "trio._tests", "pip", "setuptools", "pkg_resources")


def make_bundle(release: Release, wheels: list[Path], work: Path) -> Path:
    """Makes the folder with the program; returns it."""
    ours, site, said = carried(members(release.sources)), work / "site", work / "said"
    theirs = others(_foreign(ours))
    lay_out(wheels_of(wheels, ours), site)
    data = data_in(site)
    for other in theirs:
        folder = lay_metadata(other, said)
        data += [(file, folder.name) for file in sorted(folder.iterdir())]
    start = work / "start.py"
    start.write_text(start_script())
    spec = Spec(
        name=PROGRAM,
        start=start,
        path=site,
        modules=(*modules_in(site), *(name for other in theirs for name in modules(other)), *library()),
        data=tuple(data),
        left_out=(*sorted(LEFT_OUT), *_UNWANTED, *not_carried(_names(ours, theirs))),
    )
    tree = _built(spec, release, work)
    for other in theirs:
        forget_installer(other, tree / "_internal")
    systems = system_packages(tree / "_internal")
    lay_notices(release, theirs, systems, tree)
    (tree / BILL).write_text(bill(release, ours, theirs, systems, tree))
    normalise(tree, release.epoch)
    return tree


def archive(release: Release, tree: Path, into: Path) -> Path:
    """Packs the program's folder; returns the archive."""
    into.mkdir(parents=True, exist_ok=True)
    path = into / release.bundle
    pack(tree, path, release.epoch)
    return path


def _foreign(ours: list[Member]) -> list[str]:
    """What the members need of others."""
    own = {member.name for member in ours}
    return sorted({need for member in ours for need in member.requires if need not in own})


def _names(ours: list[Member], theirs: list[Other]) -> list[str]:
    return [each.name for each in ours] + [each.name for each in theirs]


def _built(spec: Spec, release: Release, work: Path) -> Path:
    script = work / f"{spec.name}.spec"
    script.write_text(spec.text())
    command = [sys.executable, "-P", "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
               "--distpath", str(work / "made"), "--workpath", str(work / "parts"), str(script)]  # fmt: skip
    done = subprocess.run(
        command, cwd=work, env=_still(release, spec, work), capture_output=True, text=True, timeout=BUILD_S, check=False
    )
    (work / "pyinstaller.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise PackagingError(f"PyInstaller cannot make the program: {done.stderr[-3000:]}")
    tree = work / "made" / spec.name
    for folder in list(tree.rglob("__pycache__")):
        shutil.rmtree(folder)
    _strip(tree)
    return tree


def _strip(tree: Path) -> None:
    """Takes what only a debugger reads out of Python itself; libraries of others are as they made them."""
    inside = tree / "_internal"
    ours = [*inside.glob("libpython*.so*"), *inside.glob("python*/lib-dynload/*.so")]
    command = ["strip", "--strip-unneeded", *map(str, sorted(ours))]
    subprocess.run(command, check=True, capture_output=True, timeout=STRIP_S)


def _still(release: Release, spec: Spec, work: Path) -> dict[str, str]:
    """An environment in which the same sources give the same bytes: no hash by chance, no clock, no cache of others."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(work),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(spec.path),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYINSTALLER_CONFIG_DIR": str(work / "cache"),
        "SOURCE_DATE_EPOCH": str(release.epoch),
    }
