"""Folders whose entries are durable: a file that was synced is lost all the same when its folder was not."""

from __future__ import annotations

import os
from pathlib import Path


def make_durably(folder: Path) -> None:
    """Makes a 0700 folder and its parents, each of them durable in the one above.

    Raises:
        OSError: It cannot be made, or something else is there.
    """
    above = [one.parent for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for parent in above:
        sync_folder(parent)


def sync_folder(folder: Path) -> None:
    """Makes the entries of a folder durable, where the system has a way to."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # a folder we may enter and not list: its owner made it, and long ago
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
