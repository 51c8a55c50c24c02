"""Writers: values turned into bytes, the mirror of ``_readers``.

What a writer refuses is a mistake of the calling program, so it raises ``ValueError``, never a protocol error.
"""

import struct
from collections.abc import Callable

from tympan_wire.ipp._limits import MAX_VALUE_BYTES
from tympan_wire.ipp._tags import LOCALIZED, OUT_OF_BAND, STRINGS, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, Value

_HEAD = struct.Struct(">BHH").pack
_WHOLE_NUMBER = struct.Struct(">BHHi").pack
_RANGE = struct.Struct(">ii").pack
_RESOLUTION = struct.Struct(">iib").pack
_END_COLLECTION = _HEAD(Tag.END_COLLECTION, 0, 0)

Writer = Callable[[int, object], bytes]


def write_text(text: str) -> bytes:
    """Write UTF-8; lone surrogates made by the reader become the bytes they were."""
    return text.encode("utf-8", "surrogateescape")


def _framed(tag: int, raw: bytes) -> bytes:
    if len(raw) > MAX_VALUE_BYTES:
        raise ValueError(f"a value of {len(raw)} bytes; IPP can say {MAX_VALUE_BYTES}")
    return _HEAD(tag, 0, len(raw)) + raw


def _expect(kind: type, tag: int, value: object) -> ValueError:
    return ValueError(f"tag 0x{tag:02x} takes {kind.__name__}, not {value!r}")


def _write_text(tag: int, value: object) -> bytes:
    if not isinstance(value, str):
        raise _expect(str, tag, value)
    return _framed(tag, value.encode("utf-8", "surrogateescape"))


def _write_integer(tag: int, value: object) -> bytes:
    if not isinstance(value, int):
        raise _expect(int, tag, value)
    return _WHOLE_NUMBER(tag, 0, 4, value)


def _write_boolean(tag: int, value: object) -> bytes:
    if not isinstance(value, int):
        raise _expect(bool, tag, value)
    return _framed(tag, bytes((value,)))


def _write_range(tag: int, value: object) -> bytes:
    if not isinstance(value, tuple):
        raise _expect(Range, tag, value)
    return _framed(tag, _RANGE(*value))


def _write_resolution(tag: int, value: object) -> bytes:
    if not isinstance(value, tuple):
        raise _expect(Resolution, tag, value)
    return _framed(tag, _RESOLUTION(*value))


def _write_date(tag: int, value: object) -> bytes:
    if not isinstance(value, DateTime):
        raise _expect(DateTime, tag, value)
    return _framed(tag, value.raw)


def _write_localized(tag: int, value: object) -> bytes:
    if not isinstance(value, LocalizedText):
        raise _expect(LocalizedText, tag, value)
    language, text = write_text(value.language), write_text(value.text)
    return _framed(tag, len(language).to_bytes(2, "big") + language + len(text).to_bytes(2, "big") + text)


def _write_bytes(tag: int, value: object) -> bytes:
    if not isinstance(value, bytes):
        raise _expect(bytes, tag, value)
    return _framed(tag, value)


def _write_nothing(tag: int, value: object) -> bytes:
    if value is not None:
        raise ValueError(f"out-of-band tag 0x{tag:02x} takes no value, not {value!r}")
    return _HEAD(tag, 0, 0)


def _write_collection(tag: int, value: object) -> bytes:
    if not isinstance(value, Collection):
        raise _expect(Collection, tag, value)
    parts = [_HEAD(tag, 0, 0)]
    for name, values in value.members:
        if not name:
            raise ValueError("a member attribute needs a name")
        parts.append(_framed(Tag.MEMBER_ATTR_NAME, write_text(name)))
        parts.append(write_values(values))
    parts.append(_END_COLLECTION)
    return b"".join(parts)


def _write_refused(tag: int, _: object) -> bytes:
    raise ValueError(f"tag 0x{tag:02x} is no value of its own")


def _table() -> tuple[Writer, ...]:
    writers: list[Writer] = [_write_bytes] * 256
    writers[:0x10] = [_write_refused] * 0x10
    for tag in OUT_OF_BAND:
        writers[tag] = _write_nothing
    for tag in STRINGS:
        writers[tag] = _write_text
    for tag in LOCALIZED:
        writers[tag] = _write_localized
    for tag in (Tag.INTEGER, Tag.ENUM):
        writers[tag] = _write_integer
    writers[Tag.BOOLEAN] = _write_boolean
    writers[Tag.RANGE_OF_INTEGER] = _write_range
    writers[Tag.RESOLUTION] = _write_resolution
    writers[Tag.DATE_TIME] = _write_date
    writers[Tag.BEG_COLLECTION] = _write_collection
    writers[Tag.END_COLLECTION] = writers[Tag.MEMBER_ATTR_NAME] = _write_refused
    return tuple(writers)


_WRITE = _table()


def _write_value(value: Value) -> bytes:
    if value.stray:
        return _framed(value.tag, value.stray)
    return _WRITE[value.tag](value.tag, value.value)


def write_values(values: tuple[Value, ...]) -> bytes:
    """Write values in bare form, one behind the other.

    Raises:
        ValueError: A value does not fit its tag, or is too long for the format.
    """
    try:
        return b"".join([_write_value(value) for value in values])
    except (struct.error, TypeError, IndexError, RecursionError) as wrong:
        raise ValueError(f"a value does not fit its tag: {wrong}") from wrong
