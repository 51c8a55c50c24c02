"""Writers: values turned into bytes, the mirror of ``_readers``.

- What a writer refuses is a mistake of the calling program, so it raises ``ValueError``, never a protocol error.
- A writer gives what follows the name of an attribute: length and bytes; a collection goes on to its end.
"""

import struct
from collections.abc import Callable, Iterable
from itertools import starmap
from typing import Any

from tympan_wire.ipp._known import Known
from tympan_wire.ipp._limits import MAX_VALUE_BYTES
from tympan_wire.ipp._tags import LOCALIZED, OUT_OF_BAND, STRINGS, WORDS, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, Value

_LENGTH = struct.Struct(">H").pack
_INTEGER = struct.Struct(">Hi").pack
_RANGE = struct.Struct(">Hii").pack
_RESOLUTION = struct.Struct(">Hiib").pack
_BOOLEANS = tuple(bytes((0, 1, value)) for value in range(256))
NO_BYTES = b"\0\0"
_TAGS = tuple(bytes((tag,)) for tag in range(256))
BARE = tuple(tag + NO_BYTES for tag in _TAGS)
"""How a value begins that has no name of its own."""

Writer = Callable[[Any], bytes]
MISTAKES = (ValueError, TypeError, LookupError, RecursionError, struct.error)
"""What a writer may raise; who calls it says which attribute it was."""


def _too_long(raw: bytes) -> ValueError:
    return ValueError(f"{len(raw)} bytes, where IPP can say {MAX_VALUE_BYTES}")


def _framed(raw: bytes) -> bytes:
    if len(raw) > MAX_VALUE_BYTES:
        raise _too_long(raw)
    return _LENGTH(len(raw)) + raw


def _expect(kind: type, value: object) -> TypeError:
    return TypeError(f"{kind.__name__} is wanted, not {value!r}")


def write_string(value: object) -> bytes:
    """Write a string without a language of its own, or a name; lone surrogates become the bytes they were."""
    if not isinstance(value, str):
        raise _expect(str, value)
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) > MAX_VALUE_BYTES:
        raise _too_long(raw)
    return _LENGTH(len(raw)) + raw  # and not _framed(raw): a call less for what is most of a message


write_word: Writer = Known[str, bytes](write_string).__getitem__
"""Write a string that is worth remembering."""


def write_integer(value: object) -> bytes:
    """Write an integer or enum."""
    if not isinstance(value, int):
        raise _expect(int, value)
    return _INTEGER(4, value)


def write_boolean(value: object) -> bytes:
    """Write a boolean; 2 to 255 stand for what a boolean should not be."""
    if not isinstance(value, int) or value < 0:
        raise _expect(bool, value)
    return _BOOLEANS[value]


def write_range(value: object) -> bytes:
    """Write a ``Range``."""
    if not isinstance(value, tuple):
        raise _expect(Range, value)
    return _RANGE(8, *value)


def write_resolution(value: object) -> bytes:
    """Write a ``Resolution``."""
    if not isinstance(value, tuple):
        raise _expect(Resolution, value)
    return _RESOLUTION(9, *value)


def write_date(value: object) -> bytes:
    """Write a ``DateTime``."""
    if not isinstance(value, DateTime):
        raise _expect(DateTime, value)
    return _framed(value.raw)


def write_bytes(value: object) -> bytes:
    """Write an octetString, or a value of a tag not known."""
    if not isinstance(value, bytes):
        raise _expect(bytes, value)
    return _framed(value)


def write_localized(value: object) -> bytes:
    """Write a ``LocalizedText``."""
    if not isinstance(value, LocalizedText):
        raise _expect(LocalizedText, value)
    return _framed(write_string(value.language) + write_string(value.text))


def write_collection(value: object) -> bytes:
    """Write a ``Collection``."""
    if not isinstance(value, Collection):
        raise _expect(Collection, value)
    return write_members(starmap(_write_member, value.members))


def _write_member(name: str, values: tuple[Value, ...]) -> bytes:
    if not name:
        raise ValueError("a member attribute needs a name")
    return b"".join((BARE[Tag.MEMBER_ATTR_NAME], write_word(name), _write_values(NO_BYTES, values)))


def write_members(members: Iterable[bytes]) -> bytes:
    """Write a collection of members, each from its name to its last value."""
    return b"".join((NO_BYTES, *members, BARE[Tag.END_COLLECTION], NO_BYTES))


def _write_refused(_: object) -> bytes:
    raise ValueError("the tag takes no value")


def _write_nothing(value: Value) -> bytes:
    if value.tag not in OUT_OF_BAND:
        raise TypeError("a value is wanted, not None")
    return _framed(value.stray)


def _table() -> dict[int, Writer]:
    writers: dict[int, Writer] = dict.fromkeys(range(0x10, 0x100), write_bytes)
    writers.update(dict.fromkeys(OUT_OF_BAND | {Tag.END_COLLECTION, Tag.MEMBER_ATTR_NAME}, _write_refused))
    writers.update(dict.fromkeys(STRINGS, write_string))
    writers.update(dict.fromkeys(WORDS, write_word))
    writers.update(dict.fromkeys(LOCALIZED, write_localized))
    writers.update(dict.fromkeys((Tag.INTEGER, Tag.ENUM), write_integer))
    writers[Tag.BOOLEAN] = write_boolean
    writers[Tag.RANGE_OF_INTEGER] = write_range
    writers[Tag.RESOLUTION] = write_resolution
    writers[Tag.DATE_TIME] = write_date
    writers[Tag.BEG_COLLECTION] = write_collection
    return writers


_WRITE = _table()
"""How to write each tag; not by position, where a tag below zero would find the writer of another."""


def _write_values(named: bytes, values: Iterable[Value]) -> bytes:
    """Write values one behind the other; ``named`` is the name of the first, and the others have none."""
    parts: list[bytes] = []
    for one in values:
        tag, value = one
        parts.append(_TAGS[tag])
        parts.append(named)
        parts.append(_WRITE[tag](value) if value is not None else _write_nothing(one))
        named = NO_BYTES
    return b"".join(parts)


def write_attribute(name: str, values: tuple[Value, ...]) -> bytes:
    """Write an attribute.

    Raises:
        ValueError: It has no name or no value, or a value does not fit its tag or the format.
    """
    if not name or not values:
        raise ValueError(f"attribute {name[:80]!r} needs a name and a value")
    try:
        return _write_values(write_word(name), values)
    except MISTAKES as wrong:
        raise ValueError(f"attribute {name[:80]!r}: {wrong}") from wrong
