"""Tags: the one-byte codes that delimit groups and type values (RFC 8010 section 3.5)."""

from enum import IntEnum

FIRST_VALUE_TAG = 0x10
"""Every byte below this opens a group (or ends the attributes); every other one types a value."""


class GroupTag(IntEnum):
    """Delimiters of attribute groups (RFC 8010 section 3.5.1 and the PWG registry)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT_NOTIFICATION = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A


class Tag(IntEnum):
    """Types of values (RFC 8010 section 3.5.2)."""

    UNSUPPORTED = 0x10
    DEFAULT = 0x11
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE_ATTRIBUTE = 0x16
    ADMIN_DEFINE = 0x17
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTET_STRING = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE_OF_INTEGER = 0x33
    BEG_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT_WITHOUT_LANGUAGE = 0x41
    NAME_WITHOUT_LANGUAGE = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49
    MEMBER_ATTR_NAME = 0x4A
    EXTENSION = 0x7F


OUT_OF_BAND = frozenset(range(0x10, 0x20))
"""Tags that stand in place of a value and should carry no bytes."""

STRINGS = frozenset(
    {
        Tag.TEXT_WITHOUT_LANGUAGE,
        Tag.NAME_WITHOUT_LANGUAGE,
        Tag.KEYWORD,
        Tag.URI,
        Tag.URI_SCHEME,
        Tag.CHARSET,
        Tag.NATURAL_LANGUAGE,
        Tag.MIME_MEDIA_TYPE,
    }
)
"""Tags whose value is a character string without a language of its own."""

WORDS = STRINGS - {Tag.TEXT_WITHOUT_LANGUAGE, Tag.NAME_WITHOUT_LANGUAGE, Tag.URI}
"""Tags whose value is a string of a vocabulary, not of somebody's own making."""

LOCALIZED = frozenset({Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE})
"""Tags whose value is a character string with a language of its own."""

FIXED_BYTES = {
    Tag.INTEGER: 4,
    Tag.BOOLEAN: 1,
    Tag.ENUM: 4,
    Tag.DATE_TIME: 11,
    Tag.RESOLUTION: 9,
    Tag.RANGE_OF_INTEGER: 8,
}
"""Byte length of a value, where the tag fixes it (RFC 8010 section 3.9)."""
