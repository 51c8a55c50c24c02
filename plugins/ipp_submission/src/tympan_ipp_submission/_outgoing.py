"""The document on its way out: as it is or rendered, counted, and stopped when a person cancels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import trio

from tympan.plugin import Delivery
from tympan_ipp_submission._format import Direct, RenderPlan
from tympan_ipp_submission._renderer import open_renderer


@attrs.define(kw_only=True)
class Sent:
    """How much of the document was handed over, as it travels: compressed, where it is."""

    bytes: int = 0
    whole: bool = False


def source(choice: Direct | RenderPlan, delivery: Delivery) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
    """The document's pieces in the chosen format."""
    return _rendered(choice, delivery) if isinstance(choice, RenderPlan) else _plain(delivery)


@asynccontextmanager
async def _plain(delivery: Delivery) -> AsyncIterator[AsyncIterator[bytes]]:
    yield delivery.document.stream()


@asynccontextmanager
async def _rendered(plan: RenderPlan, delivery: Delivery) -> AsyncIterator[AsyncIterator[bytes]]:
    """The first bytes are there before the device hears of the job: most bad documents fail on opening."""
    async with open_renderer(plan, delivery.document.share()) as renderer:
        await renderer.wait_first()
        yield renderer.stream()


async def counted(pieces: AsyncIterator[bytes], sent: Sent) -> AsyncIterator[bytes]:
    """The pieces, counted as they are taken."""
    async for piece in pieces:
        sent.bytes += len(piece)
        yield piece
    sent.whole = True


@asynccontextmanager
async def until_canceled(delivery: Delivery) -> AsyncIterator[None]:
    """Leaves the block early when a person cancels the job."""

    async def watch() -> None:
        await delivery.wait_cancel_requested()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        yield
        nursery.cancel_scope.cancel()
