"""The sharing of a machine's queues, by the plugin's own service, with a hub that keeps what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import attrs
import trio
from rig import wait_until
from sharing_stage import SETTINGS, SharingHub

from sharing_rig._machine import Machine
from tympan.plugin import Member
from tympan.testing import FakeHost, FakeHubLink, FakeMembership
from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._service import Sharer
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler

WAIT_S: Final = 60.0
_QUICK: Final = {**SETTINGS, "look_s": 1.0, "gone_s": 1.0}


@attrs.frozen(kw_only=True)
class Sharing:
    """What runs."""

    hub: SharingHub
    host: FakeHost
    book: ShareBook

    async def until(self, look: Callable[[], bool], what: str) -> None:
        """Waits until the hub knows."""

        async def looked() -> bool:
            return look()

        await wait_until(looked, what, timeout_s=WAIT_S, every_s=0.05)

    async def rounds(self, more: int) -> None:
        """Waits until the hub was asked so often."""
        wanted = self.hub.rounds + more
        await self.until(lambda: self.hub.rounds >= wanted, "the hub to be asked")

    def option(self, share: UUID, name: str) -> str:
        """The default of an option, as the hub has it."""
        return next((one.default for one in self.hub.shares[share].options if one.name == name), "")


@asynccontextmanager
async def sharing(here: Machine) -> AsyncIterator[Sharing]:
    """The service runs, as a member of a hub."""
    settings = SpoolSettings(server=str(here.cups.socket), watch_interval_s=0.1, request_timeout_s=2.0)
    link = FakeHubLink()
    member = Member(address="https://hub.example", agent="fake", tenant="fake", policy_keys=(bytes(32),))
    host = FakeHost("printer_sharing", settings=_QUICK, ports=[CupsSpooler(settings), link, FakeMembership(member)])
    made = Sharing(hub=SharingHub(link), host=host, book=ShareBook())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Sharer(made.book).run, host)
        yield made
        nursery.cancel_scope.cancel()
