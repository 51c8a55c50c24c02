"""Decoder: bytes to a message, whole or as they come."""

import struct
from itertools import pairwise

from tympan_wire.ipp._attributes import Attribute, wired
from tympan_wire.ipp._errors import IppProtocolError
from tympan_wire.ipp._limits import Limits
from tympan_wire.ipp._message import Group, Message
from tympan_wire.ipp._readers import read_name
from tympan_wire.ipp._scanner import HEADER_BYTES, Mark, Scanner

_HEADER = struct.Struct(">BBHi").unpack_from
_DEFAULT_LIMITS = Limits()


def decode(data: bytes | bytearray | memoryview, limits: Limits = _DEFAULT_LIMITS) -> tuple[Message, int]:
    """Decode the message at the beginning of ``data``.

    Returns:
        The message, and the offset where the document begins.

    Raises:
        IppProtocolError: The bytes are not an IPP message, or not a whole one, or go beyond a limit.
    """
    head = (
        data if isinstance(data, bytes) and len(data) <= limits.message_bytes else bytes(data[: limits.message_bytes])
    )
    scanner = Scanner(limits)
    end = scanner.scan(head)
    if end is None:
        raise _unfinished(scanner, len(data), limits)
    return _build(head, scanner.marks), end


class Decoder:
    """Decodes one message from pieces of any size; it holds no more than ``limits.message_bytes`` of it.

    After an error it is spent: every further call raises the like of it. The one raised is not kept, because its
    traceback holds all that was read: a cycle that would stay in memory until the collector comes.
    """

    def __init__(self, limits: Limits = _DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._scanner = Scanner(limits)
        self._data = bytearray()
        self._message: Message | None = None
        self._rest = b""
        self._error: IppProtocolError | None = None

    def feed(self, data: bytes | bytearray | memoryview) -> Message | None:
        """Take more bytes.

        Returns:
            The message once its end tag has come (and from then on), or None while more is needed.

        Raises:
            IppProtocolError: The bytes are not IPP, or go beyond a limit.
        """
        self._raise_again()
        if self._message is not None:
            self._rest += data
            return self._message
        try:
            return self._advance(data)
        except IppProtocolError as error:
            self._error = IppProtocolError(error.reason, error.offset)
            self._data.clear()
            raise

    def _advance(self, data: bytes | bytearray | memoryview) -> Message | None:
        before = len(self._data)
        self._data += data[: self._limits.message_bytes - before]
        end = self._scanner.scan(self._data)
        if end is not None:
            self._message = _build(bytes(self._data[:end]), self._scanner.marks)
            self._rest = bytes(data[end - before :])
            self._data.clear()
        elif before + len(data) > self._limits.message_bytes:
            raise _unfinished(self._scanner, before + len(data), self._limits)
        return self._message

    @property
    def rest(self) -> bytes:
        """Document bytes that came along behind the end tag."""
        return self._rest

    def eof(self) -> None:
        """Say that no more bytes will come.

        Raises:
            IppProtocolError: The message is not complete.
        """
        if self._error is None and self._message is None:
            self._error = _unfinished(self._scanner, len(self._data), self._limits)
        self._raise_again()

    def _raise_again(self) -> None:
        if self._error is not None:
            raise IppProtocolError(self._error.reason, self._error.offset)


def _unfinished(scanner: Scanner, size: int, limits: Limits) -> IppProtocolError:
    if size > limits.message_bytes:
        return IppProtocolError(f"attributes of more than {limits.message_bytes} bytes", limits.message_bytes)
    return IppProtocolError("the message ends before its end tag", min(scanner.at, size))


def _build(data: bytes, marks: list[Mark]) -> Message:
    groups: list[tuple[int, list[Attribute]]] = []
    attributes: list[Attribute] = []
    for (at, named), (end, _) in pairwise(marks):
        if named:
            attributes.append(wired(read_name(data[at + 3 : at + 3 + named]), data[at:end]))
        else:
            attributes = []
            groups.append((data[at], attributes))
    major, minor, code, request_id = _HEADER(data)
    return Message((major, minor), code, request_id, [Group(tag, members) for tag, members in groups])


__all__ = ["HEADER_BYTES", "Decoder", "decode"]
