"""Uploads to a hub in memory, in virtual time: some parts at once, one after a break, never faster than a cap."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping

import attrs
import pytest
import trio
import trio.testing

from tympan_transport_https._calls import Payload
from tympan_transport_https._errors import BodyMismatch, HubAway, HubBusy, HubGarbled
from tympan_transport_https._uploads import HttpsUploads
from tympan_transport_https._window import Window
from tympan_wire.hub import (
    PART_BYTES,
    PART_BYTES_LEAST,
    UPLOAD_PARTS,
    Done,
    Operation,
    PartHeld,
    UploadAbandon,
    UploadRequest,
    UploadStanding,
    decode,
    encode,
)

PART = PART_BYTES_LEAST
TRANSFER_S = 10.0


@attrs.define(eq=False)
class Hub:
    """The link to a hub in memory, to which a part travels for a while.

    Attributes:
        break_at: Parts, by how many came before, whose link breaks; True when they arrive all the same.
        busy: How many parts are turned away first.
        beside: How many were under way when each was sent, itself too.
    """

    break_at: dict[int, bool] = attrs.field(factory=dict)
    busy: int = 0
    parts: dict[int, bytes] = attrs.field(factory=dict)
    sent: list[int] = attrs.field(factory=list)
    under_way: int = 0
    most: int = 0
    beside: list[int] = attrs.field(factory=list)
    questions: int = 0
    begun: UploadRequest | None = None
    finished: bool = False
    abandoned: list[str] = attrs.field(factory=list)

    async def request(self, operation: str, payload: bytes) -> bytes:
        await trio.lowlevel.checkpoint()
        if operation == Operation.UPLOAD:
            self.begun = self.begun or decode(UploadRequest, payload)
        self.questions += operation == Operation.UPLOAD_STANDING
        if operation == Operation.UPLOAD_ABANDON:
            self.abandoned.append(decode(UploadAbandon, payload).upload)
            return encode(Done())
        self.finished = self.finished or operation == Operation.UPLOAD_FINISH
        return encode(self._standing())

    def _standing(self) -> UploadStanding:
        assert self.begun is not None
        held = tuple(
            PartHeld(number=number, sha256=hashlib.sha256(part).hexdigest())
            for number, part in sorted(self.parts.items())
        )
        begun = self.begun
        return UploadStanding(
            upload="u", size=begun.size, part_bytes=begun.part_bytes, parts=held, finished=self.finished
        )

    async def send(self, path: str, headers: Mapping[str, str], payload: Payload) -> bytes:
        number, turn = int(path.rpartition("/")[2]), len(self.sent)
        self.sent.append(number)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.beside.append(self.under_way)
        try:
            return await self._take(number, turn, headers, payload)
        finally:
            self.under_way -= 1

    async def _take(self, number: int, turn: int, headers: Mapping[str, str], payload: Payload) -> bytes:
        assert not isinstance(payload, bytes)
        part = b"".join([piece async for piece in payload()])
        assert headers["content-length"] == str(len(part))
        if self.busy:
            self.busy -= 1
            raise HubBusy("too many parts", 5)
        await trio.sleep(TRANSFER_S)
        arrives = self.break_at.get(turn, None)
        if arrives is not False:
            self.parts[number] = part
        if arrives is not None:
            raise HubAway("cut")
        return encode(PartHeld(number=number, sha256=hashlib.sha256(part).hexdigest()))


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 50_000):
        yield body[at : at + 50_000]


async def uploaded(hub: Hub, body: bytes, *, rate: int = 0) -> float:
    """The seconds it took."""
    begin = trio.current_time()
    uploads = HttpsUploads(hub, part_bytes=PART)  # type: ignore[arg-type]  # a link in memory
    await uploads.upload("job/1", pieces(body), size_bytes=len(body), user="ben", rate=rate)
    assert b"".join(part for _, part in sorted(hub.parts.items())) == body
    return trio.current_time() - begin


def virtual(test: Callable[[], object]) -> None:
    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0))  # type: ignore[arg-type]


def body(parts: int) -> bytes:
    return b"".join(bytes([number]) * PART for number in range(parts))


def test_four_parts_are_under_way_at_once_and_no_more() -> None:
    hub = Hub()

    async def run() -> None:
        assert await uploaded(hub, body(16)) < 16 * TRANSFER_S / 2

    virtual(run)
    assert hub.most == 4


def test_a_part_whose_answer_was_lost_is_not_sent_again() -> None:
    hub = Hub(break_at={2: True})
    virtual(lambda: uploaded(hub, body(6)))
    assert sorted(hub.sent) == list(range(6))
    assert hub.questions == 1


def test_a_part_that_was_lost_is_sent_again_alone_among_all() -> None:
    hub = Hub(break_at={2: False})
    virtual(lambda: uploaded(hub, body(6)))
    assert len(hub.sent) == 7


def test_a_hub_that_has_no_room_is_asked_until_it_has() -> None:
    hub = Hub(busy=9)
    virtual(lambda: uploaded(hub, body(4)))
    assert len(hub.sent) == 4 + 9


def test_who_waits_for_room_is_told_and_told_again_when_it_goes_on() -> None:
    hub, told = Hub(busy=3), list[str]()

    async def run() -> None:
        uploads = HttpsUploads(hub, part_bytes=PART)  # type: ignore[arg-type]  # a link in memory
        await uploads.upload("job/1", pieces(body(4)), size_bytes=4 * PART, user="ben", watch=told.append)

    virtual(run)
    waits = [one for one in told if one]
    assert len(waits) == 3
    assert all("too many parts" in one for one in waits)
    assert told[0] == told[-1] == ""


def test_a_break_of_the_line_is_no_waiting_for_room() -> None:
    hub, told = Hub(break_at={2: False}), list[str]()

    async def run() -> None:
        uploads = HttpsUploads(hub, part_bytes=PART)  # type: ignore[arg-type]  # a link in memory
        await uploads.upload("job/1", pieces(body(4)), size_bytes=4 * PART, user="ben", watch=told.append)

    virtual(run)
    assert set(told) == {""}


def test_what_was_cancelled_on_the_way_is_abandoned_at_the_hub_and_what_is_finished_is_not() -> None:
    hub = Hub()

    async def run() -> None:
        uploads = HttpsUploads(hub, part_bytes=PART)  # type: ignore[arg-type]  # a link in memory
        with trio.move_on_after(TRANSFER_S * 2.5):
            await uploads.upload("job/1", pieces(body(12)), size_bytes=12 * PART, user="ben")
        await uploads.abandon("job/2")
        assert hub.abandoned == []
        await uploads.abandon("job/1")
        await uploads.abandon("job/1")
        assert hub.abandoned == ["u"]
        await uploads.upload("job/1", pieces(body(12)), size_bytes=12 * PART, user="ben")
        await uploads.abandon("job/1")
        assert hub.abandoned == ["u"]

    virtual(run)


def test_a_restart_sends_only_what_is_missing() -> None:
    hub = Hub()

    async def run() -> None:
        with trio.move_on_after(TRANSFER_S * 2.5):
            await uploaded(hub, body(12))
        before, hub.sent = len(hub.parts), []
        await uploaded(hub, body(12))
        assert len(hub.sent) == 12 - before

    virtual(run)


@pytest.mark.parametrize("rate", [PART, 10 * PART])
def test_a_cap_is_kept_to_by_all_that_is_sent(rate: int) -> None:
    async def run() -> None:
        uploads, hubs = None, [Hub(), Hub()]
        begin = trio.current_time()
        uploads = HttpsUploads(hubs[0], part_bytes=PART)  # type: ignore[arg-type]
        other = HttpsUploads(hubs[1], part_bytes=PART)  # type: ignore[arg-type]
        other._pacer = uploads._pacer
        async with trio.open_nursery() as nursery:
            for each in (uploads, other):
                nursery.start_soon(capped, each, rate)
        assert trio.current_time() - begin >= (2 * 8 * PART - 2 * 16_384) / rate

    virtual(run)


async def capped(uploads: HttpsUploads, rate: int) -> None:
    await uploads.upload("job/1", pieces(body(8)), size_bytes=8 * PART, user="ben", rate=rate)


def test_under_a_cap_parts_are_small_enough_to_arrive_in_time() -> None:
    hub = Hub()

    async def run() -> None:
        uploads = HttpsUploads(hub)  # type: ignore[arg-type]
        await uploads.upload("job/1", pieces(body(8)), size_bytes=8 * PART, user="ben", rate=1)
        assert hub.begun is not None
        assert hub.begun.part_bytes / (8 * 1024) < 60, "the least cap brings a part within a minute"

    virtual(run)


def test_a_document_of_many_gib_has_as_many_parts_as_the_hub_takes() -> None:
    hub = Hub()

    async def run() -> None:
        uploads = HttpsUploads(hub)  # type: ignore[arg-type]
        size = PART_BYTES * UPLOAD_PARTS
        with pytest.raises(BodyMismatch):
            await uploads.upload("job/1", pieces(b""), size_bytes=size, user="ben")
        assert hub.begun is not None
        assert hub.begun.part_bytes * UPLOAD_PARTS >= size

    virtual(run)


def test_what_a_body_fails_with_is_what_the_upload_fails_with() -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield b"a" * PART
        raise OSError("the disk")

    async def run() -> None:
        uploads = HttpsUploads(Hub(), part_bytes=PART)  # type: ignore[arg-type]
        with pytest.raises(OSError, match="the disk"):
            await uploads.upload("job/1", torn(), size_bytes=3 * PART, user="ben")

    virtual(run)


def test_after_a_cut_that_broke_two_parts_one_goes_first_alone() -> None:
    """So a line that is cut again at once loses one part more, and not two."""
    hub = Hub(break_at={1: False, 2: False, 3: False})
    virtual(lambda: uploaded(hub, body(6)))
    assert hub.beside[:5] == [1, 1, 2, 1, 1]


def test_a_hub_that_asks_for_more_parts_than_there_may_be_is_not_believed() -> None:
    """Else each byte of a document were a part, and its checksums more memory than there is."""

    class Greedy(Hub):
        def _standing(self) -> UploadStanding:
            return UploadStanding(upload="u", size=UPLOAD_PARTS + 1, part_bytes=1, parts=(), finished=False)

    async def run() -> None:
        uploads = HttpsUploads(Greedy(), part_bytes=PART)  # type: ignore[arg-type]
        with pytest.raises(HubGarbled, match="more parts"):
            await uploads.upload("job/1", pieces(bytes(UPLOAD_PARTS + 1)), size_bytes=UPLOAD_PARTS + 1, user="ben")

    virtual(run)


def test_a_window_opens_with_answers_and_closes_with_a_break() -> None:
    window, inside = Window(4), [0]

    async def hold(release: trio.Event) -> None:
        async with window.room(1):
            inside[0] += 1
            await release.wait()
            inside[0] -= 1

    async def fill() -> int:
        """How many are let in at once."""
        release = trio.Event()
        async with trio.open_nursery() as nursery:
            for _ in range(9):
                nursery.start_soon(hold, release)
            await trio.testing.wait_all_tasks_blocked()
            most = inside[0]
            release.set()
        return most

    async def run() -> None:
        assert await fill() == 1, "before any answer one goes alone"
        assert await fill() == 4
        window.narrow()
        assert await fill() == 1

    virtual(run)
