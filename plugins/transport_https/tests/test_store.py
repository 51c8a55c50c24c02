"""Ranges from the hub's store: without a token of the hub, only where it is proved, and left when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from https_hub import FakeHub
from https_rig import parts

from tympan_net.http_server import Bound, Request, Response, serve
from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._errors import HubGarbled
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._store import _checked
from tympan_wire.hub import STORE_HEADER

pytestmark = pytest.mark.anyio
BODY = bytes(range(256)) * 20
PATH = "blobs/mirrored"
AHEAD = 7
"""Where the document begins in what the store keeps."""


class Bucket:
    """A store that keeps the document behind something else."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.status = 206

    async def handle(self, request: Request) -> Response:
        self.asked.append(request)
        first, last = map(int, (request.header("range") or "").removeprefix("bytes=").split("-"))
        return Response(status=self.status, body=(b"x" * AHEAD + BODY)[first : last + 1])


@asynccontextmanager
async def served(bucket: Bucket) -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        bound: Bound = await nursery.start(_serve, bucket)
        yield f"http://127.0.0.1:{bound.port}/print-blobs/one?signature=abc"
        nursery.cancel_scope.cancel()


async def _serve(bucket: Bucket, *, task_status: trio.TaskStatus[Bound] = trio.TASK_STATUS_IGNORED) -> None:
    await serve(bucket.handle, port=0, task_status=task_status)


def points_to(hub: FakeHub, address: str, *, ahead: int = AHEAD) -> list[str]:
    """Lets the hub name the store to whoever can fetch there; gives what each request said of that."""
    said: list[str] = []

    def fault(request: Request) -> Response | None:
        said.append(request.header(STORE_HEADER.lower()) or "")
        if not said[-1]:
            return None
        first, last = map(int, (request.header("range") or "").removeprefix("bytes=").split("-"))
        headers = (
            ("location", address),
            (STORE_HEADER, f"bytes={first + ahead}-{last + ahead}"),
            ("content-range", f"bytes {first}-{last}/{len(BODY)}"),
        )
        return Response(status=307, headers=headers)

    hub.faults[PATH] = fault
    return said


async def fetched(link: HttpsLink) -> bytes:
    downloads = HttpsDownloads(link, range_bytes=1024)
    return b"".join([piece async for piece in downloads.download("mirrored", size_bytes=len(BODY))])


async def test_a_range_is_fetched_from_the_store_without_a_token(hub: FakeHub, address: str) -> None:
    bucket = Bucket()
    async with served(bucket) as store, parts() as made:
        points_to(hub, store)
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY
    assert len(bucket.asked) == 5
    assert not any(request.header("authorization") for request in bucket.asked)


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_a_store_that_fails_is_left_and_the_hub_gives_the_bytes(hub: FakeHub, address: str, status: int) -> None:
    bucket = Bucket()
    bucket.status = status
    hub.blobs["mirrored"] = BODY
    async with served(bucket) as store, parts() as made:
        said = points_to(hub, store)
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY
        told = len(said)
        assert await fetched(made.link) == BODY
    assert not any(said[told:]), "for a while"


async def test_a_store_that_gives_fewer_bytes_is_left(hub: FakeHub, address: str) -> None:
    hub.blobs["mirrored"] = BODY
    async with served(Bucket()) as store, parts() as made:
        points_to(hub, store, ahead=len(BODY))
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY


@pytest.mark.parametrize("store", ["https://a..b/one", f"https://{'a' * 64}.example/"])
async def test_a_store_at_an_address_that_is_none_is_left(hub: FakeHub, address: str, store: str) -> None:
    hub.blobs["mirrored"] = BODY
    async with parts() as made:
        points_to(hub, store)
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY


@pytest.mark.parametrize(
    "address", ["http://store.example/one", "ftp://store.example", "https:///one", "", "https://[x"]
)
def test_a_store_that_cannot_prove_itself_is_not_asked(address: str) -> None:
    with pytest.raises(HubGarbled):
        _checked(address, "https://hub.example")


def test_a_store_that_can_is(anyio_backend: str) -> None:
    assert _checked("https://store.example/one", "https://hub.example") == "https://store.example/one"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9:631", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "[fe80::1%25eth0]",
     "localhost", "a.localhost.", "somebody@store.example"],
)  # fmt: skip
def test_a_hub_elsewhere_sends_nobody_to_what_answers_near_it(host: str) -> None:
    with pytest.raises(HubGarbled):
        _checked(f"https://{host}/one", "https://hub.example")


def test_a_hub_on_this_machine_may_have_its_store_beside_it() -> None:
    assert _checked("http://127.0.0.1:9000/one", "http://localhost:8400")
