"""The parts of a letter (MIME, RFC 2045 and 2046), cut out of its bytes by place; nothing is followed.

- Depth and number are bounded before a part is looked at: a letter of a thousand letters costs no more than ten.
- The cut is one search for each level, in the time of its length, whatever stands between.
- What a part says of itself is believed of nothing but how it is written.
"""

import binascii
import codecs
import contextlib
import quopri
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.mail import BOUNDARY_CHARS, DEPTH_MOST, HEAD_BYTES, PART_HEAD_BYTES, PARTS_MOST
from tympan_hub.domain.text import fit, plain

_PARSER: Final = BytesHeaderParser(policy=compat32)
_TEXT_CHARS: Final = 255
_CODED_CHARS: Final = 2000
_SAID_CHARS: Final = 2000
"""Of what a part says of itself, the name of its file with it: Python takes the square of its length, and minutes."""
_LONE_CR: Final = re.compile(rb"\r(?!\n)")
_STRANGE: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""What Python calls character sets and letters are not written in: some take the square of their length, one raises."""


@frozen(kw_only=True)
class Part:
    """A part of a letter, or the letter itself.

    Attributes:
        media_type: ``type/subtype`` in lower case.
        disposition: ``attachment``, ``inline`` or "".
        name: Of the file; "" for none.
        content_id: By which a page names it; "" for none.
        charset: Of its text; "" where it does not say.
        parts: What is within; () for one that has bytes of its own.
        content: Its bytes as they are; b"" for one that has parts.
        is_damaged: Its bytes are not written as it says.
    """

    media_type: str
    disposition: str = ""
    name: str = ""
    content_id: str = ""
    charset: str = ""
    parts: "tuple[Part, ...]" = ()
    content: bytes = attrs.field(default=b"", repr=False)
    is_damaged: bool = False


@frozen(kw_only=True)
class Head:
    """What stands above a letter: names and values in their order, as they stand there."""

    lines: tuple[tuple[str, str], ...]

    def all(self, name: str) -> tuple[str, ...]:
        """The values of a header."""
        return tuple(value for known, value in self.lines if known.lower() == name)

    def text(self, name: str) -> str:
        """A header's first value as a line for people; "" for none."""
        return readable(next(iter(self.all(name)), ""))


def opened(letter: bytes) -> tuple[Head, Part]:
    """A letter's head, and its parts.

    Raises:
        BadInput: It has more parts, or deeper ones, than are read.
    """
    return head_of(letter), _Cutting(letter).part(0, len(letter), 0)


def head_of(letter: bytes) -> Head:
    """A letter's head alone."""
    head, _ = _head(letter, 0, len(letter), HEAD_BYTES)
    return Head(lines=tuple((name, fit(str(value))) for name, value in head.raw_items()))


def readable(value: str) -> str:
    """A header's text as a line for people, whatever it is written in (RFC 2047)."""
    value = value[:_CODED_CHARS]  # some character sets take the square of a text's length
    with contextlib.suppress(HeaderParseError, LookupError, ValueError):  # else as it stands there
        value = str(make_header(decode_header(value)))
    return plain(fit(value), _TEXT_CHARS)


class _Cutting:
    """One letter that is cut."""

    def __init__(self, letter: bytes) -> None:
        self._letter = letter
        self._cut = 0

    def part(self, start: int, end: int, depth: int) -> Part:
        """The part that lies there."""
        self._cut += 1
        if self._cut > PARTS_MOST or depth > DEPTH_MOST:
            raise BadInput("the letter has too many parts, or parts within parts", next_step="Attach the files alone.")
        head, body = _head(self._letter, start, end, PART_HEAD_BYTES if depth else HEAD_BYTES)
        if any(len(str(head.get(name, ""))) > _SAID_CHARS for name in ("content-type", "content-disposition")):
            raise BadInput("a part of the letter says too much of itself", next_step="Attach the files alone.")
        kind, boundary = head.get_content_type(), _boundary(head)
        if kind.startswith("multipart/") and 0 < len(boundary) <= BOUNDARY_CHARS:
            cuts = _pieces(self._letter, body, end, boundary.encode("ascii", "replace"))
            return Part(media_type=kind, parts=tuple(self.part(*piece, depth + 1) for piece in cuts))
        content, is_damaged = _content(head, self._letter[body:end])
        return Part(
            media_type=kind,
            disposition=(head.get_content_disposition() or "")[:20],
            name=readable(_file_name(head)),
            content_id=str(head.get("Content-ID", "")).strip().strip("<>")[:_TEXT_CHARS],
            charset=_charset(head),
            content=content,
            is_damaged=is_damaged,
        )


def _head(letter: bytes, start: int, end: int, longest: int) -> tuple[Message, int]:
    """The header of what lies there, and where its body begins."""
    at, most = start, min(end, start + longest)
    while at < most:
        line_end = letter.find(b"\n", at, most)
        if line_end < 0:
            break
        if not letter[at:line_end].strip(b"\r"):
            return _parsed(letter[start:at]), line_end + 1
        at = line_end + 1
    return _parsed(letter[start:most]), most


def _parsed(head: bytes) -> Message:
    """By the lines that mail servers see: to Python, unlike to them, a CR alone ends one, and another header begins."""
    return _PARSER.parsebytes(_LONE_CR.sub(b" ", head))


def _pieces(letter: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts between boundaries lie; the last one may lack its end."""
    mark, begun, at = b"--" + boundary, -1, start
    while (at := letter.find(mark, at, end)) >= 0:
        after = at + len(mark)
        if at == start or letter[at - 1 : at] == b"\n":
            line_end = letter.find(b"\n", after, end)
            line_end = end if line_end < 0 else line_end
            rest = letter[after : min(line_end, after + BOUNDARY_CHARS)].strip(b" \t\r")
            if rest in (b"", b"--"):
                if begun >= 0:
                    yield begun, _without_end(letter, begun, at)
                begun = -1 if rest else min(line_end + 1, end)
                if rest:
                    return
        at = after
    if begun >= 0:
        yield begun, end


def _without_end(letter: bytes, start: int, end: int) -> int:
    """The line's end before a boundary belongs to the boundary."""
    for ending in (b"\r\n", b"\n"):
        if end - len(ending) >= start and letter[end - len(ending) : end] == ending:
            return end - len(ending)
    return end


def _content(head: Message, raw: bytes) -> tuple[bytes, bool]:
    """The bytes of a part, and whether they are damaged."""
    written = str(head.get("Content-Transfer-Encoding", "")).strip().lower()
    if written == "quoted-printable":
        return quopri.decodestring(raw), False
    if written != "base64":
        return raw, written not in ("", "7bit", "8bit", "binary")
    try:
        return binascii.a2b_base64(raw), False
    except binascii.Error:
        return b"", True


def _boundary(head: Message) -> str:
    try:
        return head.get_boundary("")
    except ValueError:  # of a character set that raises
        return ""


def _file_name(head: Message) -> str:
    try:
        return head.get_filename("")
    except (LookupError, ValueError):  # of a character set that does not exist
        return ""


def _charset(head: Message) -> str:
    try:
        name = codecs.lookup(head.get_content_charset("")).name.replace("-", "_")
    except (LookupError, ValueError):
        return ""
    return "" if name in _STRANGE else name
