"""One release that is made: from which sources, under which version, with which date. Pure but for ``this_release``.

- The date is told and never looked up from a clock: the same sources give the same bytes on any day.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from tympan_packages._errors import PackagingError

NO_DATE: Final = 1_767_225_600
"""1 January 2026, UTC: for sources that say no date, as an archive without its history."""

_VERSION: Final = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){1,3}((a|b|rc)(0|[1-9]\d*))?")
"""The part of PEP 440 that packages of Debian, MSI and macOS can say, too."""


@attrs.frozen(kw_only=True)
class Release:
    """What is made.

    Attributes:
        sources: The workspace.
        version: Of everything in it, such as ``1.2.0``.
        epoch: When its sources were last changed, seconds since 1970.
    """

    sources: Path
    version: str = attrs.field()
    epoch: int

    @version.validator
    def _is_one(self, _: object, version: str) -> None:
        if not _VERSION.fullmatch(version):
            raise PackagingError(f"{version!r} is no version; write it like 1.2.0 or 1.3.0rc1")

    @property
    def debian(self) -> str:
        """The version as Debian sorts it: a candidate comes before what it is a candidate for (deb-version(7))."""
        return re.sub(r"(a|b|rc)", r"~\1", self.version)

    @property
    def bundle(self) -> str:
        """The name of the self-contained program's archive."""
        return f"tympan-{self.version}-linux-x86_64.tar.gz"

    @property
    def package(self) -> str:
        """The name of the package for Debian."""
        return f"tympan_{self.version}_amd64.deb"

    @property
    def bill(self) -> str:
        """The name of the bill of materials."""
        return f"tympan-{self.version}.cdx.json"


def this_release(sources: Path, version: str, env: Mapping[str, str]) -> Release:
    """The release of the sources as they lie there."""
    return Release(sources=sources, version=version, epoch=_epoch(sources, env))


def _epoch(sources: Path, env: Mapping[str, str]) -> int:
    told = env.get("SOURCE_DATE_EPOCH") or _last_change(sources)
    if told and not told.isdecimal():
        raise PackagingError(f"SOURCE_DATE_EPOCH={told!r} is no number of seconds")
    return int(told) if told else NO_DATE


def _last_change(sources: Path) -> str:
    """Of the last commit; "" where there is no history."""
    asked = ["git", "-C", str(sources), "log", "-1", "--format=%ct"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
