"""Agents that send jobs through the hub, and agents that claim them, each over a kept connection of its own.

- A sender says all a real one says of a job: the report, the upload in a part, its end, the offer with an envelope for
  every agent that may print it.
- A receiver looks, reads the sealed bytes, asks whether it may begin, and reports the job printed. It takes one at a
  time, so that they meet at every job.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import os
import time
import uuid
from collections import Counter
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
IDLE_S: Final = 0.05
"""Before a receiver that was given nothing looks again: a real one waits for a notice."""


@attrs.define(kw_only=True)
class Tally:
    """What came of it.

    Attributes:
        offered: Jobs that were offered.
        leases: Who was given which crossing under which fence.
        begun: Who was allowed to begin which crossing.
        looks: How often a receiver looked.
        empty: How often it was given nothing.
    """

    offered: int = 0
    leases: dict[tuple[uuid.UUID, int], set[str]] = attrs.field(factory=dict)
    begun: dict[uuid.UUID, set[str]] = attrs.field(factory=dict)
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
    senders, receivers = await _opened(tunnel)
    try:
        start = time.monotonic()
        await _sent(tunnel, senders, tally, until=start + seconds, receivers=receivers)
        return len(tally.begun) / (time.monotonic() - start), tally
    finally:
        for asker in (*senders, *receivers):
            asker.close()


async def claimed(tunnel: Tunnel, jobs: int) -> tuple[float, Tally]:
    """Jobs a second that are claimed, begun and printed out of a queue that waits; and the tally."""
    tally = Tally()
    senders, receivers = await _opened(tunnel)
    try:
        share = jobs // len(senders)
        await asyncio.gather(*(_offer_some(tunnel, asker, tally, share) for asker in senders))
        start = time.monotonic()
        await asyncio.gather(*(_receive(tunnel, asker, tally, share * len(senders)) for asker in receivers))
        return len(tally.begun) / (time.monotonic() - start), tally
    finally:
        for asker in (*senders, *receivers):
            asker.close()


async def _opened(tunnel: Tunnel) -> tuple[list[Asker], list[Asker]]:
    names, tokens, port = tunnel.place.agents, tunnel.place.tokens(), tunnel.hub.port
    every = [await Asker.open(port, str(name), token) for name, token in zip(names, tokens, strict=True)]
    return every[: tunnel.senders], every[tunnel.senders :]


async def _sent(tunnel: Tunnel, senders: list[Asker], tally: Tally, *, until: float, receivers: list[Asker]) -> None:
    done = asyncio.Event()

    async def send(asker: Asker) -> None:
        while time.monotonic() < until:
            await _offer(tunnel, asker)
            tally.offered += 1

    async def send_all() -> None:
        await asyncio.gather(*map(send, senders))
        done.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(send_all())
        for asker in receivers:
            group.create_task(_receive_until(tunnel, asker, tally, done))


async def _offer_some(tunnel: Tunnel, asker: Asker, tally: Tally, count: int) -> None:
    for _ in range(count):
        await _offer(tunnel, asker)
        tally.offered += 1


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


async def _receive(tunnel: Tunnel, asker: Asker, tally: Tally, jobs: int) -> None:
    while len(tally.begun) < jobs:
        if not await _one(tunnel, asker, tally):
            await asyncio.sleep(IDLE_S)


async def _receive_until(tunnel: Tunnel, asker: Asker, tally: Tally, done: asyncio.Event) -> None:
    while not done.is_set() or len(tally.begun) < tally.offered:
        if not await _one(tunnel, asker, tally):
            await asyncio.sleep(IDLE_S)


async def _one(tunnel: Tunnel, asker: Asker, tally: Tally) -> bool:
    """Looks, and prints what it is given; False when that is nothing."""
    tally.looks += 1
    orders = (await asker.ask(Operation.TUNNEL, TunnelRequest(room=1))).orders
    for order in orders:
        tally.leases.setdefault((order.id, order.fence), set()).add(asker.agent)
        await _print(tunnel, asker, tally, order)
    tally.empty += not orders
    return bool(orders)


async def _print(tunnel: Tunnel, asker: Asker, tally: Tally, order: CrossingOrder) -> None:
    await asker.fetch(order.copy.upload, order.copy.size)
    word = CrossingWord(id=order.id, fence=order.fence, step=CrossingStep.BEGIN)
    [answer] = (await asker.ask(Operation.TUNNEL_WORDS, CrossingWords(words=(word,)))).answers
    if answer.taken:
        tally.begun.setdefault(order.id, set()).add(asker.agent)
        await _report(tunnel, asker, order.job, JobStanding.COMPLETED)


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
