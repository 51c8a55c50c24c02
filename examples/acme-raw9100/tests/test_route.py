"""The way over a raw socket, beside devices that fail."""

import datetime as dt
import uuid

import attrs
import pytest
import trio
from acme_raw9100.route import SENDING, SENT, RawRoute

from tympan.plugin import Completed, Deferred, Job, JobState, LostTrack, NotMine, Printer, PrinterId
from tympan.testing import FakeDelivery, FakeDocument

CONTENT = b"%!PS\n" * 1_000_000


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def delivery(port: int) -> FakeDelivery:
    printer = Printer(id=PrinterId("lab"), name="Lab", uri=f"socket://127.0.0.1:{port}")
    job = Job(
        uuid=uuid.uuid4(), number=1, printer=printer.id, name="Letter", user="ada", state=JobState.SENDING,
        media_type="application/postscript", created_at=dt.datetime.now(dt.UTC), size_bytes=len(CONTENT),
    )  # fmt: skip
    return FakeDelivery(job=job, printer=printer, document=FakeDocument(content=CONTENT))


@pytest.mark.anyio
async def test_a_device_that_does_not_answer_has_nothing_of_the_job() -> None:
    given = delivery(1)
    assert isinstance(await RawRoute().deliver(given), Deferred)
    assert given.evidence == b""


@pytest.mark.anyio
async def test_a_connection_that_breaks_off_leaves_the_end_unknown() -> None:
    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.receive_some(1000)
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, hang_up, [listener])
        given = delivery(listener.socket.getsockname()[1])
        assert isinstance(await RawRoute().deliver(given), LostTrack)
        nursery.cancel_scope.cancel()
    assert given.evidence == SENDING


@pytest.mark.anyio
@pytest.mark.parametrize(("evidence", "kind"), [(SENT, Completed), (SENDING, LostTrack), (b"nonsense", LostTrack)])
async def test_after_a_crash_nothing_is_sent_again(evidence: bytes, kind: type[object]) -> None:
    given = attrs.evolve(delivery(1), evidence=evidence)
    assert isinstance(await RawRoute().recover(given), kind)


@pytest.mark.anyio
async def test_printers_with_another_address_are_left_to_others() -> None:
    given = delivery(1)
    other = attrs.evolve(given.printer, uri="ipp://printer.example/ipp/print")
    assert isinstance(await RawRoute().claim(given.job, other), NotMine)
