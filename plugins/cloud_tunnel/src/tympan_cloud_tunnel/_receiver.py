"""The service of the receiving end: asks the hub what shall come out here, and keeps the leases of what it was given.

Level-triggered: a lost notice, a restart or a day without the hub change when, and not what. To be told is to have it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

import trio

from tympan.plugin import Backoff, Host, LookAgain, Member, TympanError
from tympan_cloud_tunnel._caretaker import Caretaker
from tympan_cloud_tunnel._crossings import Crossings
from tympan_cloud_tunnel._forgotten import Forgotten
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._helping import Helper
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import LOOK_MOST_S, REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S
from tympan_cloud_tunnel._model import TunnelSettings
from tympan_cloud_tunnel._rules import context_of
from tympan_cloud_tunnel._sender import TOPICS
from tympan_relay import HALF_KEPT_S, Copies, ForeignJobs, KeptCopies, Link, Pace, belong
from tympan_wire.hub import HubMessageError, Operation, Tunnel, TunnelRequest, decode, encode

_FOLDER: Final = "coming"


class Receiver:
    """Service of the receiving end. Owns: the tasks of one run."""

    def __init__(self, gate: TunnelGate) -> None:
        self._gate = gate

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        ledger, foreign = Ledger(host.state), ForeignJobs(host.state)
        await ledger.open()
        await foreign.open(host.jobs)
        self._gate.use(ledger)
        await _Run(host, ledger, foreign).live()


class _Run:
    """One run of it."""

    def __init__(self, host: Host, ledger: Ledger, foreign: ForeignJobs) -> None:
        self._host = host
        self._ledger = ledger
        self._foreign = foreign
        self._settings = TunnelSettings.of(host.settings)
        self._coming = KeptCopies(HALF_KEPT_S)
        self._copies = Copies(host, foreign, context=context_of, coming=self._coming)
        self._crossings: Crossings | None = None
        self._answered = False
        self._due = trio.Event()

    async def live(self) -> None:
        """Until cancelled."""
        caretaker = Caretaker(self._host, self._ledger, self._foreign, self._copies, self._under_way, self._unheard)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hear)
            nursery.start_soon(caretaker.run)
            nursery.start_soon(belong, self._host, self._speak)
            self._host.ready()

    def _under_way(self) -> Collection[UUID]:
        return frozenset() if self._crossings is None else self._crossings.jobs

    def _unheard(self) -> bool:
        """Whether the hub this agent belongs to left its last question without an answer; not so without a hub."""
        return self._crossings is not None and not self._answered

    def _look_again(self) -> None:
        self._due.set()

    async def _hear(self) -> None:
        with self._host.bus.subscribe(LookAgain, size=16) as news:
            async for one in news:
                if isinstance(one, LookAgain) and one.topic in TOPICS:
                    self._look_again()

    async def _speak(self, link: Link, member: Member) -> None:
        """As one member of one hub."""
        await self._open(member)
        helper = Helper(self._host, link.hub, member, self._copies)
        forgotten = Forgotten(link.hub, self._ledger)
        crossings = Crossings(self._host, link.hub, self._ledger, self._foreign, self._copies, self._look_again)
        self._crossings, self._answered = crossings, False
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(crossings.run)
                nursery.start_soon(helper.run)
                await self._look(link, crossings, helper, forgotten)
        finally:
            self._crossings = None

    async def _open(self, member: Member) -> None:
        try:
            await self._coming.open(await self._host.folder() / _FOLDER, member)
        except (TympanError, OSError) as error:
            self._host.log("large jobs of other computers cannot be gone on with here", error=str(error))

    async def _look(self, link: Link, crossings: Crossings, helper: Helper, forgotten: Forgotten) -> None:
        pace, backoff = Pace(), Backoff(RETRY_FIRST_S, RETRY_LAST_S, REFUSED_S)
        while True:
            await pace.turn()
            self._due = trio.Event()
            pause_s = self._settings.poll_s
            try:
                asked = TunnelRequest(held=crossings.held, room=crossings.room)
                told = decode(Tunnel, await link.hub.request(Operation.TUNNEL, encode(asked)))
            except (TympanError, HubMessageError) as error:
                self._answered = False
                pause_s = backoff.after(error)
            else:
                self._answered = True
                backoff.well()
                if await self._take(told, asked.room, crossings, helper):
                    pace.worth_it()
                await forgotten.tell(told.begun)
            with trio.move_on_after(pause_s):
                await self._rest(crossings)

    async def _rest(self, crossings: Crossings) -> None:
        """Until another look is asked for, or leases want to be kept."""
        while not self._due.is_set():
            with trio.move_on_after(LOOK_MOST_S):
                await self._due.wait()
            if crossings.held:
                return

    async def _take(self, told: Tunnel, room: int, crossings: Crossings, helper: Helper) -> bool:
        """What the hub has for this agent; whether any of it is new."""
        crossings.gone(told.gone)
        await crossings.begun(told.begun)
        helper.want(told.wanted)
        return crossings.take(told.orders, room)
