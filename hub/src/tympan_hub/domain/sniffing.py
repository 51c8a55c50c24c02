"""What a document truly is, told from its bytes. What its sender calls it decides only between kinds of text.

- A bounded part is read, whatever the file says of itself: nothing is unpacked and nothing is followed.
- What is not known here is unsupported: no converter is given what it was not made for.
"""

import struct
from enum import StrEnum
from pathlib import PurePath
from typing import BinaryIO, Final

from tympan_hub.domain.limits.conversions import SNIFFED_BYTES


class Kind(StrEnum):
    """What the hub can tell apart; the value is the media type."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    TIFF = "image/tiff"
    BMP = "image/bmp"
    HEIC = "image/heic"
    AVIF = "image/avif"
    SVG = "image/svg+xml"
    TEXT = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"
    CSV = "text/csv"
    RTF = "application/rtf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ODT = "application/vnd.oasis.opendocument.text"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODP = "application/vnd.oasis.opendocument.presentation"
    ODG = "application/vnd.oasis.opendocument.graphics"
    DOC = "application/msword"
    XLS = "application/vnd.ms-excel"
    PPT = "application/vnd.ms-powerpoint"
    LOCKED = "application/encrypted"
    """An office document that is nothing but ciphertext."""

    @property
    def ending(self) -> str:
        """The usual ending of a file's name, which some programs go by."""
        return _ENDINGS.get(self, self.name.lower())


_ENDINGS: Final = {Kind.JPEG: "jpg", Kind.TEXT: "txt", Kind.MARKDOWN: "md"}

_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"{\\rtf", Kind.RTF),
)
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF: Final = frozenset({b"avif", b"avis"})
_PARTS: Final = ((b"word/", Kind.DOCX), (b"xl/", Kind.XLSX), (b"ppt/", Kind.PPTX))
_STREAMS: Final = (
    ("EncryptedPackage", Kind.LOCKED),
    ("WordDocument", Kind.DOC),
    ("Workbook", Kind.XLS),
    ("Book", Kind.XLS),
    ("PowerPoint Document", Kind.PPT),
)
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY_BYTES: Final = 4096
_ZIP: Final = b"PK\x03\x04"
_NAMED: Final = {
    Kind.HTML: (".html", ".htm", ".xhtml"),
    Kind.MARKDOWN: (".md", ".markdown"),
    Kind.CSV: (".csv", ".tsv"),
}
_OPEN_FORMATS: Final = {kind.value.encode(): kind for kind in (Kind.ODT, Kind.ODS, Kind.ODP, Kind.ODG)}


def kind_of(document: BinaryIO, declared: str, name: str) -> Kind | None:
    """What a document is; None for what is not known.

    Args:
        document: Can be read at any place.
        declared: The media type its sender names.
        name: The file's name its sender gives; "" for none.
    """
    head = document.read(SNIFFED_BYTES)
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(_ZIP):
        return _packed(head, _tail(document))
    if head.startswith(_COMPOUND):
        return _compound(document, head)
    return _picture(head) or _text(head, declared, name)


def _picture(head: bytes) -> Kind | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return Kind.BMP
    if head[4:8] != b"ftyp":
        return None
    return Kind.AVIF if head[8:12] in _AVIF else Kind.HEIC if head[8:12] in _HEIC else None


def _tail(document: BinaryIO) -> bytes:
    size = document.seek(0, 2)
    document.seek(max(0, size - SNIFFED_BYTES))
    return document.read(SNIFFED_BYTES)


def _packed(head: bytes, tail: bytes) -> Kind | None:
    """OpenDocument names itself first and unpacked; Office Open XML is told by the names of its parts."""
    if head[30:38] == b"mimetype":
        size = int.from_bytes(head[22:26], "little")
        return _OPEN_FORMATS.get(head[38 : 38 + min(size, 100)].removesuffix(b"-template"))
    if b"[Content_Types].xml" not in head + tail:
        return None
    return next((kind for part, kind in _PARTS if part in head or part in tail), None)


def _compound(document: BinaryIO, head: bytes) -> Kind | None:
    """The binary formats before 2007, by what stands in their directory ([MS-CFB] 2.2 and 2.6)."""
    if len(head) < 512:
        return None
    shift, sector = struct.unpack_from("<H", head, 30)[0], struct.unpack_from("<I", head, 48)[0]
    if shift not in (9, 12):
        return None
    document.seek((sector + 1) << shift)
    directory = document.read(_DIRECTORY_BYTES)
    return next((kind for name, kind in _STREAMS if f"{name}\0".encode("utf-16-le") in directory), None)


def _text(head: bytes, declared: str, name: str) -> Kind | None:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not head.strip() or (b"\0" in head and not wide):
        return None
    start = head.decode("utf-16" if wide else "utf-8-sig", "replace").lstrip()[:2048].lower()
    if "<svg" in start and start.startswith(("<svg", "<?xml", "<!--", "<!doctype svg")):
        return Kind.SVG
    if start.startswith(("<!doctype html", "<html")):
        return Kind.HTML
    ending = PurePath(name).suffix.lower()
    called = declared.partition(";")[0].strip().lower()
    for kind, endings in _NAMED.items():
        if ending in endings or (called == kind.value and not ending):
            return kind
    return next((kind for kind in _NAMED if called == kind.value), Kind.TEXT)
