"""Documents that people seal themselves and hand in: the hub has no key, and sees no page.

- What is uploaded is a person's own; job, crossing and envelopes are one unit of work.
- The job's id is whoever sealed made up, for the seal is bound to it: the same one again is the same job.
- Only agents that may print for the printer are given the key, whatever envelopes came along.
"""

import base64
from collections.abc import Mapping

from tympan_hub.domain.crossings import CrossingEnvelope
from tympan_hub.domain.errors import BadInput, Conflict, NotFound
from tympan_hub.domain.hand_ins import HandIn, Reader, Target, Wanted
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.mirrors import check_mirror
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.printers import DeviceSeen, Printer
from tympan_hub.domain.uploads import Upload, Uploader, UploadState
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.crossings import ROOM
from tympan_hub.service.failover import Failover
from tympan_hub.service.hand_ins import aim, known_hand_in
from tympan_hub.service.handed import Lying, context_of, handed_job, let_in
from tympan_hub.service.pull_rules import pull_readers
from tympan_hub.service.tunnel_readers import readers_of_all
from tympan_hub.service.tunnel_use import handed_at
from tympan_hub.service.usable import usable
from tympan_wire import hub as wire
from tympan_wire.key_proofs import fingerprint


class SealedHandIns:
    """Takes what people sealed."""

    def __init__(self, units: Units, clock: Clock, failover: Failover) -> None:
        self._units = units
        self._clock = clock
        self._failover = failover

    async def targets(self, tenant: TenantId, by: Person) -> tuple[Target, ...]:
        """The printers somebody may hand in for, by name, each with whom to seal for."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            theirs = await usable(unit, tenant, await unit.printers.all(tenant), [by.id])
            printers = await handed_at(unit, tenant, theirs)
            now = self._clock.now()
            readers = {
                **await readers_of_all(unit, tenant, [one for one in printers if not one.holds], now),
                **await pull_readers(unit, tenant, printers, now),
            }
            seen = await unit.printers.best(tenant, [printer.id for printer in printers])
            agents = {AgentId(each.agent) for some in readers.values() for each in some}
            names = await unit.agents.names(tenant, agents)
        found = [_target(tenant, one, readers.get(one.id, ()), seen.get(one.id), names) for one in printers]
        return tuple(sorted(found, key=lambda target: (target.name.casefold(), target.printer)))

    async def take(self, tenant: TenantId, by: Person, given: HandIn) -> Job:
        """A sealed document shall come out; said again, answers the same job.

        Raises:
            BadInput: Note or envelopes are too much, or no base64; or none is for an agent that may print there.
            NotFound: They have no such printer, or no such finished upload.
            NotAllowed: Nothing may be handed in.
            Conflict: Nobody prints there now, the id is another job's, or the document is another job's.
            TooLarge: The tenant takes no document of this size.
            Full: They have as many as one may, or the tenant holds as many as it may.
            NoRoom: So much waits that nothing more is taken now.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        check_mirror(given.note, given.envelopes)
        now = self._clock.now()
        async with self._units.writing(f"crossing {given.job}", ROOM, f"upload {given.upload}") as unit:
            if (known := await known_hand_in(unit, tenant, by, given.job)) is not None:
                return known
            printer, readers = await aim(unit, tenant, by, given.printer, now)
            envelopes = _envelopes(given, readers)
            upload = await _finished(unit, tenant, by, given)
            job = handed_job(by, given.job, _wanted(given), upload.size, now)
            lying = Lying(upload=upload, note=given.note, envelopes=envelopes)
            taken = await let_in(unit, by, printer, job, lying, now)
        if taken.crossing is not None:
            await self._failover.told(tenant, taken.crossing)
        return taken.job


def _wanted(given: HandIn) -> Wanted:
    return Wanted(printer=given.printer, title=given.title, wishes=given.wishes, via=given.via)


def _target(
    tenant: TenantId,
    printer: Printer,
    readers: tuple[wire.Reader, ...],
    seen: DeviceSeen | None,
    names: Mapping[AgentId, str],
) -> Target:
    told = tuple(
        Reader(
            agent=AgentId(each.agent),
            name=names.get(AgentId(each.agent), ""),
            recipient=each.recipient,
            fingerprint=fingerprint(base64.b64decode(each.recipient)),
        )
        for each in readers
    )
    return Target(
        printer=printer.id,
        name=printer.name,
        location=printer.location,
        holds=printer.holds,
        color=seen.color if seen else None,
        duplex=seen.duplex if seen else None,
        media=seen.media if seen else (),
        readers=told,
        context=base64.b64encode(context_of(tenant, printer)).decode(),
    )


async def _finished(unit: Unit, tenant: TenantId, by: Person, given: HandIn) -> Upload:
    known = await unit.uploads.get(tenant, given.upload)
    whose = Uploader(tenant=tenant, person=by.id)
    if known is None or not whose.owns(known) or known.state is not UploadState.FINISHED:
        raise NotFound("there is no such finished upload of yours", next_step="Upload it again.")
    mirrored = await unit.mirrors.by_upload(tenant, known.id)
    if mirrored is not None or await unit.crossings.by_upload(tenant, known.id) is not None:
        raise Conflict("the document is another job's already", next_step="Upload it once more.")
    return known


def _envelopes(given: HandIn, readers: tuple[wire.Reader, ...]) -> list[CrossingEnvelope]:
    """Those for agents that may print there, with the key they were made for."""
    keys = {reader.agent: reader.recipient for reader in readers}
    sealed = [
        CrossingEnvelope(agent=each.agent, recipient=keys[each.agent], envelope=each.envelope)
        for each in {each.agent: each for each in given.envelopes}.values()
        if each.agent in keys
    ]
    if not sealed:
        cause = "the document is sealed for no computer that prints there"
        raise BadInput(cause, next_step="Look at the printers again, and seal it anew.", field="envelopes")
    return sealed
