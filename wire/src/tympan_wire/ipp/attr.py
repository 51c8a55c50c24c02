"""Builders of attributes, one per syntax: ``attr.keyword("sides", "one-sided")``.

Each takes the attribute's name and its values. What does not fit the syntax (RFC 8011 section 5.1) raises
``ValueError``: that is a mistake of the calling program, not of a peer.
"""

from collections.abc import Iterable

from tympan_wire.ipp import _syntaxes as syntax
from tympan_wire.ipp._attributes import Attribute
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution


def keyword(name: str, *values: str) -> Attribute:
    """A 1setOf keyword, each at most 255 bytes."""
    return syntax.KEYWORD.attribute(name, values)


def text(name: str, *values: str | LocalizedText) -> Attribute:
    """A 1setOf text, each at most 1023 bytes; with a language where one is given."""
    return _localizable(syntax.TEXT, syntax.LOCALIZED_TEXT, name, values)


def name_(name: str, *values: str | LocalizedText) -> Attribute:
    """A 1setOf name, each at most 255 bytes; with a language where one is given."""
    return _localizable(syntax.NAME, syntax.LOCALIZED_NAME, name, values)


def uri(name: str, *values: str) -> Attribute:
    """A 1setOf uri, each at most 1023 bytes."""
    return syntax.URI.attribute(name, values)


def uri_scheme(name: str, *values: str) -> Attribute:
    """A 1setOf uriScheme, each at most 63 bytes."""
    return syntax.URI_SCHEME.attribute(name, values)


def charset(name: str, *values: str) -> Attribute:
    """A 1setOf charset, each at most 63 bytes."""
    return syntax.CHARSET.attribute(name, values)


def language(name: str, *values: str) -> Attribute:
    """A 1setOf naturalLanguage, each at most 63 bytes."""
    return syntax.LANGUAGE.attribute(name, values)


def mime(name: str, *values: str) -> Attribute:
    """A 1setOf mimeMediaType, each at most 255 bytes."""
    return syntax.MIME.attribute(name, values)


def octets(name: str, *values: bytes) -> Attribute:
    """A 1setOf octetString, each at most 1023 bytes."""
    return syntax.OCTETS.attribute(name, values)


def integer(name: str, *values: int) -> Attribute:
    """A 1setOf integer, signed 32 bits."""
    return syntax.INTEGER.attribute(name, values)


def enum(name: str, *values: int) -> Attribute:
    """A 1setOf enum, 1 to 2**31 - 1."""
    return syntax.ENUM.attribute(name, values)


def boolean(name: str, *values: bool) -> Attribute:
    """A 1setOf boolean."""
    return syntax.BOOLEAN.attribute(name, values)


def date_time(name: str, *values: DateTime) -> Attribute:
    """A 1setOf dateTime."""
    return syntax.DATE_TIME.attribute(name, values)


def resolution(name: str, *values: Resolution) -> Attribute:
    """A 1setOf resolution, units 3 (dots per inch) or 4 (dots per centimetre)."""
    return syntax.RESOLUTION.attribute(name, values)


def range_(name: str, *values: Range) -> Attribute:
    """A 1setOf rangeOfInteger, lower end first."""
    return syntax.RANGE.attribute(name, values)


def collection(name: str, *values: Collection | Iterable[Attribute]) -> Attribute:
    """A 1setOf collection; each a ``Collection``, or its member attributes built by these same builders."""
    return syntax.COLLECTION.attribute(name, values)


def no_value(name: str) -> Attribute:
    """The out-of-band ``no-value``: the attribute is known and has none."""
    return syntax.NO_VALUE.attribute(name, (None,))


def unknown(name: str) -> Attribute:
    """The out-of-band ``unknown``: there may be a value, nobody knows it."""
    return syntax.UNKNOWN.attribute(name, (None,))


def unsupported(name: str) -> Attribute:
    """The out-of-band ``unsupported``: the attribute itself is not supported."""
    return syntax.UNSUPPORTED.attribute(name, (None,))


def _localizable(
    plain: syntax.Syntax, localized: syntax.Syntax, name: str, values: tuple[str | LocalizedText, ...]
) -> Attribute:
    """Make a text or name; in one set some may have a language and some none."""
    if {str}.issuperset(map(type, values)):
        return plain.attribute(name, values)
    each = [(plain if isinstance(value, str) else localized).attribute(name, (value,)) for value in values]
    return Attribute(name, tuple(value for one in each for value in one.values))
