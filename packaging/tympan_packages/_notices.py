"""The licence texts the program carries, and a page that says what they are for."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tympan_packages._others import Other, licence_of, licences
from tympan_packages._release import Release
from tympan_packages._spec import REPLACEABLE
from tympan_packages._system import SystemPackage, lay_terms

FOLDER: Final = "licenses"
PAGE: Final = "NOTICES.md"
_OWN: Final = """\
# Tympan {version}

Tympan is under the Apache License 2.0 (`{folder}/LICENSE`). It comes with what others made; their licence texts lie in
`{folder}/`, a folder for each. `sbom.cdx.json` lists everything with its version, for programs.

**Under the LGPL:** {replaceable}. It lies in files of its own, in `_internal/`, and is loaded from there when the agent
starts: put another version with the same interface in its place, and the agent uses that. Its source is published under
its name and version, and nothing in Tympan's terms forbids to change it for your own use, or to take it apart to find
out why a change does not work.

**The start of the program** is PyInstaller's bootloader, under the GPL with an exception that lets programs made with
it have any licence.

| what | version | licence |
|---|---|---|
"""


def lay_notices(release: Release, theirs: Iterable[Other], systems: Iterable[SystemPackage], tree: Path) -> None:
    """Writes them into the program's folder."""
    folder = tree / FOLDER
    folder.mkdir()
    shutil.copyfile(release.sources / "LICENSE", folder / "LICENSE")
    shutil.copyfile(Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", folder / "LICENSE.python")
    rows = [f"| Python | {sys.version.split()[0]} | PSF-2.0 |"]
    for other in theirs:
        rows.append(f"| {other.name} | {other.version} | {licence_of(other)} |")
        for name, text in licences(other):
            file = folder / other.name / name.removeprefix("licenses/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
    systems = list(systems)
    lay_terms(systems, folder)
    rows += [f"| {each.name}, of the system | {each.version} | {each.licence} |" for each in systems]
    page = _OWN.format(version=release.version, folder=FOLDER, replaceable=" and ".join(REPLACEABLE))
    (tree / PAGE).write_text(page + "\n".join(rows) + "\n", "utf-8")
