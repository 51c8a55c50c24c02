"""The service: asks the hub what shall come out here, carries it out, and tells what became of it.

Level-triggered: a lost notice, a restart or a week without the hub change when, and not what. To ask is to take.
"""

from __future__ import annotations

import trio

from tympan.plugin import Backoff, Host, LookAgain, PortsChanged, TympanError
from tympan_pull_release._answers import AnswerBook
from tympan_pull_release._clock import GrantClock
from tympan_pull_release._copies import context_of
from tympan_pull_release._expiry import end_overdue
from tympan_pull_release._gate import PullGate
from tympan_pull_release._keeper import Keeper
from tympan_pull_release._limits import CLOCK_KEPT_S, REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S, WORDS_AT_ONCE
from tympan_pull_release._offer import Offer
from tympan_pull_release._orders import Orders
from tympan_pull_release._permits import Permits
from tympan_pull_release._releaser import Desk
from tympan_pull_release._resumed import resume
from tympan_pull_release._terms import PullSettings, is_pull, of_hub, rules_of
from tympan_relay import HALF_KEPT_S, Copies, ForeignJobs, KeptCopies, Link, Pace, same_member
from tympan_wire.hub import (
    HubMessageError,
    Operation,
    Releases,
    ReleasesRequest,
    ReleaseWords,
    decode,
    encode,
)

TOPICS = ("releases", "")


class ReleaseService:
    """Releases. Owns: the tasks of the orders, and two that speak with the hub while this agent belongs to one."""

    def __init__(self, gate: PullGate, permits: Permits, desk: Desk) -> None:
        self._gate = gate
        self._permits = permits
        self._desk = desk
        self._due = trio.Event()

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        settings = PullSettings.of(host.settings)
        answers, foreign = AnswerBook(host.state), ForeignJobs(host.state)
        await answers.open()
        await foreign.open(host.jobs)
        self._gate.use(host.jobs, settings, foreign)
        clock = GrantClock(host.now, host.state)
        await clock.open()
        kept, coming = KeptCopies(), KeptCopies(HALF_KEPT_S)
        copies = Copies(host, foreign, context=context_of, coming=coming, kept=kept)
        orders = Orders(host, answers, self._permits, self._gate, copies)
        keeper = Keeper(host, kept, coming, copies, self._look_again)
        await resume(host, self._permits)
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(orders.run)
                self._desk.open(host, orders, clock, self._look_again)
                nursery.start_soon(Offer(host).run)
                nursery.start_soon(end_overdue, host, self._gate)
                nursery.start_soon(self._hear, host)
                nursery.start_soon(_keep_time, host, clock)
                nursery.start_soon(self._speak, host, orders, answers, keeper, clock, settings)
                host.ready()
        finally:
            self._desk.close()

    def _look_again(self) -> None:
        self._due.set()

    async def _hear(self, host: Host) -> None:
        with host.bus.subscribe(LookAgain, size=16) as news:
            async for one in news:
                if isinstance(one, LookAgain) and one.topic in TOPICS:
                    self._due.set()

    async def _speak(
        self,
        host: Host,
        orders: Orders,
        answers: AnswerBook,
        keeper: Keeper,
        clock: GrantClock,
        settings: PullSettings,
    ) -> None:
        with host.bus.subscribe(PortsChanged, size=1) as changes:
            while True:
                link = Link.of(host)
                async with trio.open_nursery() as nursery:
                    if link is not None:
                        nursery.start_soon(self._belong, host, link, orders, answers, keeper, clock, settings)
                    while link is None or link.same(Link.of(host)):
                        await changes.receive()
                        if link is None:
                            break
                    nursery.cancel_scope.cancel()

    async def _belong(
        self,
        host: Host,
        link: Link,
        orders: Orders,
        answers: AnswerBook,
        keeper: Keeper,
        clock: GrantClock,
        settings: PullSettings,
    ) -> None:
        while True:
            member = link.member
            async with trio.open_nursery() as nursery:
                if member is not None:
                    await keeper.open(member)
                    nursery.start_soon(keeper.run)
                    nursery.start_soon(self._fetch, host, link, orders, keeper, clock, settings)
                    nursery.start_soon(_tell, host, link, orders, answers)
                while same_member(member, link.member):
                    await link.membership.wait_changed()
                nursery.cancel_scope.cancel()
            await keeper.close()  # what was kept for the one it was, is nobody's now

    async def _fetch(
        self, host: Host, link: Link, orders: Orders, keeper: Keeper, clock: GrantClock, settings: PullSettings
    ) -> None:
        pace, backoff = Pace(), _backoff()
        while True:
            await pace.turn()
            self._due = trio.Event()
            pause_s = settings.poll_s
            try:
                asked = ReleasesRequest(kept=await keeper.kept(), granted=await self._desk.granted())
                answer = await link.hub.request(Operation.RELEASES, encode(asked))
                wanted = decode(Releases, answer)
            except (TympanError, HubMessageError) as error:
                pause_s = backoff.after(error)
            else:
                backoff.well()
                if wanted.at is not None:
                    clock.heard(wanted.at)
                new = [order for order in wanted.orders if orders.take(order)]
                if new:
                    pace.worth_it()
                await orders.end(wanted.ended)
                await keeper.drop(wanted.drop)
                keeper.want(wanted.keep)
            await self._wait(host, orders, keeper, pause_s)

    async def _wait(self, host: Host, orders: Orders, keeper: Keeper, pause_s: float) -> None:
        """Until a notice, or so long; where nothing is held and nothing can come out, until a notice alone."""
        while True:
            with trio.move_on_after(pause_s):
                await self._due.wait()
                return
            busy = not orders.idle or bool(await keeper.kept())
            if busy or any(is_pull(one) or one.releases for one in host.printers.all()):
                return


async def _keep_time(host: Host, clock: GrantClock) -> None:
    """While grants are honoured here, a restart must not make an old one good."""
    while True:
        if any(rules_of(one, PullSettings()).offline for one in host.printers.all() if of_hub(one)):
            try:
                await clock.keep()
            except TympanError as error:
                host.log("the time could not be written down", error=error.sentence)
        else:
            clock.now()
        await trio.sleep(CLOCK_KEPT_S)


def _backoff() -> Backoff:
    return Backoff(RETRY_FIRST_S, RETRY_LAST_S, REFUSED_S)


async def _tell(host: Host, link: Link, orders: Orders, answers: AnswerBook) -> None:
    backoff = _backoff()
    while True:
        words = answers.untold(WORDS_AT_ONCE)
        if not words:
            await orders.wait_answered()
            continue
        try:
            await link.hub.request(Operation.RELEASE_WORDS, encode(ReleaseWords(words=words)))
        except TympanError as error:
            host.log("answers to releases could not be told yet", error=error.sentence)
            with trio.move_on_after(backoff.after(error)):
                await orders.wait_answered()
        else:
            backoff.well()
            answers.told(*words)
