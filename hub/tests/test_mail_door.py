"""The mail door by LMTP over loopback: one answer for each recipient, bounds, and an end in order."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import attrs
import pytest

from tympan_hub.cli.mail_door import MailDoor, mail_door, said
from tympan_hub.domain.errors import BadInput, Unavailable
from tympan_hub.domain.limits.mail import CONNECTIONS_MOST, RECIPIENTS_MOST
from tympan_hub.domain.mail_addresses import MailPlace
from tympan_hub.mail import door, listening
from tympan_hub.service.letters import STRANGER, Delivered, Fate, LetterService

pytestmark = pytest.mark.anyio
PLACE = MailPlace(domain="print.example", server="mx.example")


@attrs.define
class Letters:
    """``LetterService`` that keeps what came."""

    taken: list[bytes] = attrs.field(factory=list)
    answer: Callable[[], Delivered] = lambda: Delivered(fate=Fate.TAKEN)
    busy: asyncio.Event = attrs.field(factory=asyncio.Event)
    go_on: asyncio.Event | None = None

    def may_be(self, recipient: str) -> bool:
        return recipient.startswith("print+")

    async def deliver(self, content: bytes, recipients: Sequence[str]) -> tuple[Delivered, ...]:
        self.busy.set()
        if self.go_on is not None:
            await self.go_on.wait()
        self.taken.append(content)
        return tuple(self.answer() for _ in recipients)


@attrs.define
class Peer:
    """A mail server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *lines: str) -> str:
        """The answer to the last of some commands, each answered."""
        answer = ""
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")
            answer = await self.hear()
        return answer

    async def hear(self) -> str:
        line = await self.reader.readline()
        while line[3:4] == b"-":
            line = await self.reader.readline()
        return line.decode().rstrip()

    async def letter(self, content: bytes, recipients: int = 1) -> list[str]:
        """The answers to a letter."""
        await self.say("MAIL FROM:<a@x.example>", *[f"RCPT TO:<print+{n}@print.example>" for n in range(recipients)])
        assert (await self.say("DATA")).startswith("354 ")
        self.writer.write(content + b".\r\n")
        return [await self.hear() for _ in range(recipients)]


@asynccontextmanager
async def opened(letters: Letters) -> AsyncIterator[Callable[[], object]]:
    made = MailDoor(place=PLACE, at="127.0.0.1:0").listening()
    address = made.getsockname()
    writers: list[asyncio.StreamWriter] = []

    async def peer() -> Peer:
        reader, writer = await asyncio.open_connection(*address)
        writers.append(writer)
        return Peer(reader, writer)

    async with asyncio.timeout(60), listening.taking_letters(letters, PLACE.domain, made):  # type: ignore[arg-type]
        yield peer
    for writer in writers:
        writer.close()


async def greeted(peer: object) -> Peer:
    there: Peer = await peer()  # type: ignore[operator]
    assert (await there.hear()).startswith("220 print.example")
    assert (await there.say("LHLO mx.example")).startswith("250 ")
    return there


async def test_a_letter_is_answered_for_each_recipient_and_comes_as_it_was_written() -> None:
    letters = Letters()
    async with opened(letters) as peer:
        there = await greeted(peer)
        assert (
            await there.say("MAIL FROM:<a@x.example>", "RCPT TO:<ada@print.example>")
        ) == f"550 5.7.1 {STRANGER.text}"
        await there.say("RSET")
        sent = b"Subject: x\r\n\r\n..hidden\r\n.... \r\n\n.\nstill in it\r\n"
        assert await there.letter(sent, 3) == ["250 2.0.0 OK"] * 3
        assert await there.letter(b"") == ["250 2.0.0 OK"]
        assert await there.say("QUIT") == "221 Bye"
    assert letters.taken == [b"Subject: x\r\n\r\n.hidden\r\n... \r\n\n.\nstill in it\r\n", b""]


async def test_commands_that_come_along_with_a_letter_are_obeyed_after_it() -> None:
    letters = Letters()
    async with opened(letters) as peer:
        there = await greeted(peer)
        assert await there.letter(
            b"x\r\n.\r\nNOOP\r\nMAIL FROM:<b@x.example>\r\nRCPT TO:<print+1@x.example>\r\nDATA\r\ny\r\n"
        ) == ["250 2.0.0 OK"]
        assert [(await there.hear())[:3] for _ in range(5)] == ["250", "250", "250", "354", "250"]
    assert letters.taken == [b"x\r\n", b"y\r\n"]


