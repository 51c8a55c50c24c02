"""Encoder: a message, or a part of one, to bytes."""

import struct
from collections.abc import Iterable

from tympan_wire.ipp._attributes import Attribute, wires
from tympan_wire.ipp._message import Group, Message
from tympan_wire.ipp._tags import FIRST_VALUE_TAG, GroupTag

_HEADER = struct.Struct(">BBHi").pack
_END = bytes((GroupTag.END,))


def encode(message: Message) -> bytes:
    """Encode a message up to and with its end tag; what was decoded comes back byte for byte.

    Raises:
        ValueError: A value does not fit its tag, the header or the format.
    """
    try:
        header = _HEADER(*message.version, message.code, message.request_id)
    except struct.error as wrong:
        raise ValueError(f"the header does not fit: {wrong}") from wrong
    return b"".join((header, *map(encode_group, message.groups), _END))


def encode_group(group: Group) -> bytes:
    """Encode a group, its tag first, so that a server can keep the bytes and send them again."""
    if not 0 < group.tag < FIRST_VALUE_TAG or group.tag == GroupTag.END:
        raise ValueError(f"0x{group.tag:02x} is no group tag")
    return bytes((group.tag,)) + encode_attributes(group.attributes)


def encode_attributes(attributes: Iterable[Attribute]) -> bytes:
    """Encode attributes without a group around them."""
    return b"".join(wires(attributes))
