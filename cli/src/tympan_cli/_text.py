"""Text that is safe to show: names come from strangers, and a terminal obeys control characters."""

from __future__ import annotations

import unicodedata

BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Overrides of direction: they make a name read as another."""
UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, lone surrogates (octets of a name that is no UTF-8), line and paragraph separators."""


def safe(text: str) -> str:
    r"""``text`` with everything a terminal would obey written out, such as ``\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in BIDI or unicodedata.category(character) in UNSAFE:
        return _octet(ord(character))
    return character


def _octet(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def size(count: int) -> str:
    """A size in bytes, KB (1000 bytes) and so on."""
    amount, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB"):  # noqa: B007 - the last one reached is the answer
        if amount < 1000:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def counted(count: int, one: str, many: str = "") -> str:
    """``1 page``, ``2 pages``."""
    return f"{count} {one if count == 1 else many or one + 's'}"
