"""The hub's own update repository, as far as pages tell of it; agents read and verify the files themselves."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import field, frozen

from tympan_hub.domain.updates import Ring


@frozen(kw_only=True)
class Target:
    """A file of the repository.

    Attributes:
        path: Its name in the repository, such as ``agent/1.2.0/tympan_1.2.0_amd64.deb``.
        size: In bytes.
        sha256: Hex, as the metadata says.
        place: Where its file lies below the repository's address.
    """

    path: str
    size: int
    sha256: str
    place: str


@frozen(kw_only=True)
class Channel:
    """What a channel says.

    Attributes:
        agent: The agent's version.
        plugins: Versions of plugins, by distribution.
        lower: It is signed that computers with a newer version go back to it.
    """

    agent: str = ""
    plugins: Mapping[str, str] = field(factory=dict)
    lower: bool = False


@frozen(kw_only=True)
class Contents:
    """What a repository holds.

    Attributes:
        channels: What each channel says; one that says nothing is left out.
        targets: Its files, by their paths.
        root: The newest root of trust, which a computer that is installed by hand begins with; None for none.
        ends_at: When agents believe it no longer unless it is signed anew; None where that is not told.
        trouble: Why it cannot be read, a sentence; "" where it can.
    """

    channels: Mapping[Ring, Channel] = field(factory=dict)
    targets: Mapping[str, Target] = field(factory=dict)
    root: Target | None = None
    ends_at: dt.datetime | None = None
    trouble: str = ""


class UpdateRepository(Protocol):
    """The repository."""

    async def contents(self) -> Contents | None:
        """What it holds; None where the hub has none. What is wrong with it is told in the answer."""
        ...

    async def file(self, target: Target) -> Path | None:
        """Where a file is that was checked by its hash; None when it is gone, or is not what the metadata says."""
        ...
