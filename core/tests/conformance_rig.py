"""Values and makers that suites of ports are tried with."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable

import trio

from tympan._ids import printer_id
from tympan._ports import ScanOrder, Sighting, SignedIn
from tympan._states import JobState
from tympan._values import Job, Printer
from tympan.testing import FakeDelivery, FakeDocument, FakeLocalRequest, FakePolicySource

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

FRONT = Printer(id=printer_id("front"), name="Front", uri="ipp://device.example/ipp/print")

JOB = Job(uuid=uuid.UUID(int=7), number=1, printer=FRONT.id, created_at=NOW, state=JobState.SENDING)

SEEN = Sighting(method="fake", key="device", uri="ipp://device.example/", seen_at=NOW)
SCAN = ScanOrder(id=uuid.UUID(int=1), targets=("127.0.0.1",))

SOUND = FakeDocument(content=b"pages 3", media_type="text/x-fake")

GOOD = FakeLocalRequest(method="POST", path="/fake", content=b"hello")


def made_delivery() -> FakeDelivery:
    return FakeDelivery(job=JOB, printer=FRONT, document=FakeDocument(content=b"page" * 40_000))


ADA = SignedIn(user="ada", person="p1", name="Ada")


def changing(source: FakePolicySource) -> Callable[[], Awaitable[None]]:
    async def change() -> None:
        await trio.lowlevel.checkpoint()
        source.change(b"two")

    return change
