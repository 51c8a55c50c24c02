"""A copy of an agent's state, made while the agent runs: what the new version must be able to open.

Documents stay where they are: they are large, and a version that opens the records opens them, too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import attrs

from tympan_updater._limits import PIECE_BYTES, STATE_BYTES, STATE_LOOKS
from tympan_updater._sources import open_beneath

_DATABASE: Final = ("store/store.db", "store/store.db-wal")
_SMALL: Final = ("printers.json", "settings.toml", "hub-policy.json", "plugins.toml")
_FOLDERS: Final = ("policy", "keys", "given")


def copy_state(state: Path, copy: Path) -> bool:
    """Copies what a version opens at its start; whether the database is among it.

    Nothing is followed out of the folder: the agent's account may write there, and root may read.
    """
    for name in _files(state):
        _try(state, name, copy)
    for _ in range(STATE_LOOKS):
        before = _stamps(state)
        copied = [_try(state, name, copy) for name in _DATABASE]
        if _stamps(state) == before:
            return copied[0]
    for name in _DATABASE:  # it changed all the while: half of it would be no copy
        (copy / name).unlink(missing_ok=True)
    return False


def _files(state: Path) -> list[str]:
    inner = [f"{folder}/{path.name}" for folder in _FOLDERS for path in _listed(state / folder)]
    return [*_SMALL, *inner]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
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


def _try(state: Path, name: str, copy: Path) -> bool:
    try:
        descriptor = open_beneath(state, name)
    except OSError:
        return False
    place = copy / name
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    left = STATE_BYTES
    with os.fdopen(descriptor, "rb") as source, place.open("wb") as target:
        while (piece := source.read(PIECE_BYTES)) and left > 0:
            left -= len(piece)
            target.write(piece)
    place.chmod(0o600)
    return True
