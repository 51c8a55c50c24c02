"""Makes the published vectors of the sealed format: run it to rewrite the file, and the test holds the file to it.

A vector's document is `size` bytes of the pattern 00 01 … fa, repeated: short enough to write in any language.
"""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from tympan_wire.sealed import CHUNK_BYTES, HEADER_BYTES, Sealer

PUBLISHED = Path(__file__).parents[3] / "docs" / "formats" / "vectors" / "sealed-v1.json"
KEY = bytes(range(32))
DOCUMENT = UUID("6f1c7f0e-93b5-4d7c-8a52-0c7f4f2f9a11")
SALT = bytes(range(0xA0, 0xB0))
SIZES = (0, 1, 16, 300, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7)
SHOWN_WHOLE = 1024


def plaintext(size: int) -> bytes:
    """The document of a vector."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def seal(size: int) -> bytes:
    """The sealed document of a vector."""
    sealer = Sealer(KEY, DOCUMENT, salt=SALT)
    return sealer.header() + sealer.update(plaintext(size)) + sealer.finish()


def _vector(size: int) -> dict[str, Any]:
    sealed = seal(size)
    shown = {"sealed_hex": sealed.hex()} if len(sealed) <= SHOWN_WHOLE else {}
    digest = hashlib.sha256(sealed).hexdigest()
    return {"plain_size": size, "sealed_size": len(sealed), "sealed_sha256": digest} | shown


def vectors() -> dict[str, Any]:
    """The content of the published file."""
    return {
        "format": "tympan sealed document",
        "version": 1,
        "plaintext": "plain_size bytes of 00 01 02 ... fa, repeated",
        "key_hex": KEY.hex(),
        "document": str(DOCUMENT),
        "salt_hex": SALT.hex(),
        "header_hex": seal(0)[:HEADER_BYTES].hex(),
        "vectors": [_vector(size) for size in SIZES],
    }


if __name__ == "__main__":
    PUBLISHED.parent.mkdir(parents=True, exist_ok=True)
    PUBLISHED.write_text(json.dumps(vectors(), indent=2) + "\n", encoding="utf-8")
