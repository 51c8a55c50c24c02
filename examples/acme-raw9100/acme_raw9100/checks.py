"""What the checks of the route need: a job, and a device that takes it."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator

import pytest
import trio

from tympan.plugin import Job, JobState, Printer, PrinterId
from tympan.testing import FakeDelivery, FakeDocument

CONTENT = b"%!PS\nshowpage\n" * 5000


async def _take(stream: trio.SocketStream) -> None:
    async with stream:
        while await stream.receive_some(65536):
            pass


@pytest.fixture
async def delivery() -> AsyncIterator[FakeDelivery]:
    """Of a job to a device that takes every byte."""
    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, _take, [listener])
        port = listener.socket.getsockname()[1]
        printer = Printer(id=PrinterId("lab"), name="Lab", uri=f"socket://127.0.0.1:{port}")
        job = Job(
            uuid=uuid.uuid4(), number=1, printer=printer.id, name="Letter", user="ada", state=JobState.SENDING,
            media_type="application/postscript", created_at=dt.datetime.now(dt.UTC), size_bytes=len(CONTENT),
        )  # fmt: skip
        yield FakeDelivery(job=job, printer=printer, document=FakeDocument(content=CONTENT))
        nursery.cancel_scope.cancel()
