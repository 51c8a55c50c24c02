"""Agents that send jobs through the hub, and agents that claim them, each over a kept connection of its own.

- A sender says all a real one says of a job: the report, the upload in a part, its end, the offer with an envelope for
  every agent that may print it.
- A receiver looks, reads the sealed bytes, asks whether it may begin, and reports the job printed. It takes one at a
  time, so that they meet at every job.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import math
import os
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
from asking import Asker
from crowded_tunnel import Tunnel, envelope

from tympan_wire.hub import (
    CrossingOffer,
    CrossingOrder,
    CrossingStep,
    CrossingWord,
    CrossingWords,
    JobReport,
    JobStanding,
    MirrorEnvelope,
    Operation,
    Report,
    ReportBatch,
    StoryLine,
    TunnelRequest,
    UploadFinish,
    UploadRequest,
    digest_of,
)

SEALED_BYTES: Final = 12_000
"""Of one sealed page of text."""
_BIRTH: Final = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
_NOTE: Final = base64.b64encode(bytes(300)).decode()
LOOK_S: Final = 3.0
"""A receiver that hears no notice looks again after this."""
PRINTED_S: Final = 120.0
"""For what was offered to be printed."""


@attrs.define(kw_only=True)
class Tally:
    """What came of it.

    Attributes:
        offered: Jobs that were offered.
        printed: Jobs that were reported printed.
        leases: Who was given which crossing under which fence.
        begun: Who was allowed to begin which crossing.
        expired: Leases that ran out before the document was read.
        looks: How often a receiver looked.
        empty: How often it was given nothing.
    """

    offered: int = 0
    printed: int = 0
    leases: dict[tuple[uuid.UUID, int], set[str]] = attrs.field(factory=dict)
    begun: dict[uuid.UUID, set[str]] = attrs.field(factory=dict)
    expired: int = 0
    looks: int = 0
    empty: int = 0

    @property
    def doubles(self) -> int:
        """Leases that two agents have, and jobs that two may begin."""
        return sum(len(agents) > 1 for claimed in (self.leases, self.begun) for agents in claimed.values())

    @property
    def by_agent(self) -> Counter[str]:
        """How many jobs each agent has begun."""
        return Counter(agent for agents in self.begun.values() for agent in agents)


async def through(tunnel: Tunnel, seconds: float) -> tuple[float, Tally]:
    """Jobs a second that go all the way while senders offer as fast as they can; and the tally."""
    tally = Tally()
    async with _receiving(tunnel, tally), _opened(tunnel, slice(0, tunnel.senders)) as senders:
        await _all_looked(tunnel, tally)
        start = time.monotonic()
        await asyncio.gather(*(_offers(tunnel, asker, tally, until=start + seconds) for asker in senders))
        await _all_printed(tally)
        return tally.printed / (time.monotonic() - start), tally


async def claimed(tunnel: Tunnel, jobs: int) -> tuple[float, Tally]:
    """Jobs a second that are claimed, begun and printed out of a queue that waits; and the tally."""
    tally = Tally()
    async with _opened(tunnel, slice(0, tunnel.senders)) as senders:
        await asyncio.gather(*(_offers(tunnel, asker, tally, most=jobs // len(senders)) for asker in senders))
    start = time.monotonic()
    async with _receiving(tunnel, tally):
        await _all_printed(tally)
        return tally.printed / (time.monotonic() - start), tally


@asynccontextmanager
async def _receiving(tunnel: Tunnel, tally: Tally) -> AsyncIterator[None]:
    """All receivers at work, each listening for notices and looking at once."""
    async with _opened(tunnel, slice(tunnel.senders, None)) as askers, asyncio.TaskGroup() as group:
        told = {asker.agent: asyncio.Event() for asker in askers}
        works = [group.create_task(asker.hear(told[asker.agent])) for asker in askers]
        works += [group.create_task(_receive(tunnel, asker, tally, told[asker.agent])) for asker in askers]
        yield
        for work in works:
            work.cancel()


@asynccontextmanager
async def _opened(tunnel: Tunnel, which: slice) -> AsyncIterator[list[Asker]]:
    named = list(zip(tunnel.place.agents, tunnel.place.tokens(), strict=True))[which]
    opened = [await Asker.open(tunnel.hub.port, str(name), token) for name, token in named]
    try:
        yield opened
    finally:
        for asker in opened:
            asker.close()


async def _all_looked(tunnel: Tunnel, tally: Tally) -> None:
    """Every receiver looked once, and was given nothing: they come all at once, and the hub is not busy with that."""
    async with asyncio.timeout(PRINTED_S):
        while tally.looks < len(tunnel.receivers):  # noqa: ASYNC110 - it changes at each look
            await asyncio.sleep(0.005)


async def _all_printed(tally: Tally) -> None:
    async with asyncio.timeout(PRINTED_S):
        while tally.printed < tally.offered:  # noqa: ASYNC110 - it changes at each job
            await asyncio.sleep(0.005)


async def _offers(
    tunnel: Tunnel, asker: Asker, tally: Tally, *, until: float = math.inf, most: float = math.inf
) -> None:
    count = 0
    while time.monotonic() < until and count < most:
        await _offer(tunnel, asker)
        tally.offered += 1
        count += 1


async def _offer(tunnel: Tunnel, asker: Asker) -> None:
    job, content = uuid.uuid4(), os.urandom(SEALED_BYTES)
    await _report(tunnel, asker, job, JobStanding.SENDING)
    begun = await asker.ask(
        Operation.UPLOAD, UploadRequest(name=f"tunnel {job}", size=len(content), part_bytes=1 << 20, user="ada")
    )
    digest = await asker.put(begun.upload, 0, content)
    await asker.ask(Operation.UPLOAD_FINISH, UploadFinish(upload=begun.upload, digest=digest_of([digest])))
    envelopes = tuple(MirrorEnvelope(agent=str(agent), envelope=envelope()) for agent in tunnel.receivers)
    offer = CrossingOffer(job=job, printer=tunnel.printer, upload=begun.upload, note=_NOTE, envelopes=envelopes)
    await asker.ask(Operation.TUNNEL_OFFER, offer)


async def _receive(tunnel: Tunnel, asker: Asker, tally: Tally, told: asyncio.Event) -> None:
    while True:
        told.clear()
        if not await _one(tunnel, asker, tally):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), LOOK_S)


async def _one(tunnel: Tunnel, asker: Asker, tally: Tally) -> bool:
    """Looks, and prints what it is given; False when that is nothing."""
    orders = (await asker.ask(Operation.TUNNEL, TunnelRequest(room=1))).orders
    tally.looks += 1
    for order in orders:
        tally.leases.setdefault((order.id, order.fence), set()).add(asker.agent)
        await _print(tunnel, asker, tally, order)
    tally.empty += not orders
    return bool(orders)


async def _print(tunnel: Tunnel, asker: Asker, tally: Tally, order: CrossingOrder) -> None:
    if await asker.fetch(order.copy.upload, order.copy.size) is None:
        tally.expired += 1  # the hub was so busy that the lease ran out, and somebody else has the job
        return
    word = CrossingWord(id=order.id, fence=order.fence, step=CrossingStep.BEGIN)
    [answer] = (await asker.ask(Operation.TUNNEL_WORDS, CrossingWords(words=(word,)))).answers
    if answer.taken:
        tally.begun.setdefault(order.id, set()).add(asker.agent)
        await _report(tunnel, asker, order.job, JobStanding.COMPLETED)
        tally.printed += 1


async def _report(tunnel: Tunnel, asker: Asker, job: uuid.UUID, standing: JobStanding) -> None:
    over = standing is JobStanding.COMPLETED
    finding = JobReport(
        job=job,
        revision=2 if over else 1,
        printer=tunnel.printer,
        name="Quarterly report.pdf",
        user="ada",
        standing=standing,
        created_at=_BIRTH,
        ended_at=_BIRTH + dt.timedelta(seconds=9) if over else None,
        size_bytes=SEALED_BYTES,
        story=(StoryLine(at=_BIRTH, what="received", standing=standing),),
    )
    receipt = await asker.ask(
        Operation.REPORTS, ReportBatch(reports=(Report(id=uuid.uuid4(), at=_BIRTH, finding=finding),))
    )
    if receipt.refused:
        raise RuntimeError(receipt.refused[0].why)
