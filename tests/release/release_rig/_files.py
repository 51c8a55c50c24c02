"""What lies on disk while programs write there: files and whole folders go away between a look and the next."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def below(*folders: Path) -> Iterator[Path]:
    """Every file below these; what goes away meanwhile is passed over, which `Path.rglob` takes for an error."""
    for folder in folders:
        for place, _, names in os.walk(folder):
            yield from (Path(place, name) for name in names)


def content(path: Path) -> bytes:
    """What a file holds; nothing when a computer that runs has just removed it, or it is none."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""
