"""What a document is, by its first bytes: what a sender called it is a hint, and a queue that takes it as it is would
print garbage for a wrong one.
"""

from __future__ import annotations

from typing import Final

_STARTS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"%!", "application/postscript"),
    (b"RaS2", "image/pwg-raster"),
    (b"UNIRAST\0", "image/urf"),
    (b"\x89PNG", "image/png"),
)


def media_type_of(start: bytes, declared: str) -> str:
    """The media type of a document that begins so."""
    return next((media_type for mark, media_type in _STARTS if start.startswith(mark)), declared)
