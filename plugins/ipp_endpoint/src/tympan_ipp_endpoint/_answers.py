"""Answers: a status and groups already encoded, put together under the header of the request."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import attrs

from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._limits import TEXT_BYTES
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Status, attr, encode_attributes, encode_group

_HEADER = struct.Struct(">BBHi")
_END = bytes((GroupTag.END,))
_OPENING = encode_group(
    Group(
        GroupTag.OPERATION,
        (attr.charset("attributes-charset", "utf-8"), attr.language("attributes-natural-language", "en")),
    )
)


@attrs.frozen(kw_only=True)
class Answer:
    """What an operation answers.

    Attributes:
        status: IPP status.
        groups: Encoded groups after the operation group.
        text: ``status-message``; "" sends none.
    """

    status: int = Status.SUCCESSFUL_OK
    groups: bytes = b""
    text: str = ""


def refused(error: Refusal) -> Answer:
    """The answer for a refusal: no group but the unsupported one."""
    return Answer(status=error.status, groups=unsupported_group(error.unsupported), text=error.sentence)


def unsupported_group(attributes: Iterable[Attribute]) -> bytes:
    """The unsupported group, nothing when there is nothing in it."""
    members = tuple(attributes)
    return encode_group(Group(GroupTag.UNSUPPORTED, members)) if members else b""


def job_group(attributes: Iterable[Attribute]) -> bytes:
    """One job group."""
    return encode_group(Group(GroupTag.JOB, attributes))


def encode_answer(request: Message, answer: Answer) -> bytes:
    """The whole response message; it always begins with charset and language, errors included (RFC 8011 4.1.4.2)."""
    return _encoded(_version(request.version), request.request_id, answer)


def encode_bad_header(header: bytes, answer: Answer) -> bytes:
    """The response to a request of which only the first 8 bytes could be read."""
    major, minor, _, request_id = _HEADER.unpack(header)
    return _encoded(_version((major, minor)), request_id, answer)


def _encoded(version: tuple[int, int], request_id: int, answer: Answer) -> bytes:
    head = _HEADER.pack(*version, answer.status, request_id)
    return b"".join((head, _OPENING, _status_message(answer.text), answer.groups, _END))


def _status_message(text: str) -> bytes:
    return encode_attributes((attr.text("status-message", shortened(text, 255)),)) if text else b""


def _version(asked: tuple[int, int]) -> tuple[int, int]:
    """The version asked for as far as we speak its major number (RFC 8011 section 4.1.8)."""
    if asked[0] == 1:
        return (1, min(asked[1], 1))
    return (2, 0) if asked[0] == 2 else (1, 1)


def shortened(text: str, limit_bytes: int = TEXT_BYTES) -> str:
    """The text cut to a number of bytes, at the end of a character."""
    raw = text.encode("utf-8", "replace")
    return (
        text if len(raw) <= limit_bytes and raw.decode("utf-8") == text else raw[:limit_bytes].decode("utf-8", "ignore")
    )
