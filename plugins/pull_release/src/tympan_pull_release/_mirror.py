"""The mirror: held jobs are kept sealed at the hub too, where their printer's rules say so.

- What is uploaded is the sealed document as it rests here. Its key goes in one envelope for each agent that may print
  it and whose key this agent checked for itself, and to nobody else: the hub has ciphertext.
- Level-triggered: every held job is kept once, and told again when more agents may print it.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import trio

from tympan.plugin import (
    AgentKey,
    AgentKeys,
    Host,
    HubUploads,
    Job,
    JobChanged,
    JobState,
    Member,
    PortsChanged,
    Printer,
    PrintersChanged,
    TympanError,
)
from tympan_pull_release._copies import context_of
from tympan_pull_release._gate import PullGate
from tympan_pull_release._limits import (
    DETAIL_CHARS,
    MIRROR_LOOK_S,
    MIRROR_RETRY_S,
    TOLD_MOST,
)
from tympan_pull_release._mirrored import Aim, MirroredJobs
from tympan_pull_release._terms import FULL, PullSettings, of_hub, rules_of
from tympan_relay import READERS, Link, envelopes_for, note_of, pieces
from tympan_wire.hub import (
    Mirror,
    MirrorRequest,
    Operation,
    PullRules,
    Reader,
    encode,
)
from tympan_wire.sealed import SealedError, sealed_size

_PINS: Final = "readers"
"""Where releases before the key book kept keys of other agents, as they were first seen."""


class MirrorService:
    """Keeps sealed copies. Owns: nothing but its own task."""

    def __init__(self, gate: PullGate) -> None:
        self._gate = gate

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        done = MirroredJobs(host.state)
        await host.state.delete(_PINS)
        await done.open(host.jobs)
        keeper = _Keeper(host, self._gate, done)
        host.ready()
        with host.bus.subscribe(JobChanged, PrintersChanged, PortsChanged, size=1) as changes:
            while True:
                worked = await keeper.look()
                with trio.move_on_after(MIRROR_LOOK_S if worked else MIRROR_RETRY_S):
                    await changes.receive()


class _Keeper:
    """One run."""

    def __init__(self, host: Host, gate: PullGate, done: MirroredJobs) -> None:
        self._host = host
        self._gate = gate
        self._done = done
        self._told: set[str] = set()

    async def look(self) -> bool:
        """Keeps what is to be kept; whether all of it worked."""
        link, uploads = Link.of(self._host), self._host.ports(HubUploads)  # type: ignore[type-abstract]
        member = link.member if link is not None else None
        if link is None or member is None or not uploads:
            return True
        worked = True
        for printer in self._host.printers.all():
            rules = rules_of(printer, PullSettings())
            if of_hub(printer) and rules.mirror is Mirror.NONE:
                self._done.forget(job.uuid for job in self._host.jobs.of_printer(printer.id))
            jobs = [job for job in self._host.jobs.of_printer(printer.id) if self._wanted(job, printer)]
            aim = Aim(where=rules.mirror, readers=await self._readers(rules, member) if jobs else ())
            for job in self._done.missing([job.uuid for job in jobs], aim) if aim.readers else ():
                worked = await self._kept(link, member, uploads[0], job, aim) and worked
        return worked

    def _wanted(self, job: Job, printer: Printer) -> bool:
        if job.state is not JobState.HELD or job.reason == FULL or job.uuid in self._gate.foreign:
            return False
        return of_hub(printer) and rules_of(printer, PullSettings()).mirror is not Mirror.NONE

    async def _kept(self, link: Link, member: Member, uploads: HubUploads, name: UUID, aim: Aim) -> bool:
        job = self._host.jobs.find(name)
        if job is None or job.state is not JobState.HELD:
            return True  # it was released while others were kept
        try:
            await self._keep(link, member, uploads, job, aim)
        except (TympanError, SealedError, OSError, ValueError) as error:
            if self._still_held(name):
                why = error.sentence if isinstance(error, TympanError) else f"{type(error).__name__}: {error}"
                self._tell_once(
                    f"{name} {why}", "a held job could not be kept at the hub yet", job=str(name), error=why
                )
                return False
        return True

    def _tell_once(self, what: str, message: str, **fields: str) -> None:
        if what not in self._told and len(self._told) < TOLD_MOST:
            self._told.add(what)
            self._host.log(message, **{name: value[:DETAIL_CHARS] for name, value in fields.items()})

    def _still_held(self, job: UUID) -> bool:
        now = self._host.jobs.find(job)
        return now is not None and now.state is JobState.HELD

    async def _readers(self, rules: PullRules, member: Member) -> tuple[Reader, ...]:
        others = [reader for reader in rules.readers[:READERS] if reader.agent != member.agent]
        books = self._host.ports(AgentKeys)  # type: ignore[type-abstract]
        if not books:
            return ()
        trusted = await books[0].trusted(AgentKey(agent=one.agent, recipient=one.recipient) for one in others)
        for agent in trusted.changed:
            what = "the key of another agent is not believed: it is given no held jobs"
            self._tell_once(f"{agent} key", what, agent=agent, why=trusted.reason)
        return tuple(Reader(agent=one.agent, recipient=one.recipient) for one in trusted.readers)

    async def _keep(self, link: Link, member: Member, uploads: HubUploads, job: Job, aim: Aim) -> None:
        shared = self._host.jobs.document(job.uuid).share()
        size = sealed_size(shared.size_bytes)
        reference = await uploads.upload(f"mirror {job.uuid}", pieces(shared), size_bytes=size, user=job.user)
        request = MirrorRequest(
            job=job.uuid,
            upload=reference,
            note=note_of(job, shared.key),
            envelopes=envelopes_for(shared.key, aim.readers, document=job.uuid, context=context_of(member.tenant)),
        )
        await link.hub.request(Operation.MIRROR, encode(request))
        await self._done.add(job.uuid, aim, self._host.jobs)
