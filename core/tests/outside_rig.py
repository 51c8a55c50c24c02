"""Both ends of a pipe in one process, with frames between them that are as long as they would be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import trio

from tympan._outside._contracts import contract_of
from tympan._outside._ends import ENDS
from tympan._outside._frames import Frame, Frames, Kind, encode
from tympan._outside._guest import WRAPS
from tympan._outside._limits import FROM_PLUGIN_BYTES, TO_PLUGIN_BYTES
from tympan._outside._peer import Peer

END_S = 2.0
_P = TypeVar("_P")


class Pair:
    """The kernel's end and the plugin's."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.sent: list[Frame] = []
        to_guest, to_kernel = Frames(TO_PLUGIN_BYTES), Frames(FROM_PLUGIN_BYTES)

        def carry(frame: Frame, limit: int, frames: Frames, take: Callable[[Frame], None]) -> None:
            self.sent.append(frame)
            for each in frames.feed(encode(frame, limit)):
                take(each)

        def out(frame: Frame) -> None:
            carry(frame, TO_PLUGIN_BYTES, to_guest, self.guest.take)

        def back(frame: Frame) -> None:
            carry(frame, FROM_PLUGIN_BYTES, to_kernel, self.kernel.take)

        def pump(until: Callable[[], bool]) -> None:
            assert until(), "what answers at once was not answered at once"

        self.kernel = Peer(out, nursery.start_soon, END_S)
        self.guest = Peer(back, nursery.start_soon, END_S, pump, WRAPS)

    def port(self, port: object, kind: type[_P]) -> _P:
        """A port of the plugin, as the kernel has it."""
        contract = contract_of(kind)
        told = encode(Frame(Kind.ANSWER, self.guest.facts(port, contract)), FROM_PLUGIN_BYTES)
        [facts] = Frames(FROM_PLUGIN_BYTES).feed(told)
        away: Any = self.kernel.away(self.guest.lend(port, contract), contract, facts.head)
        return cast(_P, away)

    def thing(self, thing: object, kind: type[_P]) -> _P:
        """An object of the kernel, as the plugin has it."""
        end = ENDS.get(kind, kind)
        return cast(_P, self.guest._take_thing(end, self.kernel._give_thing(end, thing, [])))


@asynccontextmanager
async def open_pair() -> AsyncIterator[Pair]:
    async with trio.open_nursery() as nursery:
        yield Pair(nursery)
        nursery.cancel_scope.cancel()
