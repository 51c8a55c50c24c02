"""The service: belongs to a hub or to nobody, and in the former case fetches, obeys, watches and tells.

Everything here is level-triggered: a lost notice, a restart or a week without the hub change when, and not what.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from tympan.plugin import Backoff, Host, LookAgain, Member, NoticeSource, OutboxFilled, PortsChanged, TympanError
from tympan_hub_sync._findings import Findings
from tympan_hub_sync._limits import REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S
from tympan_hub_sync._model import Link, SyncSettings
from tympan_hub_sync._observer import Observer
from tympan_hub_sync._orders import Orders
from tympan_hub_sync._pace import Pace
from tympan_hub_sync._queues import QueueKeeper
from tympan_hub_sync._scans import ScanKeeper
from tympan_hub_sync._sightings import SightingTeller
from tympan_hub_sync._teller import Teller
from tympan_hub_sync._wants import Wants
from tympan_wire.hub import Desired, DesiredRequest, HubMessageError, Operation, Topic, decode, encode

_TOPICS = frozenset(Topic)


class SyncService:
    """Fetches and reports. Owns: a task for each of both, while this agent belongs to a hub."""

    def __init__(self, wants: Wants, first_s: float = RETRY_FIRST_S, last_s: float = RETRY_LAST_S) -> None:
        self._wants = wants
        self._waits = (first_s, last_s)
        self._due = trio.Event()

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        settings = SyncSettings.of(host.settings)
        host.ready()
        with host.bus.subscribe(PortsChanged, size=1) as changes:
            while True:
                link = Link.of(host)
                if link is None:
                    host.note("no plugin that leads to a hub runs")
                    await changes.receive()
                    continue
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._through, host, link, settings)
                    while link.same(Link.of(host)):
                        await changes.receive()
                    nursery.cancel_scope.cancel()

    async def _through(self, host: Host, link: Link, settings: SyncSettings) -> None:
        while True:
            member = link.membership.member
            if member is None:
                await self._belong_to_nobody(host, link, settings)
            else:
                await self._belong(host, link, member, settings)

    async def _belong_to_nobody(self, host: Host, link: Link, settings: SyncSettings) -> None:
        host.note("not enrolled: printers and policy are those of this machine")
        self._wants.left()
        await host.outbox.watch_jobs(on=False)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(QueueKeeper(host, self._wants, settings, None).run)
            scans = ScanKeeper(host, None)
            scans.take(())
            nursery.start_soon(scans.run)
            while link.membership.member is None:
                await link.membership.wait_changed()
            nursery.cancel_scope.cancel()

    async def _belong(self, host: Host, link: Link, member: Member, settings: SyncSettings) -> None:
        self._wants.joined(member)
        await host.outbox.watch_jobs(on=True)
        teller = Teller(host, link, member, settings, Backoff(*self._waits, REFUSED_S))
        findings = Findings(host, teller.wake)
        keeper = QueueKeeper(host, self._wants, settings, findings)
        orders = Orders(host, findings, self._wants.people, keeper)
        observer = Observer(host, self._wants, settings, findings, teller.hurry)
        scans = ScanKeeper(host, findings)
        sightings = SightingTeller(host, member.agent, findings)

        def heard(desired: Desired) -> None:
            self._wants.take(member, desired)
            orders.take(desired.commands, desired.at)
            keeper.look_again()
            scans.take(desired.scans)
            sightings.take(desired.again)

        def answered() -> None:
            host.note("")
            teller.hub_answers()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(teller.run)
            nursery.start_soon(_tell_of_others, host, teller)
            nursery.start_soon(orders.run)
            nursery.start_soon(observer.run)
            nursery.start_soon(keeper.run)
            nursery.start_soon(scans.run)
            nursery.start_soon(sightings.run)
            nursery.start_soon(self._listen, host, link)
            nursery.start_soon(self._fetch, host, link, heard, answered, settings)
            while link.belongs(member):
                await link.membership.wait_changed()
            nursery.cancel_scope.cancel()

    async def _listen(self, host: Host, link: Link) -> None:
        async with trio.open_nursery() as nursery:
            for source in link.notices:
                nursery.start_soon(self._hear, host, source)

    async def _hear(self, host: Host, source: NoticeSource) -> None:
        wait = Backoff(*self._waits, REFUSED_S)
        while True:
            async for notice in source.notices():
                wait.well()
                self._look_again(host, notice.topic)
            await trio.sleep(wait.after(TimeoutError()))
            self._look_again(host, "")  # nobody heard what was said meanwhile

    def _look_again(self, host: Host, topic: str) -> None:
        """The hub has news: whoever deals with the topic looks; one that is unknown means everything."""
        known = topic if topic in _TOPICS else ""
        host.bus.publish(LookAgain(topic=known))
        if known in ("", Topic.DESIRED):
            self._due.set()

    async def _fetch(
        self,
        host: Host,
        link: Link,
        heard: Callable[[Desired], None],
        answered: Callable[[], None],
        settings: SyncSettings,
    ) -> None:
        known, wait, pace = "", Backoff(*self._waits, REFUSED_S), Pace()
        while True:
            await pace.turn()
            self._due = trio.Event()
            try:
                answer = await link.hub.request(Operation.DESIRED, encode(DesiredRequest(known=known, dated=True)))
                desired = decode(Desired, answer)
            except (TympanError, HubMessageError) as error:
                host.note(_why(error))
                pause_s = wait.after(error)
            else:
                answered()
                wait.well()
                pause_s = settings.poll_s
                if desired.unchanged:
                    self._wants.people.confirm()
                else:
                    known = desired.edition
                    heard(desired)
            with trio.move_on_after(pause_s):
                await self._due.wait()


async def _tell_of_others(host: Host, teller: Teller) -> None:
    """What another plugin left in the outbox goes out at once, and not with the next round."""
    with host.bus.subscribe(OutboxFilled, size=1) as filled:
        async for _ in filled:
            teller.wake()


def _why(error: TympanError | HubMessageError) -> str:
    return error.sentence if isinstance(error, TympanError) else f"the hub's answer cannot be understood: {error}"[:500]
