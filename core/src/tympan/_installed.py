"""Whether what would be imported is a distribution's own, as it was installed (binary distribution format, "RECORD").

- A package lies beside its distribution's metadata, or another distribution's code would run in this one's name.
- The hash of RECORD pins what RECORD says and nothing else: each file is read and compared.
- Code beside the files that RECORD lists would be imported like them, so it counts as a change.
- What Python compiles by itself, in ``__pycache__``, is neither listed nor looked at: who can write there can write
  anywhere in this environment, the kernel included.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.machinery
import json
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath
from typing import Final

_CODE: Final = tuple(importlib.machinery.all_suffixes())
_PIECE_BYTES: Final = 1 << 20
_UNHASHED: Final = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Of dist-info: RECORD cannot hold its own hash, and the others are written by whoever installs."""


def change(distribution: Distribution) -> str:
    """What differs from RECORD, as a sentence part; "" when nothing does."""
    text = distribution.read_text("RECORD")
    if not text:
        return "it has no RECORD"
    if _is_edited(distribution):
        return "it is installed to be edited, and RECORD tells of none of its code"
    root = Path(str(distribution.locate_file("")))
    listed = {PurePosixPath(row[0]): row[1] for row in csv.reader(text.splitlines()) if len(row) >= 2}
    return next(_changes(root, listed), "")


def elsewhere(distribution: Distribution, package: Path) -> str:
    """Why a package is not the distribution's, as a sentence part; "" when it is.

    One that is installed to be edited lies where its author works (PEP 610).

    Args:
        distribution: Whose it should be.
        package: The folder that would be imported.
    """
    root = Path(str(distribution.locate_file("")))
    if package.parent.resolve() == root.resolve() or _is_edited(distribution):
        return ""
    return f"would be imported from {package.parent}, and it was installed in {root}"


def _is_edited(distribution: Distribution) -> bool:
    try:
        told = json.loads(distribution.read_text("direct_url.json") or "{}")
        return told["dir_info"]["editable"] is True
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _changes(root: Path, listed: dict[PurePosixPath, str]) -> Iterator[str]:
    for name, told in listed.items():
        if name.name in _UNHASHED or "__pycache__" in name.parts:
            continue
        found = _hash(root / name)
        if not told or found != told:
            yield f"{name} is {'missing' if not found else 'not the file that RECORD tells of'}"
    for package in {name.parts[0] for name in listed if len(name.parts) > 1 and not name.parts[0].endswith("-info")}:
        for path in sorted((root / package).rglob("*")):
            name = PurePosixPath(path.relative_to(root).as_posix())
            if path.suffix and path.name.endswith(_CODE) and "__pycache__" not in name.parts and name not in listed:
                yield f"{name} is not among its files"


def _hash(path: Path) -> str:
    """As RECORD writes it; "" for a file that cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
