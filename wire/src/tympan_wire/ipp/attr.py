"""Builders of attributes, one per syntax: ``attr.keyword("sides", "one-sided")``.

Each takes the attribute's name and its values. What does not fit the syntax (RFC 8011 section 5.1) raises
``ValueError``: that is a mistake of the calling program, not of a peer.
"""

from collections.abc import Iterable

from tympan_wire.ipp._attributes import Attribute
from tympan_wire.ipp._limits import MAX_BYTES, MAX_NAME_BYTES
from tympan_wire.ipp._tags import Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, Value
from tympan_wire.ipp._writers import write_text


def keyword(name: str, *values: str) -> Attribute:
    """A 1setOf keyword, each at most 255 bytes."""
    return _strings(Tag.KEYWORD, name, values)


def text(name: str, *values: str | LocalizedText) -> Attribute:
    """A 1setOf text, each at most 1023 bytes; with a language where one is given."""
    return _localizable(Tag.TEXT_WITHOUT_LANGUAGE, Tag.TEXT_WITH_LANGUAGE, name, values)


def name_(name: str, *values: str | LocalizedText) -> Attribute:
    """A 1setOf name, each at most 255 bytes; with a language where one is given."""
    return _localizable(Tag.NAME_WITHOUT_LANGUAGE, Tag.NAME_WITH_LANGUAGE, name, values)


def uri(name: str, *values: str) -> Attribute:
    """A 1setOf uri, each at most 1023 bytes."""
    return _strings(Tag.URI, name, values)


def uri_scheme(name: str, *values: str) -> Attribute:
    """A 1setOf uriScheme, each at most 63 bytes."""
    return _strings(Tag.URI_SCHEME, name, values)


def charset(name: str, *values: str) -> Attribute:
    """A 1setOf charset, each at most 63 bytes."""
    return _strings(Tag.CHARSET, name, values)


def language(name: str, *values: str) -> Attribute:
    """A 1setOf naturalLanguage, each at most 63 bytes."""
    return _strings(Tag.NATURAL_LANGUAGE, name, values)


def mime(name: str, *values: str) -> Attribute:
    """A 1setOf mimeMediaType, each at most 255 bytes."""
    return _strings(Tag.MIME_MEDIA_TYPE, name, values)


def octets(name: str, *values: bytes) -> Attribute:
    """A 1setOf octetString, each at most 1023 bytes."""
    return _attribute(name, [Value(Tag.OCTET_STRING, _short(Tag.OCTET_STRING, value)) for value in values])


def integer(name: str, *values: int) -> Attribute:
    """A 1setOf integer, signed 32 bits."""
    return _attribute(name, [Value(Tag.INTEGER, _whole(value)) for value in values])


def enum(name: str, *values: int) -> Attribute:
    """A 1setOf enum, 1 to 2**31 - 1."""
    return _attribute(name, [Value(Tag.ENUM, _whole(value, lowest=1)) for value in values])


def boolean(name: str, *values: bool) -> Attribute:
    """A 1setOf boolean."""
    return _attribute(name, [Value(Tag.BOOLEAN, bool(value)) for value in values])


def date_time(name: str, *values: DateTime) -> Attribute:
    """A 1setOf dateTime."""
    return _attribute(name, [Value(Tag.DATE_TIME, value) for value in values])


def resolution(name: str, *values: Resolution) -> Attribute:
    """A 1setOf resolution, units 3 (dots per inch) or 4 (dots per centimetre)."""
    for value in values:
        _whole(value.x), _whole(value.y)
        if value.units not in (3, 4):
            raise ValueError(f"resolution units are 3 or 4, not {value.units}")
    return _attribute(name, [Value(Tag.RESOLUTION, value) for value in values])


def range_(name: str, *values: Range) -> Attribute:
    """A 1setOf rangeOfInteger, lower end first."""
    for value in values:
        if _whole(value.lower) > _whole(value.upper):
            raise ValueError(f"a range runs upward, not {value}")
    return _attribute(name, [Value(Tag.RANGE_OF_INTEGER, value) for value in values])


def collection(name: str, *values: Collection | Iterable[Attribute]) -> Attribute:
    """A 1setOf collection; each a ``Collection``, or its member attributes built by these same builders."""
    return _attribute(name, [Value(Tag.BEG_COLLECTION, _collected(value)) for value in values])


def no_value(name: str) -> Attribute:
    """The out-of-band ``no-value``: the attribute is known and has none."""
    return _attribute(name, [Value(Tag.NO_VALUE, None)])


def unknown(name: str) -> Attribute:
    """The out-of-band ``unknown``: there may be a value, nobody knows it."""
    return _attribute(name, [Value(Tag.UNKNOWN, None)])


def unsupported(name: str) -> Attribute:
    """The out-of-band ``unsupported``: the attribute itself is not supported."""
    return _attribute(name, [Value(Tag.UNSUPPORTED, None)])


def _attribute(name: str, values: list[Value]) -> Attribute:
    if not 0 < len(write_text(name)) <= MAX_NAME_BYTES:
        raise ValueError(f"an attribute name has 1 to {MAX_NAME_BYTES} bytes, not {name[:300]!r}")
    if not values:
        raise ValueError(f"attribute {name!r} needs a value")
    return Attribute(name, tuple(values))


def _short(tag: Tag, raw: bytes) -> bytes:
    if len(raw) > MAX_BYTES[tag]:
        raise ValueError(f"{tag.name} takes {MAX_BYTES[tag]} bytes, not {len(raw)}")
    return raw


def _strings(tag: Tag, name: str, values: Iterable[str]) -> Attribute:
    return _attribute(name, [_string(tag, value) for value in values])


def _string(tag: Tag, value: str) -> Value:
    _short(tag, write_text(value))
    return Value(tag, value)


def _localizable(plain: Tag, localized: Tag, name: str, values: Iterable[str | LocalizedText]) -> Attribute:
    return _attribute(
        name,
        [_string(plain, value) if isinstance(value, str) else _localized(localized, value) for value in values],
    )


def _localized(tag: Tag, value: LocalizedText) -> Value:
    _short(tag, write_text(value.text))
    _short(Tag.NATURAL_LANGUAGE, write_text(value.language))
    return Value(tag, value)


def _whole(value: int, lowest: int = -(2**31)) -> int:
    if not lowest <= value < 2**31:
        raise ValueError(f"{value} is not between {lowest} and {2**31 - 1}")
    return int(value)


def _collected(value: Collection | Iterable[Attribute]) -> Collection:
    if isinstance(value, Collection):
        return value
    return Collection((member.name, member.values) for member in value)
