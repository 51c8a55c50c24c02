"""Limits: how much of a foreign message is looked at before it is refused."""

from collections.abc import Mapping

import attrs

from tympan_wire.ipp._tags import Tag

MAX_VALUE_BYTES = 32767
"""Longest name or value in bytes: lengths are signed 16-bit integers (RFC 8010 section 3.1)."""


MAX_NAME_BYTES = 255
"""Longest attribute name in bytes (RFC 8011 section 5.1.4: a name is a keyword)."""
MAX_BYTES: Mapping[int, int] = {
    Tag.TEXT_WITHOUT_LANGUAGE: 1023,
    Tag.TEXT_WITH_LANGUAGE: 1023,
    Tag.NAME_WITHOUT_LANGUAGE: 255,
    Tag.NAME_WITH_LANGUAGE: 255,
    Tag.KEYWORD: 255,
    Tag.URI: 1023,
    Tag.URI_SCHEME: 63,
    Tag.CHARSET: 63,
    Tag.NATURAL_LANGUAGE: 63,
    Tag.MIME_MEDIA_TYPE: 255,
    Tag.OCTET_STRING: 1023,
}
"""Longest value of a syntax, in bytes (RFC 8011 section 5.1)."""

KNOWN_THINGS = 512
"""Words or numbers of one tag that are remembered; a full table starts anew. A printer says about 200 words."""

KNOWN_LENGTH = 63
"""Longest word that is remembered, in bytes or characters. 63: words are shorter, and whatever peers make up, all that
is remembered stays below 2 MiB."""


@attrs.frozen(kw_only=True)
class Limits:
    """Bounds of decoding; each stops one way of making a parser work for nothing.

    Attributes:
        message_bytes: Bytes from the version to the end tag. 1 MiB: the largest real answers (a printer with a long
            ``media-col-database``) are a tenth of it; more is an attack on memory.
        elements: Values, member names, collection ends and group tags together. 32,768: an element may be one byte
            on the wire and weigh hundreds in memory.
        value_bytes: Bytes of one name or value. 32,767, the most the format can say; lower it for a stricter door.
        depth: Collections within collections. 10, as CUPS since 2.4.12: the deepest registered attribute needs 4, and
            reading a value recurses once per level.
    """

    message_bytes: int = attrs.field(default=1 << 20, validator=attrs.validators.ge(9))
    elements: int = attrs.field(default=1 << 15, validator=attrs.validators.ge(1))
    value_bytes: int = attrs.field(
        default=MAX_VALUE_BYTES, validator=[attrs.validators.ge(0), attrs.validators.le(MAX_VALUE_BYTES)]
    )
    depth: int = attrs.field(default=10, validator=[attrs.validators.ge(0), attrs.validators.le(100)])
