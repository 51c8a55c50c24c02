"""Sends malformed requests from several connections at once and judges what comes back.

- Every wait has a deadline: a request that is neither answered nor closed in time is a finding, like a wrong answer.
- The reader of answers is the rig's own and knows just enough HTTP and IPP to catch ours in a mistake.
"""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Iterable, Iterator

import attrs
import trio

from rig._limits import ANSWER_BYTES, HANG_S
from rig._mutations import Case, Goodbye, Shot, Target, Verdict, case

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a connection a reset."""
_BROKEN = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)
_IPP_REFUSED = 0x0400
_INTERNAL_ERROR = 0x0500
_CREATING = (2, 5)


class Malformed(ValueError):
    """The agent's answer is no HTTP."""


@attrs.frozen(kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes = attrs.field(repr=False)

    @property
    def last(self) -> bool:
        """Whether the agent ends the connection with it."""
        return self.headers.get("connection", "").lower() == "close"

    @property
    def ipp_status(self) -> int | None:
        """The status of an IPP answer; None when it is none."""
        if self.headers.get("content-type") != "application/ipp" or len(self.body) < 9:
            return None
        return int.from_bytes(self.body[2:4], "big")

    def job(self) -> int | None:
        """The job an IPP answer tells of first."""
        mark = b"\x21\x00\x06job-id\x00\x04"
        at = self.body.find(mark)
        return int.from_bytes(self.body[at + len(mark) :][:4], "big") if at >= 0 else None


class Line:
    """One connection to the agent, opened when first used."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stream: trio.SocketStream | None = None
        self._held = bytearray()

    async def send(self, data: bytes) -> None:
        """Sends; an agent that stopped reading is heard in its answer."""
        if self._stream is None:
            self._stream = await trio.open_tcp_stream("127.0.0.1", self._port)
        try:
            await self._stream.send_all(data)
        except _BROKEN:
            return

    async def half_close(self) -> None:
        """Says that nothing more will come."""
        try:
            await self._open().send_eof()
        except _BROKEN:
            return

    async def answer(self) -> Answer | None:
        """The next answer; None at the end of the connection."""
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if not await self._more():
                return None
        status, headers = _head(bytes(self._held[:end]))
        size = int(headers.get("content-length", "0"))
        while len(self._held) < end + 4 + size:
            if not await self._more():
                raise Malformed("the answer ends before its Content-Length")
        body = bytes(self._held[end + 4 : end + 4 + size])
        del self._held[: end + 4 + size]
        return Answer(status=status, headers=headers, body=body)

    async def close(self, *, reset: bool = False) -> None:
        """Ends it."""
        stream, self._stream = self._stream, None
        self._held.clear()
        if stream is not None:
            if reset:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            await trio.aclose_forcefully(stream)

    def _open(self) -> trio.SocketStream:
        if self._stream is None:
            raise trio.ClosedResourceError
        return self._stream

    async def _more(self) -> bool:
        try:
            data = await self._open().receive_some(65536)
        except _BROKEN:
            data = b""
        if data and len(self._held) > ANSWER_BYTES:
            raise Malformed("the answer does not end")
        self._held += data
        return bool(data)


def _head(data: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = data.decode("latin-1").split("\r\n")
    protocol, _, rest = first.partition(" ")
    if protocol != "HTTP/1.1" or not rest[:3].isdigit():
        raise Malformed(f"{first!r} is no status line")
    pairs = (line.partition(":") for line in lines)
    return int(rest[:3]), {name.lower(): value.strip() for name, _, value in pairs}


@attrs.define
class Findings:
    """What an attack brought to light.

    Attributes:
        complaints: Wrong answers and hangs, each with its seed.
        accepted: Numbers of jobs the agent said it took.
        created: Of these, the ones whose document may never have come.
        kinds: How often each kind of request was sent.
        answers: How often each answer came: ``http 400``, ``ipp 0x0401``, ``closed``.
    """

    complaints: list[str] = attrs.field(factory=list)
    accepted: set[int] = attrs.field(factory=set)
    created: set[int] = attrs.field(factory=set)
    kinds: Counter[str] = attrs.field(factory=Counter)
    answers: Counter[str] = attrs.field(factory=Counter)

    def note(self, one: Case, answers: list[Answer]) -> None:
        """Judges the answers to one request and writes down what they are."""
        self.answers.update([_name(answer) for answer in answers] or ["closed"])
        complaint = judge(one.shot, answers)
        if complaint:
            self.complaints.append(f"{one}: {complaint}")
        for answer in answers:
            self._keep(one.shot, answer)

    def _keep(self, shot: Shot, answer: Answer) -> None:
        number = answer.job()
        if number is None or answer.ipp_status is None or answer.ipp_status >= _IPP_REFUSED:
            return
        operation = shot.data.partition(b"\r\n\r\n")[2][2:4]
        if int.from_bytes(operation, "big") in _CREATING:
            self.accepted.add(number)
        if operation == b"\x00\x05":
            self.created.add(number)


def _name(answer: Answer) -> str:
    return f"http {answer.status}" if answer.ipp_status is None else f"ipp 0x{answer.ipp_status:04x}"


def judge(shot: Shot, answers: list[Answer]) -> str:
    """What is wrong with the answers to a request; empty when nothing is."""
    if shot.sound and len(answers) != 1:
        return f"{len(answers)} answers to one request"
    found = (_fault(shot, answer) for answer in answers)
    return next((fault for fault in found if fault), "")


def _fault(shot: Shot, answer: Answer) -> str:
    status = answer.ipp_status
    if answer.status == 500 or (shot.sound and answer.status == 503) or status == _INTERNAL_ERROR:
        return f"the agent failed: {_name(answer)} {answer.body[:200]!r}"
    if status is not None and answer.body[-1:] != b"\x03":
        return f"the IPP answer has no end: {answer.body[-20:]!r}"
    succeeded = answer.status < 400 and (status is None or status < _IPP_REFUSED)
    if succeeded and shot.verdict is Verdict.REFUSED:
        return f"it was taken: {_name(answer)} {answer.body[:200]!r}"
    return ""


async def fire(line: Line, shot: Shot) -> list[Answer]:
    """Sends one request and returns all answers; the connection stays open when it can take another request."""
    await line.send(shot.data)
    if shot.goodbye is Goodbye.RESET:
        await line.close(reset=True)
        return []
    if shot.goodbye is Goodbye.HALF_CLOSE:
        await line.half_close()
    answers = [answer] if (answer := await line.answer()) else []
    if shot.sound and answers and not answers[0].last:
        return answers
    await line.half_close()
    while answer := await line.answer():
        answers.append(answer)
    await line.close()
    return answers


async def attack(target: Target, seeds: Iterable[int], *, lines: int) -> Findings:
    """Sends the request of every seed, from several connections at once."""
    findings, left = Findings(), iter(seeds)
    async with trio.open_nursery() as nursery:
        for _ in range(lines):
            nursery.start_soon(_keep_firing, target, left, findings)
    return findings


async def _keep_firing(target: Target, left: Iterator[int], findings: Findings) -> None:
    line = Line(target.port)
    for seed in left:
        one = case(seed, target)
        findings.kinds[one.kind] += 1
        if not one.shot.sound:
            await line.close()
        answers: list[Answer] = []
        try:
            with trio.fail_after(HANG_S):
                answers = await fire(line, one.shot)
        except (trio.TooSlowError, Malformed, OSError) as error:
            findings.complaints.append(f"{one}: {error!r}, neither answered nor closed")
            await line.close()
            continue
        if one.shot.goodbye is not Goodbye.RESET:
            findings.note(one, answers)
    await line.close()
