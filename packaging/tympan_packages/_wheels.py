"""Wheels of every member, under the release's version.

- They are made from a copy of the sources: what lies about in a working folder does not come along, and the version is
  written there, so that making a release changes no file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tympan_packages._errors import PackagingError
from tympan_packages._release import Release
from tympan_packages._workspace import Member, members

WHEEL_S: Final = 120.0
"""For one wheel; the hub's has catalogues to compile."""

_SHARED: Final = ("templates",)
"""Folders at the top that members take files from."""

_LEFT: Final = shutil.ignore_patterns(
    "tests", "__pycache__", "*.pyc", "*.mo", "dist", "build", "*.egg-info", ".*_cache"
)
_MADE: Final = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")
_VERSION: Final = re.compile(r'^version = ".*"$', re.MULTILINE)


def make_wheels(release: Release, work: Path, into: Path) -> list[Path]:
    """Makes the wheel of each member of the workspace; returns them sorted by name."""
    copy = work / "sources"
    _copy(release, copy)
    into.mkdir(parents=True, exist_ok=True)
    for member in members(copy).values():
        _make(member, release, into)
    return sorted(into.glob("*.whl"))


def lay_out(wheels: Iterable[Path], into: Path) -> None:
    """Unpacks wheels side by side, as an installer would."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(into)


def wheels_of(wheels: Iterable[Path], wanted: Iterable[Member]) -> list[Path]:
    """Those of the wheels that are of certain members."""
    names = {member.name.replace("-", "_") for member in wanted}
    return [wheel for wheel in wheels if wheel.name.partition("-")[0] in names]


def versioned(text: str, version: str) -> str:
    """A ``pyproject.toml`` under another version."""
    changed, times = _VERSION.subn(f'version = "{version}"', text)
    if times != 1:
        raise PackagingError(f"a pyproject.toml says its version {times} times, and not once")
    return changed


def _copy(release: Release, to: Path) -> None:
    to.mkdir(parents=True)
    shutil.copy2(release.sources / "pyproject.toml", to)
    for member in members(release.sources).values():
        there = to / member.folder.relative_to(release.sources)
        shutil.copytree(member.folder, there, ignore=_LEFT)
        shutil.copy2(release.sources / "LICENSE", there)
        project = there / "pyproject.toml"
        project.write_text(versioned(project.read_text("utf-8"), release.version), "utf-8")
    for shared in _SHARED:
        shutil.copytree(release.sources / shared, to / shared, ignore=_MADE)


def _make(member: Member, release: Release, into: Path) -> None:
    command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(release.epoch), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, cwd=member.folder, env=env, capture_output=True, text=True, timeout=WHEEL_S, check=False
    )
    if done.returncode:
        raise PackagingError(f"the wheel of {member.name} cannot be made: {(done.stderr or done.stdout)[-2000:]}")
