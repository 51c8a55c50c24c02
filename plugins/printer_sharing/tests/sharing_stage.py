"""A machine with queues and a hub, in memory: what the service and the route of this plugin meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import attrs
import trio

from tympan.plugin import LookAgain, Member, Printer, PrinterId, Queue, TympanError
from tympan.testing import FakeHost, FakeHubLink, FakeMembership, FakeSpooler
from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._service import Sharer
from tympan_wire.hub import (
    KnownShare,
    Operation,
    Share,
    SharesAnswer,
    SharesChange,
    SharesRequest,
    ShareWanted,
    Topic,
    decode,
    encode,
    shares_digest,
)

SETTINGS = {"allow": (), "deny": (), "look_s": 60.0, "gone_s": 5.0}
WAIT_S = 300.0
"""By a clock that jumps."""


def laser(name: str = "laser", serial: int = 1, **more: object) -> Queue:
    """A queue of a device."""
    uri = f"usb://acme/laser?serial={serial}"
    return attrs.evolve(Queue(name=name, uri=uri, identity=uri, info=f"The {name}", revision="1"), **more)  # type: ignore[arg-type]


class SharingHub:
    """The hub's end of shares.

    Attributes:
        shares: What it has.
        rounds: How often it was asked.
        sizes: Bytes of each question.
        changes: What it was told, in order.
    """

    def __init__(self, link: FakeHubLink) -> None:
        self.shares: dict[UUID, Share] = {}
        self.stopped: set[UUID] = set()
        self.wanted: dict[UUID, ShareWanted] = {}
        self.allow: tuple[str, ...] = ()
        self.deny: tuple[str, ...] = ()
        self.rounds = 0
        self.sizes: list[int] = []
        self.changes: list[SharesChange] = []
        self.trouble: TympanError | None = None
        link.answers[Operation.SHARES] = self._asked
        link.answers[Operation.SHARES_CHANGE] = self._told

    @property
    def names(self) -> dict[str, UUID]:
        """Queues it has, with their shares."""
        return {share.queue: share.id for share in self.shares.values()}

    def _asked(self, payload: bytes) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        self.rounds += 1
        self.sizes.append(len(payload))
        return self._answer(decode(SharesRequest, payload).digest)

    def _told(self, payload: bytes) -> bytes:
        change = decode(SharesChange, payload)
        self.changes.append(change)
        self.shares.update({share.id: share for share in change.put})
        for one in change.gone:
            self.shares.pop(one, None)
        return self._answer("")

    def _answer(self, digest: str) -> bytes:
        known = tuple(KnownShare(id=one.id, hash=one.hash) for one in self.shares.values())
        same = shares_digest(known) == digest
        wanted = tuple(self.wanted.values())
        answer = SharesAnswer(same=same, known=() if same else known, wanted=wanted, allow=self.allow, deny=self.deny)
        return encode(answer)

    def stop(self, share: UUID) -> None:
        """Somebody takes a share away in the portal."""
        del self.shares[share]
        self.wanted[share] = ShareWanted(id=share, stopped=True)


@attrs.define(kw_only=True)
class Stage:
    """All of it."""

    host: FakeHost
    spooler: FakeSpooler
    hub: SharingHub
    book: ShareBook

    async def until(self, queues: set[str]) -> None:
        """Waits until the hub has exactly these queues."""
        with trio.fail_after(WAIT_S):
            while set(self.hub.names) != queues:
                await trio.sleep(0.1)

    async def rounds(self, more: int = 1) -> None:
        """Lets the agent ask the hub so often."""
        wanted = self.hub.rounds + more
        with trio.fail_after(WAIT_S * more):
            while self.hub.rounds < wanted:
                self.host.bus.publish(LookAgain(topic=Topic.SHARES))
                await trio.sleep(1.0)

    def install(self, share: UUID) -> Printer:
        """Makes the share a printer here, as the hub would."""
        printer = Printer(
            id=PrinterId("shared"), name="Shared", uri=f"tympan-share:{share}", serves=True, offered=False
        )
        self.host.printers.add(printer)
        return printer


@asynccontextmanager
async def stage(*queues: Queue, host: FakeHost | None = None, **settings: object) -> AsyncIterator[Stage]:
    """The service runs, as a member of a hub."""
    spooler, link = FakeSpooler(), FakeHubLink()
    for queue in queues:
        spooler.change(queue.name, queue)
    member = FakeMembership(
        Member(address="https://hub.example", agent="fake", tenant="fake", policy_keys=(bytes(32),))
    )
    here = host or FakeHost("printer_sharing", settings={**SETTINGS, **settings})
    here.offered = [spooler, link, member]
    made = Stage(host=here, spooler=spooler, hub=SharingHub(link), book=ShareBook())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Sharer(made.book).run, here)
        await here.ready_event.wait()
        yield made
        nursery.cancel_scope.cancel()
