"""What a document is, told from its first bytes; what its sender declares decides only between texts."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Format(StrEnum):
    """Formats that are read, by media type; ``OTHER`` is anything else."""

    PDF = "application/pdf"
    PWG = "image/pwg-raster"
    URF = "image/urf"
    POSTSCRIPT = "application/postscript"
    JPEG = "image/jpeg"
    TEXT = "text/plain"
    OTHER = "application/octet-stream"


READ: Final = frozenset(kind.value for kind in Format if kind is not Format.OTHER)
_PDF_WITHIN: Final = 1024
"""Readers of PDF allow this much before the header (ISO 32000-1 appendix H)."""
_UEL: Final = b"\x1b%-12345X"
_PJL_WITHIN: Final = 4096
_UNICODE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_BINARY: Final = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_POSTSCRIPT_LINE: Final = re.compile(rb"(?:^|[\r\n\x04])%!")


def sniff(head: bytes, declared: str) -> Format:
    """The format of a document that begins with ``head``."""
    if head.startswith(b"RaS2"):
        return Format.PWG
    if head.startswith(b"UNIRAST\0"):
        return Format.URF
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if _is_pdf(head, declared):
        return Format.PDF
    if _is_postscript(head):
        return Format.POSTSCRIPT
    return Format.TEXT if _is_text(head) else Format.OTHER


def declared_format(declared: str) -> str:
    """What to call bytes nobody here knows: the sender's word, unless it is a format these bytes are surely not."""
    named = declared.split(";")[0].strip().lower()
    return Format.OTHER if named in READ or "/" not in named else named


def _is_pdf(head: bytes, declared: str) -> bool:
    at = head[:_PDF_WITHIN].find(b"%PDF-")
    return at == 0 or (at > 0 and not declared.startswith("text/") and not _is_postscript(head))


def _is_postscript(head: bytes) -> bool:
    plain = head.lstrip(b"\x04\r\n\t ")
    if plain.startswith(b"%!"):
        return True
    return plain.startswith(_UEL) and _POSTSCRIPT_LINE.search(head[:_PJL_WITHIN]) is not None


def _is_text(head: bytes) -> bool:
    return head.startswith(_UNICODE_MARKS[:2]) or _BINARY.search(head) is None
