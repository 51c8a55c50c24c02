"""Where files of a repository come from: a folder, or any address that serves one. None is trusted for more than the
bytes it gives.

- A file is named by its path below the repository: ``metadata/timestamp.json``.
- Below a folder that others may write, no link is followed and nothing but a plain file is read: root reads there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from tympan_updater._errors import SourceAway
from tympan_updater._limits import PIECE_BYTES


class NotThere(Exception):
    """The source has no such file."""


class Source(Protocol):
    """Somebody who has files of a repository."""

    @property
    def name(self) -> str:
        """For a person."""

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, in pieces, as many as come.

        Raises:
            NotThere: There is no such file.
            SourceAway: Nobody answers, or not in time.
        """


class FolderSource:
    """A folder with ``metadata/`` and ``targets/`` in it.

    Args:
        trusted: A folder that nobody but us and root can replace.
        below: Where the repository is in it; whoever may write there is not trusted.
    """

    def __init__(self, trusted: Path, below: str = "") -> None:
        self._trusted = trusted
        self._below = below
        self.name = str(trusted / below)

    def read(self, name: str) -> Iterator[bytes]:
        """As the port says."""
        try:
            descriptor = open_beneath(self._trusted, f"{self._below}/{name}" if self._below else name)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotThere(name) from error
        except OSError as error:
            raise SourceAway(f"{name} in {self.name} cannot be read: {error.strerror or error}") from error
        with os.fdopen(descriptor, "rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


def open_beneath(folder: Path, name: str) -> int:
    """Opens a plain file beneath a folder, following no link on the way; its descriptor is the caller's.

    Raises:
        OSError: It is not there, no plain file, or a link stands on the way.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute():
        raise FileNotFoundError(2, "no name of a file in a repository", name)
    if os.open not in os.supports_dir_fd:
        return _plain(os.open(folder.joinpath(*parts), os.O_RDONLY | getattr(os, "O_BINARY", 0)), name)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        # A pipe that nobody writes would keep us for ever.
        return _plain(os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at), name)
    finally:
        os.close(at)


def _plain(descriptor: int, name: str) -> int:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(2, "no plain file", name)
    return descriptor


def read_beneath(folder: Path, name: str, most: int) -> bytes:
    """A small file beneath a folder that others may write; of a longer one, ``ValueError``.

    Raises:
        OSError: As ``open_beneath``.
        ValueError: It is longer than anything sane.
    """
    with os.fdopen(open_beneath(folder, name), "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} has more than {most} bytes")
    return data
