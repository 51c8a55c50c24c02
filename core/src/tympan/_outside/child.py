"""A plugin's own process: started by the agent, ended with it.

Its arguments: the descriptor of the pipe. Standard input is held open by the agent, and its end is this process's.
"""

from __future__ import annotations

import importlib.metadata
import socket
import sys

import trio

from tympan._deprecations import used_by
from tympan._errors import HookFault
from tympan._hooks import collect
from tympan._outside._confine import confine, end_with, lives_on
from tympan._outside._contracts import contract_of, why_not
from tympan._outside._guest import WRAPS
from tympan._outside._line import Line
from tympan._outside._peer import Peer
from tympan._outside._root import Loaded, OfferedPort, Order, Root
from tympan._registry import GROUP

END_S = 3600.0
"""The kernel ends every call when it is cancelled; it is waited for, however busy it is."""


class Guest:
    """``Root`` of this process."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def load(self, order: Order) -> Loaded:
        """Imports the plugin and asks its hooks."""
        await trio.lowlevel.checkpoint()
        sys.path[:] = order.path
        confine(order.memory_bytes)
        module = importlib.metadata.EntryPoint(order.name, order.value, GROUP).load()
        offers = collect(module, order.plugin)
        for offer in offers:
            why = why_not(offer.kind)
            if why:
                cause = f"its hook {offer.hook} offers a {offer.kind.__name__}"
                cause = f"{cause}, which cannot run in a process of its own: {why}"
                raise HookFault(cause, next_step='Its vendor leaves out isolation = "process".')
        ports = tuple(
            OfferedPort(
                hook=offer.hook,
                name=offer.contribution.name,
                capability=offer.contribution.capability,
                ref=self._peer.lend(offer.contribution.port, contract_of(offer.kind)),
                facts=self._peer.facts(offer.contribution.port, contract_of(offer.kind)),
            )
            for offer in offers
        )
        return Loaded(ports=ports, deprecated=used_by(order.value))

    async def alive(self) -> float:
        """Seconds of processor time it has used."""
        await trio.lowlevel.checkpoint()
        return lives_on()


async def _serve(line: Line) -> None:
    async with trio.open_nursery() as nursery:
        peer = Peer(line.send, nursery.start_soon, END_S, line.pump, WRAPS)
        line.take = peer.take
        peer.lend(Guest(peer), contract_of(Root))
        await line.read()


def main(descriptor: int) -> None:
    """Serves the agent until it is gone."""
    end = socket.socket(fileno=descriptor)
    end.set_inheritable(False)
    end_with(0)
    trio.run(_serve, Line(end))


if __name__ == "__main__":
    main(int(sys.argv[1]))
