"""The suite every spooler must pass.

A plugin's test module subclasses it and gives two fixtures::

    @pytest.mark.anyio
    class TestOurSpooler(SpoolerSuite):
        @pytest.fixture
        def spooler(self) -> Spooler: ...      # of a print system without queues

        @pytest.fixture
        def endpoint(self) -> str: ...         # URI of a working IPP Everywhere endpoint on loopback
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from tympan._errors import TympanError
from tympan._ports import QueueChange, QueueEvent, QueueRequest, Spooler
from tympan.testing._spooler import SILENT_ENDPOINT

_DEADLINE_S = 60.0
"""For a watch to tell of one change."""
_PATIENCE_S = 1.0
"""Before a change that was not told of is made again."""
_PENDING_EVENTS = 64
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
PDF += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""One empty page."""


class SpoolerSuite:
    """What every spooler must do. Subclass it and give the fixtures ``spooler`` and ``endpoint``."""

    async def test_an_installed_queue_is_usable_ours_and_listed(self, spooler: Spooler, endpoint: str) -> None:
        """The answer of ``install`` is what ``list_queues`` tells."""
        queue = await spooler.install(_request(endpoint))
        assert (queue.name, queue.uri, queue.info) == ("tympan-suite", endpoint, "Suite")
        assert queue.usable, "a queue was returned that is not proved to work"
        assert queue.ours
        assert queue in await spooler.list_queues()

    async def test_installing_again_changes_nothing_but_what_differs(self, spooler: Spooler, endpoint: str) -> None:
        """One queue stays one queue."""
        first = await spooler.install(_request(endpoint))
        assert await spooler.install(_request(endpoint)) == first
        changed = await spooler.install(_request(endpoint, info="Other"))
        assert changed.info == "Other"
        assert [queue.name for queue in await spooler.list_queues()] == [first.name]

    async def test_an_endpoint_that_does_not_answer_leaves_no_queue(self, spooler: Spooler, endpoint: str) -> None:
        """The error tells the user what to do."""
        error = await _error_of(spooler, _request(SILENT_ENDPOINT))
        assert error.cause
        assert error.next_step
        assert await spooler.list_queues() == ()

    async def test_an_endpoint_gone_silent_spares_the_queue_there_is(self, spooler: Spooler, endpoint: str) -> None:
        """A failed change is no change."""
        before = await spooler.install(_request(endpoint))
        await _error_of(spooler, _request(SILENT_ENDPOINT))
        assert await spooler.list_queues() == (before,)

    async def test_remove_says_whether_there_was_a_queue(self, spooler: Spooler, endpoint: str) -> None:
        """A queue is removed once."""
        await spooler.install(_request(endpoint))
        assert await spooler.remove("tympan-suite") is True
        assert await spooler.remove("tympan-suite") is False
        assert await spooler.list_queues() == ()

    async def test_watch_tells_of_a_queue_that_comes_and_goes(self, spooler: Spooler, endpoint: str) -> None:
        """Repeated until told, because a watch sees what happens after its first look only."""
        send, receive = trio.open_memory_channel[QueueEvent](_PENDING_EVENTS)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pump, spooler, send)
            for change, other in ((QueueChange.ADDED, QueueChange.REMOVED), (QueueChange.REMOVED, QueueChange.ADDED)):
                await _until_told(spooler, endpoint, receive, change, other)
            nursery.cancel_scope.cancel()

    async def test_a_document_gets_a_number_of_its_own(self, spooler: Spooler, endpoint: str) -> None:
        """Each document printed is a job of the spooler."""
        await spooler.install(_request(endpoint))
        numbers = [await _print(spooler, "tympan-suite") for _ in range(2)]
        assert len(set(numbers)) == 2
        assert min(numbers) > 0

    async def test_printing_on_no_queue_is_an_error(self, spooler: Spooler, endpoint: str) -> None:
        """Nothing is swallowed."""
        try:
            await _print(spooler, "tympan-suite")
        except TympanError as error:
            assert error.cause
        else:
            raise AssertionError("a document was taken for a queue that does not exist")


def _request(endpoint: str, *, info: str = "Suite") -> QueueRequest:
    return QueueRequest(name="tympan-suite", uri=endpoint, info=info)


async def _error_of(spooler: Spooler, request: QueueRequest) -> TympanError:
    try:
        await spooler.install(request)
    except TympanError as error:
        return error
    raise AssertionError(f"a queue was made for {request.uri}, where nobody answers")


async def _print(spooler: Spooler, queue: str) -> int:
    async def document() -> AsyncIterator[bytes]:
        yield PDF

    return await spooler.print_document(queue, document(), title="Suite", media_type="application/pdf", options={})


async def _pump(spooler: Spooler, send: trio.MemorySendChannel[QueueEvent]) -> None:
    async for event in spooler.watch():
        await send.send(event)


async def _until_told(
    spooler: Spooler,
    endpoint: str,
    receive: trio.MemoryReceiveChannel[QueueEvent],
    change: QueueChange,
    other: QueueChange,
) -> None:
    """Makes ``change`` happen, and undoes it to make it happen again, until the watch told of it."""
    wanted = QueueEvent(name="tympan-suite", change=change)
    with trio.fail_after(_DEADLINE_S):
        while True:
            await _do(spooler, endpoint, change)
            with trio.move_on_after(_PATIENCE_S):
                while await receive.receive() != wanted:
                    continue
                return
            await _do(spooler, endpoint, other)


async def _do(spooler: Spooler, endpoint: str, change: QueueChange) -> None:
    if change is QueueChange.ADDED:
        await spooler.install(_request(endpoint))
    else:
        await spooler.remove("tympan-suite")
