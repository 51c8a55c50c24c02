"""The workspace's members: their folders, and who needs whom, as their ``pyproject.toml`` files say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

PROGRAM: Final = "tympan-cli"
"""The distribution with the command ``tympan``: what it needs, directly or not, is what the program carries."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@attrs.frozen(kw_only=True)
class Member:
    """One distribution of the workspace.

    Attributes:
        name: Of the distribution.
        folder: Where it lies.
        requires: Its requirements, as they are written (PEP 508).
        packages: The packages it installs.
    """

    name: str
    folder: Path
    requires: tuple[str, ...]
    packages: tuple[str, ...]


def members(root: Path) -> dict[str, Member]:
    """All of them by name, as the root's ``pyproject.toml`` lists their folders."""
    listed = _table(root)["tool"]["uv"]["workspace"]["members"]
    folders = sorted(folder for pattern in listed for folder in root.glob(pattern) if _is_one(folder))
    found = [_member(folder) for folder in folders]
    return {member.name: member for member in found}


def carried(all_members: Mapping[str, Member], start: str = PROGRAM) -> list[Member]:
    """Those that the program needs, itself included, sorted by name."""
    seen: set[str] = set()
    ahead = {start}
    while ahead:
        seen |= ahead
        ahead = {need for name in ahead for need in named(all_members[name].requires)} & set(all_members) - seen
    return [all_members[name] for name in sorted(seen)]


def named(requirements: Iterable[str]) -> set[str]:
    """The distributions that requirements name, in the spelling that indexes compare (PEP 503)."""
    found = (_NAME.match(requirement) for requirement in requirements)
    return {normal(match[0]) for match in found if match}


def normal(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_one(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def _member(folder: Path) -> Member:
    table = _table(folder)
    project = table["project"]
    packages = table["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return Member(
        name=normal(project["name"]),
        folder=folder,
        requires=tuple(project.get("dependencies", ())),
        packages=tuple(Path(package).name for package in packages),
    )


def _table(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
