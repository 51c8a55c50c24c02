"""A sealed document in a file: noise that a seed chooses, as large as asked for, made and kept piece by piece."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from random import Random

import attrs

from tympan_wire.sealed import Sealer, new_key

_PIECE_BYTES = 1 << 20


@attrs.frozen(kw_only=True)
class Sealed:
    """A sealed document.

    Attributes:
        path: Its file.
        size: Of the file.
        key: Opens it, hex.
        document: Whose it is.
        sha256: Of what was sealed.
    """

    path: Path
    size: int
    key: str
    document: uuid.UUID
    sha256: str


def sealed(place: Path, size: int, seed: int) -> Sealed:
    """Makes one of ``size`` bytes before they are sealed."""
    random, key, document, found = Random(seed), new_key(), uuid.UUID(int=seed + 1), hashlib.sha256()
    sealer = Sealer(key, document)
    with place.open("wb") as file:
        file.write(sealer.header())
        for at in range(0, size, _PIECE_BYTES):
            piece = random.randbytes(min(_PIECE_BYTES, size - at))
            found.update(piece)
            file.write(sealer.update(piece))
        file.write(sealer.finish())
    return Sealed(path=place, size=place.stat().st_size, key=key.hex(), document=document, sha256=found.hexdigest())
