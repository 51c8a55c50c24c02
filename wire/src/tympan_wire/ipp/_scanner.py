"""Scanner: walks the bytes of a message once, refuses what is wrong, and notes where attributes begin.

- Every length, fixed size, nesting and order rule is checked here, so that what comes after may trust the bytes.
- It stops at an incomplete element and goes on from there when more has come; it never looks back.
- Nothing recurses: collections are a stack of flags, bounded by ``Limits.depth``.
- It consumes at least one byte per step (lengths are unsigned), so it ends.
"""

import struct

from tympan_wire.ipp._errors import IppProtocolError
from tympan_wire.ipp._limits import Limits
from tympan_wire.ipp._tags import FIRST_VALUE_TAG, FIXED_BYTES, LOCALIZED, GroupTag, Tag

HEADER_BYTES = 8
_MAX_LANGUAGE_BYTES = 63  # RFC 8011 section 5.1.9
_HEAD = struct.Struct(">BHH").unpack_from
"""Tag, length of the name, and where there is no name, length of the value."""
_LENGTH = struct.Struct(">H").unpack_from
_ANY, _SPECIAL = -1, -2
_BEGIN, _END, _MEMBER = int(Tag.BEG_COLLECTION), int(Tag.END_COLLECTION), int(Tag.MEMBER_ATTR_NAME)
_INSIDE = (_MEMBER, _END)
_SPECIAL_TAGS = (*LOCALIZED, Tag.BEG_COLLECTION, Tag.END_COLLECTION, Tag.MEMBER_ATTR_NAME, Tag.EXTENSION)
_FIXED = {int(tag): size for tag, size in FIXED_BYTES.items()} | dict.fromkeys(map(int, _SPECIAL_TAGS), _SPECIAL)
_WANTED = tuple(_FIXED.get(tag, _ANY) for tag in range(256))

Mark = tuple[int, int]
"""Where an attribute begins and how long its name is; a name length of 0 marks a group tag or the end tag."""


class Scanner:
    """The state of one walk: how far it came, and what is open."""

    def __init__(self, limits: Limits) -> None:
        self.marks: list[Mark] = []
        self._limits = limits
        self._at = HEADER_BYTES
        self._elements = 0
        self._operations = False  # an operation group has begun
        self._group = 0
        self._depth = 0
        self._ready = False  # may a value without a name come now?

    def scan(self, data: bytes | bytearray) -> int | None:
        """Walk on through ``data``, which begins at the version and has grown since the last call.

        Returns:
            The offset behind the end tag, or None if the message is not complete.

        Raises:
            IppProtocolError: The bytes are not IPP.
        """
        at, size, longest, marks = self._at, len(data), self._limits.value_bytes, self.marks
        try:
            for self._elements in range(self._elements, self._limits.elements):  # noqa: B020
                tag, named, length = _HEAD(data, at)
                if tag < FIRST_VALUE_TAG:
                    at += 1
                    if self._delimit(tag, at - 1):
                        return at
                    continue
                if named:
                    if self._depth or not self._group or named > longest or tag in _INSIDE:
                        raise self._misnamed(tag, named, at)
                    length = _LENGTH(data, at + 3 + named)[0]
                end = at + 5 + named + length
                if length > longest:
                    raise IppProtocolError(f"a value of {length} bytes, {longest} are allowed", at)
                if end > size:
                    break
                if named:
                    marks.append((at, named))
                    self._ready = True
                if (wanted := _WANTED[tag]) != length and wanted != _ANY:
                    if wanted != _SPECIAL:
                        raise IppProtocolError(f"tag 0x{tag:02x} takes {wanted} bytes, not {length}", at)
                    if tag == _MEMBER and length and self._depth:  # by far the most common, so not worth a call
                        self._ready = True
                    else:
                        self._special(tag, data, end - length, end, at)
                elif not self._ready:
                    raise IppProtocolError("a value that belongs to no attribute", at)
                at = end
            else:
                raise IppProtocolError(f"more than {self._limits.elements} elements", at)
        except struct.error:
            pass  # the element is not complete, or a delimiter with less than a head behind it
        self._at = at
        return self._delimit_last(data) if at < size and data[at] < FIRST_VALUE_TAG else None

    def _delimit_last(self, data: bytes | bytearray) -> int | None:
        """Take the delimiter that stands too near the end to be read with a head; at most four come so in a row."""
        at, self._at = self._at, self._at + 1
        self._elements += 1
        return self._at if self._delimit(data[at], at) else self.scan(data)

    @property
    def at(self) -> int:
        """The offset of the first element not yet walked over."""
        return self._at

    def _delimit(self, tag: int, at: int) -> bool:
        if not tag:
            raise IppProtocolError("tag 0x00", at)
        if self._depth:
            raise IppProtocolError("a group tag inside a collection", at)
        if tag == GroupTag.OPERATION and self._operations and self._group != tag:
            raise IppProtocolError("a second operation group after another group", at)
        self._operations = self._operations or tag == GroupTag.OPERATION
        self._group, self._ready = tag, False
        self.marks.append((at, 0))
        return tag == GroupTag.END

    def _misnamed(self, tag: int, named: int, at: int) -> IppProtocolError:
        if self._depth or tag in _INSIDE:
            return IppProtocolError("a name inside a collection, or on a tag of its inside", at)
        if not self._group:
            return IppProtocolError("an attribute before any group", at)
        return IppProtocolError(f"a name of {named} bytes, {self._limits.value_bytes} are allowed", at)

    def _special(self, tag: int, data: bytes | bytearray, start: int, end: int, at: int) -> None:
        """Check a value whose tag rules more than its length; it is complete and lies in ``data[start:end]``."""
        if tag == _MEMBER:
            self._open_member(end - start, at)
        elif tag == _END:
            self._close_collection(end - start, at)
        elif not self._ready:
            raise IppProtocolError("a value that belongs to no attribute", at)
        elif tag == _BEGIN:
            self._open_collection(end - start, at)
        elif tag == Tag.EXTENSION:
            _check_extension(data[start:end], at)
        else:
            _check_localized(data[start:end], at)

    def _open_member(self, length: int, at: int) -> None:
        if not self._depth:
            raise IppProtocolError("a member name outside a collection", at)
        if not length:
            raise IppProtocolError("a member attribute without a name", at)
        self._ready = True

    def _open_collection(self, length: int, at: int) -> None:
        if length:
            raise IppProtocolError("the begin of a collection carries bytes", at)
        if self._depth >= self._limits.depth:
            raise IppProtocolError(f"collections nested deeper than {self._limits.depth}", at)
        self._depth += 1
        self._ready = False

    def _close_collection(self, length: int, at: int) -> None:
        if not self._depth:
            raise IppProtocolError("the end of a collection that never began", at)
        if length:
            raise IppProtocolError("the end of a collection carries bytes", at)
        self._depth -= 1
        self._ready = True


def _check_localized(raw: bytes | bytearray, at: int) -> None:
    language = int.from_bytes(raw[:2], "big")
    if len(raw) < 4 or language > _MAX_LANGUAGE_BYTES or language + 4 > len(raw):
        raise IppProtocolError("a language that does not fit its value", at)
    if language + 4 + int.from_bytes(raw[language + 2 : language + 4], "big") != len(raw):
        raise IppProtocolError("a text that does not fill its value", at)


def _check_extension(raw: bytes | bytearray, at: int) -> None:
    if len(raw) < 4 or raw[0] & 0x80:
        raise IppProtocolError("an extension tag that is no positive 32-bit number", at)
