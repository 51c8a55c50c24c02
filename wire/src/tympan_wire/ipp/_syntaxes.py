"""Syntaxes: a tag, and how its values are written; what the builders of ``attr`` stand on."""

from collections.abc import Iterable
from typing import Final

from tympan_wire.ipp._attributes import Attribute, as_member, wired
from tympan_wire.ipp._known import Known
from tympan_wire.ipp._limits import MAX_BYTES, MAX_NAME_BYTES
from tympan_wire.ipp._tags import WORDS, Tag
from tympan_wire.ipp._values import Collection, LocalizedText, Range, Resolution
from tympan_wire.ipp._writers import (
    BARE,
    MISTAKES,
    NO_BYTES,
    Writer,
    write_boolean,
    write_bytes,
    write_collection,
    write_date,
    write_integer,
    write_localized,
    write_members,
    write_range,
    write_resolution,
    write_string,
)


class Syntax:
    """A tag and the writer of its values. It makes an attribute straight from them, without a ``Value`` for each."""

    __slots__ = ("_bare", "_tag", "_write")

    def __init__(self, tag: Tag, write: Writer) -> None:
        self._tag, self._bare = bytes((tag,)), BARE[tag]
        self._write = write

    def attribute(self, name: str, values: Iterable[object]) -> Attribute:
        """Make an attribute.

        Raises:
            ValueError: The name is none, there is no value, or one does not fit the syntax.
        """
        try:
            written = self._bare.join(map(self._write, values))
            wire = self._tag + _write_name(name) + written
        except MISTAKES as wrong:
            raise ValueError(f"attribute {name[:80]!r}: {wrong}") from wrong
        if not written:
            raise ValueError(f"attribute {name[:80]!r} needs a value")
        return wired(name, wire)


def _limited(write: Writer, longest: int, what: str) -> Writer:
    """Give a writer that refuses what is longer than the syntax allows."""

    def write_limited(value: object) -> bytes:
        written = write(value)
        if len(written) > 2 + longest:
            raise ValueError(f"{what} has at most {longest} bytes, not {len(written) - 2}")
        return written

    return write_limited


def _make_name(name: object) -> bytes:
    written = _limited(write_string, MAX_NAME_BYTES, "a name")(name)
    if written == NO_BYTES:
        raise ValueError("a name has at least 1 byte")
    return written


_write_name = Known[str, bytes](_make_name).__getitem__


def _string(tag: Tag) -> Syntax:
    write = _limited(write_string, MAX_BYTES[tag], tag.name)
    return Syntax(tag, Known[str, bytes](write).__getitem__ if tag in WORDS else write)


def _localized(tag: Tag) -> Syntax:
    write_text = _limited(write_string, MAX_BYTES[tag], tag.name)
    write_language = _limited(write_string, MAX_BYTES[Tag.NATURAL_LANGUAGE], "a language")

    def write(value: LocalizedText) -> bytes:
        write_text(value.text), write_language(value.language)
        return write_localized(value)

    return Syntax(tag, write)


def _out_of_band(tag: Tag) -> Syntax:
    return Syntax(tag, lambda _: NO_BYTES)


def _write_enum(value: int) -> bytes:
    if value < 1:
        raise ValueError(f"an enum is 1 or more, not {value}")
    return write_integer(value)


def _write_truth(value: object) -> bytes:
    return write_boolean(bool(value))


def _write_resolution(value: Resolution) -> bytes:
    if value.units not in (3, 4):
        raise ValueError(f"resolution units are 3 or 4, not {value.units}")
    return write_resolution(value)


def _write_upward(value: Range) -> bytes:
    if value.lower > value.upper:
        raise ValueError(f"a range runs upward, not {value}")
    return write_range(value)


def _write_collected(value: Collection | Iterable[Attribute]) -> bytes:
    return write_collection(value) if isinstance(value, Collection) else write_members(map(as_member, value))


INTEGER: Final = Syntax(Tag.INTEGER, write_integer)
ENUM: Final = Syntax(Tag.ENUM, _write_enum)
BOOLEAN: Final = Syntax(Tag.BOOLEAN, _write_truth)
OCTETS: Final = Syntax(Tag.OCTET_STRING, _limited(write_bytes, MAX_BYTES[Tag.OCTET_STRING], "an octetString"))
DATE_TIME: Final = Syntax(Tag.DATE_TIME, write_date)
RESOLUTION: Final = Syntax(Tag.RESOLUTION, _write_resolution)
RANGE: Final = Syntax(Tag.RANGE_OF_INTEGER, _write_upward)
COLLECTION: Final = Syntax(Tag.BEG_COLLECTION, _write_collected)
TEXT: Final = _string(Tag.TEXT_WITHOUT_LANGUAGE)
LOCALIZED_TEXT: Final = _localized(Tag.TEXT_WITH_LANGUAGE)
NAME: Final = _string(Tag.NAME_WITHOUT_LANGUAGE)
LOCALIZED_NAME: Final = _localized(Tag.NAME_WITH_LANGUAGE)
KEYWORD: Final = _string(Tag.KEYWORD)
URI: Final = _string(Tag.URI)
URI_SCHEME: Final = _string(Tag.URI_SCHEME)
CHARSET: Final = _string(Tag.CHARSET)
LANGUAGE: Final = _string(Tag.NATURAL_LANGUAGE)
MIME: Final = _string(Tag.MIME_MEDIA_TYPE)
NO_VALUE: Final = _out_of_band(Tag.NO_VALUE)
UNKNOWN: Final = _out_of_band(Tag.UNKNOWN)
UNSUPPORTED: Final = _out_of_band(Tag.UNSUPPORTED)
