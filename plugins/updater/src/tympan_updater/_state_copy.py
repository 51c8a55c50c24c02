"""A copy of an agent's state, made while the agent runs: what the new version must be able to open.

Documents stay where they are: they are large, and a version that opens the records opens them, too.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Final

import attrs

from tympan_updater._limits import PIECE_BYTES, STATE_BYTES, STATE_FILES, STATE_LOOKS, STATE_SMALL_BYTES
from tympan_updater._sources import open_beneath

_DATABASE: Final = ("store/store.db", "store/store.db-wal")
_SMALL: Final = ("printers.json", "settings.toml", "hub-policy.json", "plugins.toml")
_FOLDERS: Final = ("policy", "keys", "given")


def copy_state(state: Path, copy: Path) -> bool:
    """Copies what a version opens at its start; whether the database is among it.

    Nothing is followed out of the folder: the agent's account may write there, and root may read.
    """
    left = STATE_SMALL_BYTES
    for name in _files(state):
        left -= _copied(state, name, copy, left) or 0
    for _ in range(STATE_LOOKS):
        before = _stamps(state)
        copied = [_copied(state, name, copy, STATE_BYTES) for name in _DATABASE]
        if _stamps(state) == before:
            return copied[0] is not None
    for name in _DATABASE:  # it changed all the while: half of it would be no copy
        (copy / name).unlink(missing_ok=True)
    return False


def _files(state: Path) -> list[str]:
    inner = [f"{folder}/{path.name}" for folder in _FOLDERS for path in _listed(state / folder)]
    return [*_SMALL, *inner]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(itertools.islice(folder.iterdir(), STATE_FILES))
    except OSError:
        return []


@attrs.frozen
class _Stamp:
    size: int
    changed_ns: int


def _stamps(state: Path) -> tuple[_Stamp | None, ...]:
    return tuple(_stamp(state / name) for name in _DATABASE)


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return _Stamp(status.st_size, status.st_mtime_ns)


def _copied(state: Path, name: str, copy: Path, most: int) -> int | None:
    """How many bytes of a file were copied; None where there is none."""
    try:
        descriptor = open_beneath(state, name)
    except OSError:
        return None
    place = copy / name
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = 0
    with os.fdopen(descriptor, "rb") as source, place.open("wb") as target:
        while piece := source.read(min(PIECE_BYTES, most - size)):
            size += len(piece)
            target.write(piece)
    place.chmod(0o600)
    return size
