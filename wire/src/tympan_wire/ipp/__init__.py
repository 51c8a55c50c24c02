"""IPP: a sans-IO, lossless codec of the Internet Printing Protocol (RFC 8010, RFC 8011).

``decode`` takes a whole message, ``Decoder`` takes pieces as a server receives them; both give a ``Message`` of
``Group`` of ``Attribute`` of ``Value``. ``encode`` gives back the same bytes. On bad bytes nothing but
``IppProtocolError`` is raised.
"""

from tympan_wire.ipp import attr
from tympan_wire.ipp._attributes import Attribute
from tympan_wire.ipp._codes import JobState, Operation, PrinterState, Status, status_keyword
from tympan_wire.ipp._decoder import Decoder, decode
from tympan_wire.ipp._description import describe
from tympan_wire.ipp._encoder import encode, encode_attributes, encode_group
from tympan_wire.ipp._errors import IppProtocolError
from tympan_wire.ipp._limits import Limits
from tympan_wire.ipp._message import Group, Message
from tympan_wire.ipp._names import JOB_TEMPLATE, default_tag, max_length
from tympan_wire.ipp._order import check_order
from tympan_wire.ipp._tags import GroupTag, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, Value
from tympan_wire.ipp._words import ENUM_WORDS, enum_number, enum_word, media_size, resolution_in, resolution_text

__all__ = [
    "ENUM_WORDS",
    "JOB_TEMPLATE",
    "Attribute",
    "Collection",
    "DateTime",
    "Decoder",
    "Group",
    "GroupTag",
    "IppProtocolError",
    "JobState",
    "Limits",
    "LocalizedText",
    "Message",
    "Operation",
    "PrinterState",
    "Range",
    "Resolution",
    "Status",
    "Tag",
    "Value",
    "attr",
    "check_order",
    "decode",
    "default_tag",
    "describe",
    "encode",
    "encode_attributes",
    "encode_group",
    "enum_number",
    "enum_word",
    "max_length",
    "media_size",
    "resolution_in",
    "resolution_text",
    "status_keyword",
]
