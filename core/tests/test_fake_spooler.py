"""The fake spooler passes the suite of the port, and minds foreign queues."""

import pytest

from tympan.plugin import Queue, QueueRequest, Spooler, TympanError
from tympan.testing import FakeSpooler, SpoolerSuite, SpoolJobsSuite


@pytest.mark.anyio
class TestFakeSpooler(SpoolerSuite):
    @pytest.fixture
    def spooler(self) -> Spooler:
        return FakeSpooler()

    @pytest.fixture
    def endpoint(self) -> str:
        return "ipp://localhost:39149/ipp/print/front"


@pytest.mark.anyio
class TestJobsOfTheFakeSpooler(SpoolJobsSuite):
    @pytest.fixture
    def spooler(self) -> Spooler:
        return made_spooler()

    @pytest.fixture
    def queue(self) -> str:
        return "front"


def made_spooler() -> FakeSpooler:
    spooler = FakeSpooler()
    spooler.change("front", Queue(name="front", uri="usb://acme/laser", identity="usb:acme/laser"))
    return spooler


@pytest.mark.anyio
async def test_a_foreign_queue_is_neither_replaced_nor_removed() -> None:
    spooler = FakeSpooler()
    theirs = spooler.queues["front"] = Queue(name="front", uri="socket://192.0.2.1")
    with pytest.raises(TympanError, match="not ours"):
        await spooler.install(QueueRequest(name="front", uri="ipp://localhost:39149/ipp/print/front"))
    with pytest.raises(TympanError, match="not ours"):
        await spooler.remove("front")
    assert await spooler.list_queues() == (theirs,)
