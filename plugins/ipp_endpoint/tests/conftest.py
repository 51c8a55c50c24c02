"""What the endpoint is tested with: a fake host, requests by hand, a real server."""

import contextlib
import datetime as dt
import functools
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from tympan.plugin import (
    DeviceSnapshot,
    Job,
    JobChanged,
    JobState,
    JobStep,
    LocalResponse,
    Printer,
    PrinterId,
    printer_id,
)
from tympan.testing import FakeHost, FakeRoute
from tympan_ipp_endpoint._app import IppEndpoint
from tympan_net.http_server import Request, Response, serve
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, attr, decode, encode

HERE = Path(__file__).parent
PRINTER = printer_id("front-desk")
AUTHORITY = "localhost:39149"
URI = f"ipp://{AUTHORITY}/ipp/print/{PRINTER}"
Piece = bytes | Exception | trio.Event


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@attrs.define
class ByHand:
    """A ``LocalRequest`` whose body comes in given pieces; an exception among them is raised, an event waited for."""

    pieces: Iterable[Piece] = ()
    method: str = "POST"
    path: str = f"/ipp/print/{PRINTER}"
    query: str = ""
    headers: dict[str, str] = attrs.field(factory=lambda: {"content-type": "application/ipp", "host": AUTHORITY})

    first: bool = True

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    async def uid(self) -> int | None:
        await trio.lowlevel.checkpoint()
        return None

    async def stream(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await trio.lowlevel.checkpoint()
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, trio.Event):
                await piece.wait()
            else:
                yield piece

    async def body(self, limit_bytes: int) -> bytes:
        return b"".join([piece async for piece in self.stream()])


@attrs.define
class Counter:
    """The endpoint and the host behind it; ``ask`` is a client."""

    host: FakeHost
    endpoint: IppEndpoint
    first: bool = True
    """Whether each request comes on a connection of its own."""

    async def post(self, *pieces: Piece) -> LocalResponse:
        return await self.endpoint.handle(ByHand(pieces, first=self.first))

    async def get(self, path: str) -> LocalResponse:
        return await self.endpoint.handle(ByHand(method="GET", path=path, headers={"host": AUTHORITY}))

    async def send(self, *pieces: Piece) -> Message:
        response = await self.post(*pieces)
        assert response.status == 200, response
        assert isinstance(response.body, bytes)
        message, end = decode(response.body)
        assert end == len(response.body)
        return message

    async def ask(
        self,
        operation: int,
        *given: Attribute,
        ticket: tuple[Attribute, ...] = (),
        document: Iterable[Piece] = (),
        uri: str = URI,
        job: int | None = None,
        user: str = "ada",
    ) -> Message:
        opening = [attr.uri("printer-uri", uri), *([attr.integer("job-id", job)] if job else [])]
        operation_group = Group(GroupTag.OPERATION, (*opening, attr.name_("requesting-user-name", user), *given))
        groups = (operation_group, Group(GroupTag.JOB, ticket)) if ticket else (operation_group,)
        return await self.send(encode(Message.request(operation, 7, *groups)), *document)

    def only_job(self) -> Job:
        (job,) = self.host.jobs.all()
        return job

    def see(self, attributes: bytes = b"", **fields: Any) -> DeviceSnapshot:
        """Lets the device be seen."""
        now = self.host.now()
        known: dict[str, Any] = {
            "reachable": True,
            "observed_at": now,
            "answered_at": now,
            "attributes": attributes,
            **fields,
        }
        snapshot = DeviceSnapshot(**known)
        self.host.printers.observe(PRINTER, snapshot)
        return snapshot

    def advance(self, job: Job, *steps: JobStep, **changes: Any) -> Job:
        """Moves a job on, as the kernel would."""
        found = self.host.jobs.find(job.uuid)
        assert found is not None
        found = attrs.evolve(found, **changes)
        self.host.jobs.replace(found)
        for step in steps:
            found = self.host.jobs.step(found, step)
        return found


def make_host(**settings: object) -> FakeHost:
    known = {"status_age_s": 2.0, "document_wait_s": 60, **settings}
    printers = [Printer(id=PrinterId(PRINTER), name="Front Desk", uri="ipp://10.0.0.9/ipp/print", location="Lobby")]
    return FakeHost("ipp_endpoint", settings=known, printers=printers, ports=[FakeRoute()])


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    host, endpoint = make_host(), IppEndpoint()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(endpoint.run, host)
        with trio.fail_after(5):
            await host.ready_event.wait()
        yield Counter(host, endpoint)
        nursery.cancel_scope.cancel()


@pytest.fixture
def device() -> Group:
    """What Debian's ippeveprinter 2.4.2 says of itself."""
    return decode(device_bytes())[0].first(GroupTag.PRINTER)


def device_bytes() -> bytes:
    return (HERE / "devices" / "ippeveprinter-get-printer-attributes.bin").read_bytes()


@pytest.fixture
def seen_bytes() -> bytes:
    return device_bytes()


async def print_everything(host: FakeHost) -> None:
    """A device that prints whatever is queued."""
    with host.bus.subscribe(JobChanged, size=4096) as changes:
        async with trio.open_nursery() as nursery:
            async for event in changes:
                assert isinstance(event, JobChanged)
                if event.state is JobState.QUEUED:
                    nursery.start_soon(_print_one, host, event)


async def _print_one(host: FakeHost, event: JobChanged) -> None:
    for step, state in ((JobStep.CLAIM, JobState.QUEUED), (JobStep.SENT, JobState.SENDING)):
        job = host.jobs.find(event.job)
        if job is None or job.state is not state:
            return
        host.jobs.step(job, step)
        await trio.sleep(0.02)
    job = host.jobs.find(event.job)
    if job is not None and job.state is JobState.PRINTING:
        host.jobs.step(attrs.evolve(job, impressions_completed=1), JobStep.COMPLETE)


@contextlib.asynccontextmanager
async def served(host: FakeHost) -> AsyncIterator[str]:
    """The endpoint behind a real server on a free port, with a device that prints; gives the printer's URI."""
    endpoint = IppEndpoint()

    async def handle(request: Request) -> Response:
        answer = await endpoint.handle(request)
        return Response(status=answer.status, headers=answer.headers, body=answer.body)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(endpoint.run, host)
        nursery.start_soon(print_everything, host)
        bound = await nursery.start(functools.partial(serve, handle))
        yield f"ipp://localhost:{bound.port}/ipp/print/{PRINTER}"
        nursery.cancel_scope.cancel()


Serving = Callable[[FakeHost], contextlib.AbstractAsyncContextManager[str]]


@pytest.fixture
def serving() -> Serving:
    return served


@pytest.fixture
def new_host() -> Callable[..., FakeHost]:
    return make_host


def years(count: int) -> dt.timedelta:
    return dt.timedelta(days=365 * count)
