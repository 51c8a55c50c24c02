"""Whose a wheel is, by what is in it: a vendor's key signs for one distribution, and its wheel brings that one alone.

- The signature covers a file by its name; the distribution that Python finds is the one in the file's metadata.
- Whatever stands on Python's path first is imported: a wheel that brings another's package would run in its place.
"""

from __future__ import annotations

import importlib.machinery
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Final

from tympan_updater._errors import NotUsable
from tympan_wire.updates import BadUpdateFile, Version

_INFO: Final = (".dist-info", ".egg-info")
"""What Python takes for the metadata of a distribution, in capitals as well."""
_CODE: Final = tuple(importlib.machinery.all_suffixes())


def check_identity(tree: Path, distribution: str, version: Version) -> None:
    """What was unpacked is the distribution that it was released as, and none besides.

    Raises:
        NotUsable: It is another one, or more.
    """
    infos = [path for path in tree.iterdir() if path.name.lower().endswith(_INFO)]
    told = [_told(path) for path in infos]
    if told != [(distribution, version)]:
        found = ", ".join(sorted(f"{name} {number}" for name, number in told)) or "nothing that says what it is"
        raise NotUsable(f"the wheel of {distribution} {version} brings {found:.200}")


def check_apart(trees: dict[str, Path]) -> None:
    """No two distributions bring a module of one name.

    Args:
        trees: Where each lies.

    Raises:
        NotUsable: Two do.
    """
    owners: dict[str, str] = {}
    for distribution, tree in sorted(trees.items()):
        for name in sorted(_modules(tree)):
            owner = owners.setdefault(name, distribution)
            if owner != distribution:
                raise NotUsable(f"{owner} and {distribution} both bring the module {name:.100}")


def _told(info: Path) -> tuple[str, Version | None]:
    try:
        metadata = PathDistribution(info).metadata
        return str(metadata["Name"]).replace("_", "-").replace(".", "-").lower(), Version(str(metadata["Version"]))
    except (OSError, ValueError, KeyError, AttributeError, TypeError, BadUpdateFile):
        return info.name, None


def _modules(tree: Path) -> set[str]:
    """Names by which Python would import what lies at the top."""
    modules = {path.name.partition(".")[0] for path in tree.iterdir() if path.is_dir() or path.name.endswith(_CODE)}
    return {name for name in modules if name.isidentifier()}
