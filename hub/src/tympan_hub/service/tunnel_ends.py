"""What is left to do when jobs of the tunnel are over, or fare otherwise: bytes and keys go, agents look again.

- Envelopes go, and the bytes are marked, in the unit in which a crossing ends; the marked bytes are cleared after it,
  or by the next clearance where the hub ended in between.
"""

import datetime as dt
from collections.abc import Collection
from typing import Final

from attrs import field, frozen

from tympan_hub.domain.crossings import CALLED_OFF, Crossing, CrossingState
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.jobs import Standing, StoryLine
from tympan_hub.domain.limits.pull import JOBS_AT_ONCE
from tympan_hub.domain.limits.tunnel import LOST, SETTLED_AT_ONCE
from tympan_hub.domain.uploads import Upload, UploadState, UploadStep
from tympan_hub.domain.wakes import LookAtTunnel
from tympan_hub.ports import Blobs, Unit, Units, WakeUps
from tympan_hub.service.upload_clearance import clear

LOST_TRACK: Final = "Lost track of it"
"""A line of a job's story."""

NOT_IN_TIME: Final = "Nobody could print it in its time"
"""A line of the story of a job that was handed in."""

NOT_PRINTABLE: Final = "No computer can print it"
"""A line of the story of a job that was handed in."""

TAKEN_BACK: Final = "Canceled before any of it was printed"
"""A line of the story of a job that was handed in."""

_HANDED_ENDS: Final = {
    CrossingState.EXPIRED: (Standing.EXPIRED, NOT_IN_TIME),
    CrossingState.ABORTED: (Standing.ABORTED, NOT_PRINTABLE),
    CrossingState.CANCELED: (Standing.CANCELED, TAKEN_BACK),
}
"""How a job ends that no agent reports, with its crossing."""

_HANDED_CALLED_OFF: Final = (Standing.ABORTED, NOT_PRINTABLE)
"""How it ends whose printer takes it no more: not for want of time, and as agents report theirs."""

SHUT_OUT: Final = "Canceled: its computer was shut out"
"""A line of the story of a job whose computer was revoked."""


@frozen(kw_only=True)
class Moved:
    """What happened to crossings: bytes to be cleared, agents to be told."""

    uploads: tuple[Upload, ...] = ()
    agents: frozenset[AgentId] = field(factory=frozenset)

    def __or__(self, other: "Moved") -> "Moved":
        return Moved(uploads=(*self.uploads, *other.uploads), agents=self.agents | other.agents)


async def changed(unit: Unit, after: Crossing, before: Crossing) -> Moved | None:
    """Keeps a step of a crossing; None where somebody else came before."""
    if not await unit.crossings.keep(after.tenant, after, before):
        return None
    agents = frozenset(agent for agent in (after.sender, after.holder) if agent is not None)
    if after.is_open:
        return Moved(agents=agents)
    if after.state is CrossingState.LOST and after.ended_at is not None:
        await unit.jobs.lose(
            after.tenant, after.job, StoryLine(at=after.ended_at, what=LOST_TRACK, standing=Standing.UNKNOWN)
        )
    if after.sender is None and after.begun_at is None and after.state in _HANDED_ENDS:
        standing, what = _HANDED_CALLED_OFF if after.reason == CALLED_OFF else _HANDED_ENDS[after.state]
        line = StoryLine(at=after.ended_at or after.offered_at, what=what, why=after.detail, standing=standing)
        await unit.jobs.lose(after.tenant, after.job, line)
    await unit.crossings.unseal(after.tenant, [after.id])
    upload = await unit.uploads.get(after.tenant, after.upload)
    if upload is None:
        return Moved(agents=agents)
    if upload.state is not UploadState.LEAVING:
        upload = upload.step(UploadStep.LEAVE)
        await unit.uploads.keep(after.tenant, upload)
    return Moved(uploads=(upload,), agents=agents)


async def shut_out(unit: Unit, tenant: TenantId, agent: AgentId, now: dt.datetime) -> Moved:
    """An agent was revoked: it can open nothing any more; what it has waits for another one, or is lost where it began.

    Marked bytes go with the next clearance.
    """
    await unit.crossings.shut_out(tenant, agent)
    moved = Moved()
    for one in await unit.crossings.held_by(tenant, agent):
        known: Crossing | None = one
        while known is not None and known.is_open and known.holder == agent:
            after = known.lost(now) if known.state is CrossingState.BEGUN else known.given_back(now)
            if (step := await changed(unit, after, known)) is not None:
                moved |= step
                break
            known = await unit.crossings.get(tenant, one.id)
    return moved


async def disown(unit: Unit, tenant: TenantId, sender: AgentId, now: dt.datetime) -> Moved:
    """Ends what an agent sent and nobody began: whoever has a stolen computer shall not print with it.

    One that is begun in this moment goes on, and is not found again.
    """
    moved = Moved()
    while some := await unit.crossings.unbegun_of(tenant, sender, SETTLED_AT_ONCE):
        for one in some:
            if (step := await changed(unit, one.disowned(now), one)) is not None:
                moved |= step
                line = StoryLine(at=now, what=SHUT_OUT, standing=Standing.CANCELED)
                await unit.jobs.lose(tenant, one.job, line)
    return moved


async def lose_silent(units: Units, blobs: Blobs, wakeups: WakeUps, tenant: TenantId, now: dt.datetime) -> None:
    """Jobs whose agents began them and were not heard of for long are lost: a person decides."""
    moved = Moved()
    async with units.writing("crossings that are lost") as unit:
        for one in await unit.crossings.silent(tenant, now - LOST, SETTLED_AT_ONCE):
            moved |= await changed(unit, one.lost(now), one) or Moved()
    await follow(units, blobs, wakeups, tenant, moved)


async def follow(units: Units, blobs: Blobs, wakeups: WakeUps, tenant: TenantId, moved: Moved) -> None:
    """Tells those who should know, and clears what is left."""
    await wake(wakeups, tenant, moved.agents)
    for upload in moved.uploads:
        await clear(units, blobs, upload)


async def wake(wakeups: WakeUps, tenant: TenantId, agents: Collection[AgentId]) -> None:
    """Lets agents look at the tunnel."""
    every = sorted(agents)
    for first in range(0, len(every), JOBS_AT_ONCE):
        await wakeups.send(tenant, LookAtTunnel(agents=tuple(every[first : first + JOBS_AT_ONCE])))
