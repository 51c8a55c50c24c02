"""Lies of a hub: what it says in place of an answer of the real one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

import attrs
import trio

from tunnel_rig._attacker import Answered, Asked, Onward, Play
from tympan_wire.hub import (
    BLOBS_PATH,
    PREFIX,
    CrossingAnswer,
    CrossingAnswers,
    CrossingOffer,
    CrossingOrder,
    CrossingStep,
    CrossingWords,
    Desired,
    MirrorEnvelope,
    Operation,
    Reader,
    Tunnel,
    decode,
    encode,
)

T = TypeVar("T")
_RANGE: Final = re.compile(rb"bytes=(\d+)-(\d+)")
_ALL: Final = 1 << 40


def of(asked: Asked, operation: Operation) -> bool:
    """Whether an agent asks for this."""
    return asked.path == PREFIX + operation


def retold(operation: Operation, shape: type[T], tell: Callable[[Asked, T], T]) -> Play:
    """Tells answers to one operation otherwise."""

    async def play(asked: Asked, onward: Onward) -> Answered:
        answer = await onward(asked)
        if not of(asked, operation) or answer.status != 200:
            return answer
        return attrs.evolve(answer, body=encode(tell(asked, decode(shape, answer.body))))

    return play


def other_blob(change: Callable[[bytes], bytes]) -> Play:
    """Gives ranges of another document than the one that was uploaded."""

    async def play(asked: Asked, onward: Onward) -> Answered:
        if not asked.path.startswith(BLOBS_PATH):
            return await onward(asked)
        return part_of(change(await whole_blob(asked, onward)), asked)

    return play


async def whole_blob(asked: Asked, onward: Onward) -> bytes:
    """All of the document an agent asks a range of."""
    headers = [each for each in asked.headers if each[0] != b"range"]
    answer = await onward(attrs.evolve(asked, headers=[*headers, (b"range", f"bytes=0-{_ALL}".encode())]))
    assert answer.status == 206, answer
    return answer.body


def part_of(content: bytes, asked: Asked) -> Answered:
    """The range that was asked for."""
    found = next(filter(None, (_RANGE.fullmatch(value) for name, value in asked.headers if name == b"range")))
    start, end = int(found[1]), min(int(found[2]) + 1, len(content))
    told = f"bytes {start}-{end - 1}/{len(content)}".encode()
    kept = [(b"content-type", b"application/octet-stream"), (b"accept-ranges", b"bytes")]
    protocol = [(b"tympan-protocol", value) for name, value in asked.headers if name == b"tympan-protocol"]
    return Answered(206, [*kept, *protocol, (b"content-range", told)], content[start:end])


@attrs.define(eq=False)
class Twice:
    """Gives one job to every agent it has an envelope for, and lets each of them begin.

    Attributes:
        hosts: What the hub calls the agent of each host.
        offer: What the sender of the next job that is offered offered.
        order: What one agent was told of it.
        blob: Its document.
        began: Which hosts were told that they may begin.
        open: Set when others are told as well.
    """

    hosts: dict[str, str]
    offer: CrossingOffer | None = None
    order: CrossingOrder | None = None
    blob: bytes = b""
    began: list[str] = attrs.field(factory=list)
    open: trio.Event = attrs.field(factory=trio.Event)

    async def play(self, asked: Asked, onward: Onward) -> Answered:
        """Answers."""
        if of(asked, Operation.TUNNEL_OFFER) and self.offer is None:
            self.offer = decode(CrossingOffer, asked.body)
        if of(asked, Operation.TUNNEL):
            return self._told(asked, await onward(asked))
        if of(asked, Operation.TUNNEL_WORDS):
            return await self._words(asked, onward)
        if asked.path.startswith(BLOBS_PATH) and self.offer is not None and asked.path.endswith(self.offer.upload):
            if not self.blob:
                self.blob = await whole_blob(asked, onward)
            return part_of(self.blob, asked)
        return await onward(asked)

    def _told(self, asked: Asked, answer: Answered) -> Answered:
        told = decode(Tunnel, answer.body)
        mine = next((one for one in told.orders if self.offer and one.job == self.offer.job), None)
        if mine is not None:
            self.order = mine
        lie = self._lie(asked.by)
        if lie is None or mine is not None:
            return answer
        kept = tuple(one for one in told.gone if one != lie.id)
        return attrs.evolve(answer, body=encode(attrs.evolve(told, orders=(*told.orders, lie), gone=kept)))

    def _lie(self, host: str) -> CrossingOrder | None:
        if self.offer is None or self.order is None or not self.blob or not self.open.is_set():
            return None
        own = next((one for one in self.offer.envelopes if one.agent == self.hosts[host]), None)
        return self._ordered(own) if own else None

    def _ordered(self, own: MirrorEnvelope) -> CrossingOrder:
        assert self.order is not None
        return attrs.evolve(self.order, copy=attrs.evolve(self.order.copy, envelope=own.envelope))

    async def _words(self, asked: Asked, onward: Onward) -> Answered:
        said = decode(CrossingWords, asked.body).words
        answer = await onward(asked)
        if self.order is None or not any(one.id == self.order.id and one.step is CrossingStep.BEGIN for one in said):
            return answer
        self.began.append(asked.by)
        yes = tuple(CrossingAnswer(id=one.id, fence=one.fence, taken=True) for one in said)
        return attrs.evolve(answer, status=200, body=encode(CrossingAnswers(answers=yes)))


def with_reader(reader: Reader) -> Play:
    """Names one more agent that prints what goes through the hub, or another key of one."""

    def tell(_: Asked, desired: Desired) -> Desired:
        printers = []
        for one in desired.printers:
            rules = one.tunnel
            if rules is not None:
                others = tuple(each for each in rules.readers if each.agent != reader.agent)
                rules = attrs.evolve(rules, readers=(*others, reader))
            printers.append(attrs.evolve(one, tunnel=rules))
        return attrs.evolve(desired, printers=tuple(printers))

    return retold(Operation.DESIRED, Desired, tell)
