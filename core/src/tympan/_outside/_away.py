"""Objects of the other end, as they are called here: a class for each contract, made from it.

- In the kernel the facts of a port are those it told last, with its latest answer: the kernel waits for no process.
- In a plugin's process a fact is asked for, and what answers at once there keeps that process waiting alone.
"""

from __future__ import annotations

import functools
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from tympan._outside._contracts import Contract, Items, Manner, Member, Thing, items_contract


class Caller(Protocol):
    """Who carries calls."""

    asks: bool
    """Whether facts are asked for."""

    async def call(self, away: Away, member: Member, arguments: dict[str, object]) -> Any:
        """A call that may wait."""

    def ask(self, away: Away, member: Member, arguments: dict[str, object]) -> Any:
        """A call that is answered at once."""

    def forget(self, ref: int) -> None:
        """Nobody here wants an object any more; called from anywhere."""


class Away:
    """An object of the other end."""

    def __init__(self, caller: Caller, ref: int, contract: Contract, facts: dict[str, Any]) -> None:
        self._caller = caller
        self._ref = ref
        self._contract = contract
        self._facts = facts
        weakref.finalize(self, caller.forget, ref).atexit = False

    def _fact(self, member: Member) -> Any:
        if not self._caller.asks or member.name in self._facts:
            return self._facts[member.name]
        value = self._caller.ask(self, member, {})
        if isinstance(member.gives, Thing):
            self._facts[member.name] = value  # it is the same one as long as this one is
        return value


class AwayItems:
    """A stream of the other end. Close it, or go through all of it."""

    def __init__(self, caller: Caller, item: Any, begin: Callable[[], Awaitable[Away]]) -> None:
        self._caller = caller
        self._next = items_contract(item).members["next"]
        self._begin = begin
        self._source: Away | None = None
        self._over = False
        self._come: deque[Any] = deque()

    def __aiter__(self) -> AwayItems:
        return self

    async def __anext__(self) -> Any:
        if not self._come and not self._over:
            if self._source is None:
                self._source = await self._begin()
            self._come.extend(await self._caller.call(self._source, self._next, {}))
        if not self._come:
            await self.aclose()
            raise StopAsyncIteration
        return self._come.popleft()

    async def aclose(self) -> None:
        """Nobody wants more."""
        self._over = True
        self._come.clear()
        if self._source is not None:
            self._caller.forget(self._source._ref)


@functools.cache
def away_class(contract: Contract) -> type[Away]:
    """The class of objects with this contract."""
    members = {name: _member(member) for name, member in contract.members.items()}
    return type(contract.name, (Away,), {"__doc__": Away.__doc__, **members})


def _member(member: Member) -> Any:
    if member.manner is Manner.FACT:
        return property(lambda away: away._fact(member))
    return {Manner.NOW: _now, Manner.LATER: _later, Manner.STREAM: _stream}[member.manner](member)


def _now(member: Member) -> Callable[..., Any]:
    def now(self: Away, *given: object, **named: object) -> Any:
        return self._caller.ask(self, member, member.bind(given, named))

    return now


def _later(member: Member) -> Callable[..., Any]:
    async def later(self: Away, *given: object, **named: object) -> Any:
        return await self._caller.call(self, member, member.bind(given, named))

    return later


def _stream(member: Member) -> Callable[..., Any]:
    def stream(self: Away, *given: object, **named: object) -> AwayItems:
        arguments = member.bind(given, named)
        item = member.gives.item if isinstance(member.gives, Items) else object

        async def begin() -> Away:
            items: AwayItems = await self._caller.call(self, member, arguments)
            return await items._begin()

        return AwayItems(self._caller, item, begin)

    return stream
