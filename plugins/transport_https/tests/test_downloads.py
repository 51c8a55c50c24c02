"""Downloads: in ranges, gone on with after a break, and never taken for whole when they are not."""

from __future__ import annotations

import attrs
import pytest
from https_hub import FakeHub, Fault, away, garbage
from https_rig import parts

from tympan_net.http_server import Request, Response
from tympan_transport_https import _downloads
from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._errors import BodyMismatch, HubRefused
from tympan_transport_https._link import HttpsLink

pytestmark = pytest.mark.anyio
BODY = bytes(range(256)) * 20
PATH = "blobs/mirrored"


async def fetched(link: HttpsLink, size: int = len(BODY), reference: str = "mirrored") -> bytes:
    downloads = HttpsDownloads(link, range_bytes=1000)
    return b"".join([piece async for piece in downloads.download(reference, size_bytes=size)])


@pytest.fixture(autouse=True)
def kept(hub: FakeHub) -> None:
    hub.blobs["mirrored"] = BODY


async def test_it_comes_in_ranges(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY
    assert hub.asked.count(PATH) == 6, "5,120 bytes in ranges of 1,000"


@pytest.mark.parametrize("fault", [away, garbage])
async def test_a_break_costs_one_range(hub: FakeHub, address: str, fault: Fault) -> None:
    asked = 0

    def once(request: Request) -> Response | None:
        nonlocal asked
        asked += 1
        return fault(request) if asked == 3 else None

    hub.faults[PATH] = once
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY
    assert asked == 7


@pytest.mark.parametrize("told", ["bytes 1-1000/5120", "bytes 0-998/5120", "bytes */5120", "", "bytes 0-999/*"])
async def test_another_range_than_was_asked_for_is_asked_again(hub: FakeHub, address: str, told: str) -> None:
    answers = iter([Response(status=206, headers=(("content-range", told),), body=BODY[:1000])])
    hub.faults[PATH] = lambda _: next(answers, None)
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY


async def test_another_size_is_told(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        with pytest.raises(BodyMismatch, match="5120 bytes and not the 4000"):
            await fetched(made.link, 4000)


@pytest.mark.parametrize("reference", ["", "..", "a/b", "a?b", "a" * 101, "ü"])
async def test_what_names_no_upload_is_not_asked_for(hub: FakeHub, address: str, reference: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        with pytest.raises(HubRefused):
            await fetched(made.link, reference=reference)
    assert not any(operation.startswith("blobs") for operation in hub.asked)


async def test_an_access_token_that_ended_is_renewed(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        await fetched(made.link)
        hub.access.clear()
        assert await fetched(made.link) == BODY


async def test_only_a_part_is_taken_for_a_part(hub: FakeHub, address: str) -> None:
    answers = iter([Response(status=200, body=BODY)])

    def whole(request: Request) -> Response | None:
        answer = next(answers, None)
        return None if answer is None else attrs.evolve(answer, headers=(("content-range", "bytes 0-999/5120"),))

    hub.faults[PATH] = whole
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY


async def test_a_line_too_slow_for_a_whole_range_brings_it_in_smaller_steps(
    hub: FakeHub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for more at once than comes within the time for an answer would ask for it for ever."""
    monkeypatch.setattr(_downloads, "RANGE_BYTES_LEAST", 100)
    asked: list[int] = []

    def slow(request: Request) -> Response | None:
        first, last = map(int, (request.header("range") or "").removeprefix("bytes=").split("-"))
        asked.append(last - first + 1)
        return away(request) if asked[-1] > 300 else None

    hub.faults[PATH] = slow
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await fetched(made.link) == BODY
    assert {count for count in asked if count <= 300} <= {250, 120, 60}
