"""Makes the published vectors of sealed notes: run it to rewrite the file, and the test holds the file to it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from tympan_wire.sealed._note import seal_note_with

PUBLISHED = Path(__file__).parents[3] / "docs" / "formats" / "vectors" / "note-v1.json"
KEY = bytes(range(32))
DOCUMENT = UUID("6f1c7f0e-93b5-4d7c-8a52-0c7f4f2f9a11")
NONCE = bytes(range(0xB0, 0xBC))
NOTES = ("", '{"name":"Contract.pdf"}', "ü" * 100)


def vectors() -> dict[str, Any]:
    """The content of the published file."""
    return {
        "format": "tympan sealed note",
        "version": 1,
        "key_hex": KEY.hex(),
        "document": str(DOCUMENT),
        "nonce_hex": NONCE.hex(),
        "vectors": [
            {"note": note, "sealed_hex": seal_note_with(KEY, note.encode(), NONCE, document=DOCUMENT).hex()}
            for note in NOTES
        ],
    }


if __name__ == "__main__":
    PUBLISHED.write_text(json.dumps(vectors(), indent=2) + "\n", encoding="utf-8")
