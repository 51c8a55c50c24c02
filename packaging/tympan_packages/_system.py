"""Libraries of the system that the program carries: of which package each is, in which version, under which terms.

- Whoever built the libraries says so: a system without dpkg says nothing, and its libraries stand in the bill as files.
- What others brought in their own wheels, and Python's own, is not of the system: their licences cover it.
"""

from __future__ import annotations

import filecmp
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

ASK_S: Final = 60.0
_KNOWN: Final = re.compile(r"^\s*(\S+) \(.*x86-64.*\) => (\S+)$", re.MULTILINE)
_COMMON: Final = re.compile(r"/usr/share/common-licenses/([\w.+-]*\w)")
_TERMS: Final = Path("/usr/share/common-licenses")
_SAID: Final = Path("/usr/share/doc")
LICENCES: Final = {
    "libbz2-1.0": "bzip2-1.0.6",
    "libffi8": "MIT",
    "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "liblzma5": "LicenseRef-public-domain",
    "libsqlite3-0": "blessing",
    "libssl3": "Apache-2.0",
    "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libuuid1": "BSD-3-Clause",
    "zlib1g": "Zlib",
}
"""Of the library itself, as its own sources say (SPDX): a package's file tells the terms of all it is built from."""

_ELSEWHERE: Final = "see its copyright file"


@attrs.frozen(kw_only=True, order=True)
class SystemPackage:
    """A package of the system with a library that is carried.

    Attributes:
        name: As the system calls it.
        version: Which one is installed here.
        licence: Of its library.
        terms: The file with them.
    """

    name: str
    version: str
    licence: str
    terms: Path


def system_packages(inside: Path) -> list[SystemPackage]:
    """Those whose libraries lie in a folder, by name."""
    if shutil.which("dpkg-query") is None:
        return []
    where = _where_libraries_are()
    found = (path for path in inside.glob("lib*.so*") if path.is_file() and not path.is_symlink())
    carried = [path for path in found if path.name in where and filecmp.cmp(path, where[path.name], shallow=False)]
    owners = {owner for path in carried for owner in _owners(where[path.name])}
    return sorted(_described(owner) for owner in owners)


def lay_terms(packages: Iterable[SystemPackage], folder: Path) -> None:
    """Copies what each says of its licence, and the licences it only names."""
    for package in packages:
        into = folder / "system" / package.name
        into.mkdir(parents=True)
        shutil.copyfile(package.terms, into / "copyright")
        for name in sorted(set(_COMMON.findall(package.terms.read_text("utf-8", errors="replace")))):
            common = folder / "system" / "common" / name
            if (_TERMS / name).is_file():
                common.parent.mkdir(exist_ok=True)
                shutil.copyfile(_TERMS / name, common)


def _where_libraries_are() -> dict[str, Path]:
    program = shutil.which("ldconfig", path="/usr/sbin:/sbin:/usr/bin")
    if program is None:
        return {}
    said = subprocess.run([program, "-p"], capture_output=True, text=True, timeout=ASK_S, check=True).stdout
    return {name: Path(place) for name, place in reversed(_KNOWN.findall(said))}


def _owners(library: Path) -> set[str]:
    """The packages that brought a file, under whichever of its names."""
    real = library.resolve()
    names = {library, real} | {Path(str(path).removeprefix("/usr")) for path in (library, real)}
    ask = ["dpkg-query", "--search", *sorted(map(str, names))]
    said = subprocess.run(ask, capture_output=True, text=True, timeout=ASK_S, check=False).stdout
    return {line.partition(": ")[0].partition(":")[0] for line in said.splitlines() if not line.startswith("diversion")}


def _described(package: str) -> SystemPackage:
    ask = ["dpkg-query", "--show", "--showformat=${Version}\n", package]
    said = subprocess.run(ask, capture_output=True, text=True, timeout=ASK_S, check=True).stdout
    terms = _SAID / package / "copyright"
    licence = LICENCES.get(package, _ELSEWHERE)
    return SystemPackage(name=package, version=said.split()[0], licence=licence, terms=terms)
