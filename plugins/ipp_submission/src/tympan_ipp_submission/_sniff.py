"""Recognising a document by its first bytes."""

from __future__ import annotations

from typing import Final

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PWG: Final = "image/pwg-raster"
URF: Final = "image/urf"
POSTSCRIPT: Final = "application/postscript"
OCTETS: Final = "application/octet-stream"

_MAGIC: Final = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"RaS2", PWG),
    (b"UNIRAST\0", URF),
    (b"%!", POSTSCRIPT),
    (b"\x04%!", POSTSCRIPT),
)
_UNTOLD: Final = frozenset({"", OCTETS, "application/vnd.cups-raw", "application/vnd.cups-pdf"})


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes (up to ``HEAD_BYTES``) show, None when they show none we know."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    return PDF if b"%PDF-" in head else None


def true_type(declared: str, head: bytes) -> str:
    """What the document is: as declared, or as sniffed when the sender did not tell."""
    declared = declared.split(";")[0].strip().lower()
    return sniff(head) or OCTETS if declared in _UNTOLD else declared
