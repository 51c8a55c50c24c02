"""One connection of a mail server: LMTP (RFC 2033), which answers for each recipient of a letter by itself.

- Which addresses there are is not told: each that could be one is taken, and answered for when the letter is there.
- A letter is read to its end whatever becomes of it, and no more of it is kept than a letter may have.
- What goes wrong here is "later" to the mail server: it keeps the letter, and brings it again.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from tympan_hub.domain.errors import HubError
from tympan_hub.domain.limits.mail import (
    ANSWER_CHARS,
    COMMANDS_MOST,
    LARGE_LETTERS,
    LETTER_BYTES,
    LETTER_S,
    LINE_BYTES,
    RECIPIENTS_MOST,
    SMALL_LETTER_BYTES,
)
from tympan_hub.service.letters import STRANGER, Delivered, Fate, LetterService

_LOG = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd tells it every command, addresses and all

_BOUNCE: Final = "<>"
"""The sender of what tells that a letter did not arrive; nobody's own letter."""

_CODES: Final = {Fate.TAKEN: "250 2.0.0", Fate.REFUSED: "550 5.7.1", Fate.LATER: "451 4.3.0"}
_LATER: Final = "451 4.3.0 this does not work now"
_TOO_MUCH: Final = f"552 5.3.4 a letter has at most {LETTER_BYTES >> 20} MiB"

_LINE_END: Final = b"\r\n"
_END: Final = b"\r\n.\r\n"
_PIECE_BYTES: Final = 1 << 20
"""More than the reader ever holds: what follows a letter is put back behind nothing."""

Ended = Callable[["Connection"], None]


class Letters:
    """What aiosmtpd asks about letters."""

    def __init__(self, letters: LetterService) -> None:
        self._letters = letters
        self.large = asyncio.Semaphore(LARGE_LETTERS)
        """Held by each that is more than a small one."""

    async def handle_RCPT(  # noqa: N802  # aiosmtpd finds it by this name
        self, server: LMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient that may be one of ours."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_MOST:
            return "452 4.5.3 too many recipients at once"
        if not self._letters.may_be(address):
            return _answer(STRANGER)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """What no command foresaw."""
        _LOG.error("the mail door failed", exc_info=error)
        return _LATER

    async def took(self, letter: bytes | None, envelope: Envelope) -> list[str]:
        """The answers for a letter, one for each recipient; None is one that was too large."""
        recipients = [str(one) for one in envelope.rcpt_tos]
        if letter is None:
            return [_TOO_MUCH] * len(recipients)
        if envelope.mail_from == _BOUNCE:
            return [_answer(STRANGER)] * len(recipients)
        try:
            return [_answer(one) for one in await self._letters.deliver(letter, recipients)]
        except HubError as error:
            return [_answer(Delivered(fate=Fate.LATER, text=error.sentence))] * len(recipients)
        except Exception:
            _LOG.exception("a letter could not be taken")
            return [_LATER] * len(recipients)


class Connection(LMTP):
    """A connection.

    Args:
        letters: Who takes what comes.
        name: As the hub greets.
        ended: Told when it is over.
    """

    line_length_limit = LINE_BYTES

    def __init__(self, letters: Letters, name: str, ended: Ended) -> None:
        super().__init__(
            letters,
            hostname=name,
            ident="Tympan",
            data_size_limit=LETTER_BYTES,
            timeout=LETTER_S,
            command_call_limit=COMMANDS_MOST,
            loop=asyncio.get_running_loop(),
        )
        self._letters = letters
        self._ended = ended
        self.is_taking = False
        """Whether a letter is on its way in."""

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        super().connection_lost(error)
        self._ended(self)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802  # aiosmtpd finds it by this name
        """A letter."""
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos or arg:
            await self.push("503 5.5.1 no recipient was given" if not arg else "501 5.5.4 DATA stands alone")
            return
        self.is_taking = True
        try:
            await self.push("354 the letter, and a line with a dot alone at its end")
            async with AsyncExitStack() as room:
                answers = await self._letters.took(await self._letter(room), envelope)
            self.envelope = self._create_envelope()
            await self.push("\r\n".join(answers))
        finally:
            self.is_taking = False

    async def _letter(self, room: AsyncExitStack) -> bytes | None:
        """A letter up to its last line, without the dots that hide dots (RFC 5321 section 4.5.2); None is too large.

        Args:
            room: For a large one; it is kept until the letter is answered for.
        """
        kept, is_large, is_small = bytearray(_LINE_END), False, True  # as after a line: the first one may be the last
        while True:
            looked = max(0, len(kept) - len(_END))
            if is_small and len(kept) > SMALL_LETTER_BYTES:
                await room.enter_async_context(self._letters.large)
                is_small = False
            kept += await self._piece()
            end = kept.find(_END, looked)
            is_large = is_large or (end if end >= 0 else len(kept)) > LETTER_BYTES
            if end >= 0:
                self._reader.feed_data(bytes(kept[end + len(_END) :]))  # commands that came along
                return None if is_large else _without_dots(kept[: end + len(_LINE_END)])
            if is_large:
                del kept[: -len(_END)]

    async def _piece(self) -> bytes:
        """All that is there of what comes; at least something."""
        piece = await self._reader.read(_PIECE_BYTES)
        if not piece:
            raise ConnectionResetError("the mail server hung up within a letter")
        return piece

    def say_goodbye(self) -> None:
        """Hangs up on a mail server that has no letter under way."""
        transport: Any = self.transport
        if transport is not None and not self.is_taking:
            transport.write(b"421 4.3.2 the hub ends\r\n")
            transport.close()

    def hang_up(self) -> None:
        """Hangs up, whatever is under way: the mail server brings it again."""
        transport: Any = self.transport
        if transport is not None:
            transport.abort()


class Full(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says so, and hangs up."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 too many connections\r\n")
        transport.close()


def _without_dots(lines: bytearray) -> bytes:
    return bytes(lines.replace(_LINE_END + b".", _LINE_END)[len(_LINE_END) :])


def _answer(delivered: Delivered) -> str:
    """One line of plain ASCII: what stands in a letter puts no line of its own there."""
    text = " ".join(delivered.text.split()).encode("ascii", "replace").decode()
    kept = "".join(one for one in text if one.isprintable())[:ANSWER_CHARS]
    return f"{_CODES[delivered.fate]} {kept or 'OK'}"
