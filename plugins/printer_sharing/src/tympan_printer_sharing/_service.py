"""The service: keeps what this machine shares in step with the hub.

- Level-triggered both ways: a digest of all that is shared is compared with what the hub has, and differences alone are
  sent. A round in which nothing changed is one small request.
- The hub is asked before anything is registered: its patterns and what people took away there come first.
- While queues cannot be listed nothing is taken away, and the hub is told nothing; people at this machine are. Nor is
  a queue taken away that is there and does not tell what it can do, as after a start of agent and print system at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, cast
from uuid import UUID

import trio

from tympan.plugin import (
    Backoff,
    Host,
    LookAgain,
    Member,
    PortsChanged,
    PrintersChanged,
    QueueEvent,
    SettingsChanged,
    Spooler,
    TympanError,
)
from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._identities import Identities
from tympan_printer_sharing._limits import AWAY_S, GATHER_S, REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S, ROUNDS_MOST
from tympan_printer_sharing._look import Found, QueueLook
from tympan_printer_sharing._model import Patterns, SharingSettings, share_in
from tympan_printer_sharing._rules import share_of, unknown
from tympan_printer_sharing._sight import snapshot_of
from tympan_printer_sharing._told import ToldStandings
from tympan_relay import Link, Pace, belong
from tympan_wire.hub import (
    SHARES_AT_ONCE,
    HubMessageError,
    KnownShare,
    Operation,
    Share,
    SharesAnswer,
    SharesChange,
    SharesRequest,
    Topic,
    decode,
    encode,
    shares_digest,
)

TOPICS: Final = (Topic.SHARES, "")
"""Notices after which the hub is asked again."""


class Sharer:
    """The plugin's service. Owns: the tasks of one run.

    Args:
        book: Shared with the route.
    """

    def __init__(self, book: ShareBook) -> None:
        self._book = book

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        identities, told = Identities(host.state), ToldStandings(host.state)
        await identities.open()
        await told.open()
        self._book.open(host)
        try:
            await _Run(host, self._book, identities, told).live()
        finally:
            self._book.close()


class _Run:
    """One run of it."""

    def __init__(self, host: Host, book: ShareBook, identities: Identities, told: ToldStandings) -> None:
        self._host = host
        self._book = book
        self._told = told
        self._settings = SharingSettings.of(host.settings)
        self._look = QueueLook(identities, host.log, gone_s=self._settings.gone_s)
        self._tenant = Patterns()
        self._found: Found | None = None
        self._due = trio.Event()
        self._looked = trio.Event()
        self._noticed = trio.Event()
        self._turn = trio.Lock()

    async def live(self) -> None:
        """Looks at queues always, and tells the hub while this agent belongs to one."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hear)
            nursery.start_soon(self._watch)
            nursery.start_soon(self._keep_looking)
            nursery.start_soon(belong, self._host, self._speak)
            self._host.ready()

    # ------------------------------------------------------------------ this machine

    async def _hear(self) -> None:
        with self._host.bus.subscribe(LookAgain, PrintersChanged, PortsChanged, SettingsChanged, size=64) as news:
            async for one in news:
                if isinstance(one, SettingsChanged):
                    self._settings = SharingSettings.of(self._host.settings)
                if not isinstance(one, LookAgain) or one.topic in TOPICS:
                    self._due.set()
                if isinstance(one, LookAgain) and one.topic in TOPICS:
                    self._noticed.set()
                    self._noticed = trio.Event()

    async def _watch(self) -> None:
        """Looks again when the system tells of a change; a spooler that comes or goes is watched anew."""
        with self._host.bus.subscribe(PortsChanged, size=1) as changes:
            while True:
                spooler = self._book.spooler()
                async with trio.open_nursery() as nursery:
                    if spooler is not None:
                        nursery.start_soon(self._follow, spooler)
                    while spooler is self._book.spooler():
                        await changes.receive()
                    nursery.cancel_scope.cancel()

    async def _follow(self, spooler: Spooler) -> None:
        async with aclosing(cast("AsyncGenerator[QueueEvent, None]", spooler.watch())) as events:
            async for _ in events:
                self._due.set()

    async def _keep_looking(self) -> None:
        while True:
            self._due = trio.Event()
            await self._list()
            with trio.move_on_at(self._next_look()):
                await self._due.wait()
                await trio.sleep(GATHER_S)

    def _next_look(self) -> float:
        now = trio.current_time()
        if self._book.trouble:
            return now + min(AWAY_S, self._settings.look_s)
        return min(max(self._look.due, now + GATHER_S), now + self._settings.look_s)

    async def _list(self) -> None:
        """Lists the queues; where that fails, what was found before stays."""
        async with self._turn:
            await self._list_once()

    async def _list_once(self) -> None:
        spooler = self._book.spooler()
        if spooler is None:
            self._trouble("no plugin for the print system of this machine is running")
            return
        own = Patterns(allow=self._settings.allow, deny=self._settings.deny)
        try:
            found = await self._look.look(spooler, (own, self._tenant))
        except TympanError as error:
            self._trouble(error.cause)
            return
        if self._book.trouble:
            self._host.note("")
        self._found = found
        self._book.show(found.standings)
        self._show_printers()
        self._looked.set()
        self._looked = trio.Event()

    def _trouble(self, why: str) -> None:
        if why != self._book.trouble:
            self._book.trouble = why
            self._host.note(f"the queues cannot be listed, and stay shared as they were: {why}")
            self._host.log("queues cannot be listed", cause=why)
            self._show_printers()

    def _show_printers(self) -> None:
        """What is known of the queue behind each share that is a printer here."""
        found = self._found or Found(sure=False)
        queues = {one.id: one for one in found.shared}
        for printer in self._host.printers.all():
            share = share_in(printer)
            if share is not None and printer.serves:  # shares of other computers are printers here, too
                seen = self._host.printers.snapshot(printer.id)
                now = snapshot_of(
                    queues.get(share), self._book.trouble, self._host.now(), seen, silent=share in found.silent
                )
                self._host.printers.observe(printer.id, now)

    # ------------------------------------------------------------------ the hub

    async def _speak(self, link: Link, member: Member) -> None:
        """As one member of one hub."""
        del member
        pace, backoff = Pace(), Backoff(RETRY_FIRST_S, RETRY_LAST_S, REFUSED_S)
        while True:
            await pace.turn()
            looked, noticed = self._looked, self._noticed
            try:
                if self._found is not None:
                    await self._round(link)
            except (TympanError, HubMessageError) as error:
                self._host.log("the hub could not be told of shared queues yet", error=str(error))
                with trio.move_on_after(backoff.after(error)):
                    await noticed.wait()
            else:
                backoff.well()
                await looked.wait()

    async def _round(self, link: Link) -> None:
        """Compares with the hub and tells what differs; asks again where the answer changes what is to be shared."""
        for _ in range(ROUNDS_MOST):
            shares = self._shares()
            asked = SharesRequest(digest=shares_digest(KnownShare(id=one.id, hash=one.hash) for one in shares.values()))
            answer = decode(SharesAnswer, await link.hub.request(Operation.SHARES, encode(asked)))
            self._book.want(answer.wanted)
            patterns = Patterns(allow=answer.allow, deny=answer.deny)
            if patterns != self._tenant:
                self._tenant = patterns
                await self._list()
            if self._shares() == shares:
                break
        await self._tell(link, self._shares(), answer)

    def _shares(self) -> dict[UUID, Share]:
        """What is to be at the hub."""
        found = self._found.shared if self._found else ()
        return {one.id: share_of(one) for one in found if not self._book.stopped(one.id)}

    async def _tell(self, link: Link, shares: dict[UUID, Share], answer: SharesAnswer) -> None:
        known = {one.id: one.hash for one in answer.known}
        put = [] if answer.same else [share for share in shares.values() if known.get(share.id) != share.hash]
        news = [share for share in shares.values() if self._told.differs(share) and share not in put]
        found = self._found or Found(sure=False)
        missed = (one for one in unknown(known, shares) if one not in found.silent and not self._book.stopped(one))
        gone = () if answer.same or not found.sure else tuple(missed)
        put += news
        for at in range(0, max(len(put), 1 if gone else 0), SHARES_AT_ONCE):
            some = tuple(put[at : at + SHARES_AT_ONCE])
            change = SharesChange(put=some, gone=gone if at == 0 else ())
            said = decode(SharesAnswer, await link.hub.request(Operation.SHARES_CHANGE, encode(change)))
            self._book.want(said.wanted)
            await self._told.told(some)
        if put or gone:
            self._host.used()
