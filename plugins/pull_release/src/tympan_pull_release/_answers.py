"""Answers to orders: remembered until the hub has them and long after, so that nothing is done twice.

They lie in a few values by the order's id, so that one put keeps one more, and the oldest of a value makes room.
"""

from __future__ import annotations

from uuid import UUID

import attrs
import trio

from tympan.plugin import KeyValue
from tympan_pull_release._limits import ANSWERS_EACH, BUCKET_BYTES, BUCKETS
from tympan_wire.hub import HubMessageError, ReleaseWord, decode, encode


@attrs.frozen(kw_only=True)
class Answer:
    """One answer, and whether the hub said that it has it."""

    word: ReleaseWord
    told: bool = False


@attrs.frozen(kw_only=True)
class Bucket:
    """Some answers, oldest first."""

    answers: tuple[Answer, ...] = ()


class AnswerBook:
    """Answers by order, durable."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._of: dict[UUID, Answer] = {}
        self._lock = trio.Lock()

    async def open(self) -> None:
        """Takes up what an earlier run kept; a value that cannot be read is forgotten."""
        self._of = {}
        for place in range(BUCKETS):
            kept = await self._state.get(_key(place))
            self._of |= {answer.word.order: answer for answer in _read(kept or b"")}

    def find(self, order: UUID) -> ReleaseWord | None:
        """What was answered."""
        found = self._of.get(order)
        return None if found is None else found.word

    def untold(self, limit: int) -> tuple[ReleaseWord, ...]:
        """What the hub did not say it has, oldest first."""
        return tuple(answer.word for answer in self._of.values() if not answer.told)[:limit]

    async def keep(self, word: ReleaseWord, *, told: bool = False) -> None:
        """Remembers an answer, durable when it returns."""
        async with self._lock:  # of two that share a value, the second must not write without the first
            await self._keep(word, told=told)

    async def _keep(self, word: ReleaseWord, *, told: bool) -> None:
        place = _place(word.order)
        before = [answer for order, answer in self._of.items() if _place(order) == place and order != word.order]
        mine = [*before, Answer(word=word, told=told)]
        kept = _newest(mine)
        await self._state.put(_key(place), encode(Bucket(answers=tuple(kept))))
        for old in mine[: -len(kept)]:
            self._of.pop(old.word.order, None)
        self._of[word.order] = mine[-1]

    def again(self, order: UUID, fence: int) -> None:
        """The hub asks again: it has not heard the answer, and wants it under this fence."""
        answer = self._of[order]
        self._of[order] = Answer(word=attrs.evolve(answer.word, fence=fence))

    def told(self, *words: ReleaseWord) -> None:
        """The hub has these. Written down with the next answer beside it: to be told twice harms nobody."""
        for word in words:
            answer = self._of.get(word.order)
            if answer is not None and answer.word == word:
                self._of[word.order] = attrs.evolve(answer, told=True)


def _newest(answers: list[Answer]) -> list[Answer]:
    """As many as one value has room for; the last in any case."""
    room, kept = BUCKET_BYTES, list[Answer]()
    for answer in reversed(answers[-ANSWERS_EACH:]):
        room -= len(encode(answer))
        if kept and room < 0:
            break
        kept.insert(0, answer)
    return kept


def _read(kept: bytes) -> tuple[Answer, ...]:
    try:
        return decode(Bucket, kept).answers
    except HubMessageError:
        return ()


def _place(order: UUID) -> int:
    return order.int % BUCKETS


def _key(place: int) -> str:
    return f"answers {place}"