@pytest.mark.parametrize(
    "content", [b"a" * 5000 + b"\r\n", b"\r\n" * 3000, b"a" * 990 + b"\r\n" + b"b" * 9990 + b"\r\n"]
)
async def test_a_letter_too_large_is_refused_for_each_recipient_and_the_next_is_taken(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(door, "LETTER_BYTES", 4000)
    letters = Letters()
    async with opened(letters) as peer:
        there = await greeted(peer)
        assert [answer[:3] for answer in await there.letter(content, 2)] == ["552", "552"]
        assert await there.letter(b"b" * 3998 + b"\r\n") == ["250 2.0.0 OK"]
    assert len(letters.taken) == 1


async def test_of_many_large_letters_at_once_a_few_are_read_and_small_ones_come_in_beside_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited = asyncio.Event()

    class Room(asyncio.Semaphore):
        async def acquire(self) -> Literal[True]:
            if self.locked():
                waited.set()
            return await super().acquire()

    class Few(door.Letters):
        def __init__(self, letters: LetterService) -> None:
            super().__init__(letters)
            self.large = Room(1)

    monkeypatch.setattr(door, "SMALL_LETTER_BYTES", 4000)
    monkeypatch.setattr(listening, "Letters", Few)
    large = (b"a" * 98 + b"\r\n") * 10_000
    go_on = asyncio.Event()
    letters = Letters(go_on=go_on)
    async with opened(letters) as peer:
        first, second, third = [await greeted(peer) for _ in range(3)]
        taking = asyncio.create_task(first.letter(large))
        await letters.busy.wait()
        letters.busy.clear()
        waiting = asyncio.create_task(second.letter(large))
        await waited.wait()
        small = asyncio.create_task(third.letter(b"small\r\n"))
        await letters.busy.wait()
        go_on.set()
        assert [await one for one in (small, taking, waiting)] == [["250 2.0.0 OK"]] * 3
    assert sorted(map(len, letters.taken)) == [7, len(large), len(large)]


async def test_what_fails_here_is_later_for_each_recipient_and_says_nothing_of_its_insides() -> None:
    def away() -> Delivered:
        raise Unavailable("storage does not answer")

    def broken() -> Delivered:
        raise ZeroDivisionError("a secret of ours")

    letters = Letters(answer=away)
    async with opened(letters) as peer:
        there = await greeted(peer)
        assert await there.letter(b"x\r\n", 2) == ["451 4.3.0 storage does not answer"] * 2
        letters.answer = broken
        assert await there.letter(b"x\r\n", 2) == ["451 4.3.0 this does not work now"] * 2


async def test_what_stands_in_a_letter_puts_no_line_of_its_own_into_an_answer() -> None:
    letters = Letters(answer=lambda: Delivered(fate=Fate.REFUSED, text="a\r\n250 OK\x00 ü" + "x" * 999))
    async with opened(letters) as peer:
        [answer] = await (await greeted(peer)).letter(b"x\r\n")
    assert answer.startswith("550 5.7.1 a 250 OK ?xxx")
    assert len(answer) < 500


async def test_there_are_not_more_connections_recipients_nor_commands_than_may_be() -> None:
    async with opened(Letters()) as peer:
        there = [await greeted(peer) for _ in range(CONNECTIONS_MOST)]
        one_more: Peer = await peer()  # type: ignore[misc]
        assert (await one_more.hear()).startswith("421 ")
        assert await one_more.reader.read() == b""
        said_last = await there[0].say(
            "MAIL FROM:<a@x.example>", *["RCPT TO:<print+1@print.example>"] * (RECIPIENTS_MOST + 1)
        )
        assert said_last.startswith("452 ")
        assert (await there[1].say(*["NOOP"] * 201)).startswith("421 ")
        assert await there[1].reader.read() == b""
        await greeted(peer)


async def test_no_address_comes_into_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with opened(Letters()) as peer:
        there = await greeted(peer)
        await there.letter(b"secret letter\r\n")
        await there.say("print+1@print.example")
    assert "print+" not in caplog.text
    assert "secret letter" not in caplog.text


async def test_a_bounce_is_nobodys_letter() -> None:
    letters = Letters()
    async with opened(letters) as peer:
        there = await greeted(peer)
        await there.say("MAIL FROM:<>", "RCPT TO:<print+1@print.example>", "DATA")
        assert await there.say("x\r\n.") == f"550 5.7.1 {STRANGER.text}"
    assert letters.taken == []


async def test_the_end_waits_for_a_letter_under_way_and_hangs_up_on_everybody_else() -> None:
    letters = Letters(go_on=asyncio.Event())
    async with opened(letters) as peer:
        idle, there = await greeted(peer), await greeted(peer)
        answer = asyncio.create_task(there.letter(b"x\r\n"))
        await letters.busy.wait()
        asyncio.get_running_loop().call_later(0.05, letters.go_on.set)  # type: ignore[union-attr]
    assert await answer == ["250 2.0.0 OK"]
    assert (await idle.reader.read()).startswith(b"421 ")


async def test_the_end_cuts_off_a_letter_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "CLOSING_S", 0.05)
    letters = Letters(go_on=asyncio.Event())
    async with opened(letters) as peer:
        there = await greeted(peer)
        answer = asyncio.create_task(there.letter(b"x\r\n"))
        await letters.busy.wait()
    assert await asyncio.wait_for(answer, 60) == [""], "the mail server brings it again"
    assert letters.taken == []


def test_a_socket_of_a_hub_that_was_killed_is_taken_over_and_one_that_answers_is_not(tmp_path: Path) -> None:
    at = MailDoor(place=PLACE, at=f"unix:{tmp_path}/lmtp")
    with at.listening() as first:
        assert said(first) == f"unix:{tmp_path}/lmtp"
        assert (tmp_path / "lmtp").stat().st_mode & 0o777 == 0o660
        with pytest.raises(BadInput, match="nobody can listen"):
            at.listening()
    with at.listening() as again:
        assert again.family is socket.AF_UNIX


@pytest.mark.parametrize("at", ["nowhere", ":25", "127.0.0.1:port", "127.0.0.1:99999"])
def test_a_place_that_is_none_is_refused(at: str) -> None:
    with pytest.raises(BadInput, match="no place to listen"):
        MailDoor(place=PLACE, at=at).listening()


def test_half_a_mail_door_is_refused_and_none_is_none() -> None:
    assert mail_door("", "", "") is None
    for domain, server in (("", "mx.example"), ("print.example", ""), ("not a domain", "mx.example")):
        with pytest.raises(BadInput):
            mail_door("127.0.0.1:0", domain, server)
