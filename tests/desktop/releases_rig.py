"""Releases, made as they are made for people: each version once in a run of the tests.

Whoever works on these tests keeps them from run to run in the folder ``$TYMPAN_RELEASES``, emptied when sources change.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD_S: Final = 1500.0
KEPT: Final = "TYMPAN_RELEASES"
EPOCH: Final = "1764547200"
_LEFT: Final = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "dist", "node_modules", ".tools")


@attrs.frozen(kw_only=True)
class Made:
    """A release.

    Attributes:
        version: Which.
        folder: Where everything lies that was made.
        tree: The program's folder.
    """

    version: str
    folder: Path
    tree: Path

    @property
    def archive(self) -> Path:
        """The self-contained program."""
        return self.folder / f"tympan-{self.version}-linux-x86_64.tar.gz"

    @property
    def package(self) -> Path:
        """The package for Debian."""
        return self.folder / f"tympan_{self.version}_amd64.deb"

    @property
    def sums(self) -> str:
        """A line for each file, with its hash."""
        return (self.folder / "SHA256SUMS").read_text()


@functools.cache
def release(version: str) -> Made:
    """The release of these sources, in every kind."""
    kept = os.environ.get(KEPT)
    work = Path(kept, version) if kept else _passing()
    there = _of(work, version)
    return there if (there.folder / "SHA256SUMS").exists() else build(ROOT, version, work)


def _passing() -> Path:
    work = Path(tempfile.mkdtemp(prefix="tympan-release-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    return work


def _of(work: Path, version: str) -> Made:
    return Made(version=version, folder=work / "out", tree=work / "work" / "made" / "tympan")


def build(sources: Path, version: str, work: Path | None = None) -> Made:
    """Makes one of sources that lie in a folder."""
    work = work or _passing()
    work.mkdir(parents=True, exist_ok=True)
    made = _of(work, version)
    command = [sys.executable, str(sources / "packaging"), "all", "--version", version]
    where = ["--into", str(made.folder), "--work", str(work / "work")]
    env = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run([*command, *where], env=env, cwd=work, capture_output=True, text=True, timeout=BUILD_S)
    assert done.returncode == 0, done.stderr[-5000:]
    return made


def copied(to: Path) -> Path:
    """The sources in another folder, as somebody else has them: with nothing of this one."""
    shutil.copytree(ROOT, to, ignore=_LEFT, symlinks=True)
    return to
