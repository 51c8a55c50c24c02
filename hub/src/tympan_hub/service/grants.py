"""Grants: handed to the phone of a job's owner while the hub is there, honoured by one agent while it is not.

- A grant is kept before it is signed: from then on, and until it ends, the hub gives the job to no other agent.
- It goes to the agent that has the job, while that is connected: what sleeps honours nothing.
- Where a code of a screen is wanted there are none: no agent can check such a code without the hub.
- Asked for again while half of its life is left, it is the same grant, signed once more.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from tympan_hub.domain.grants import Grant, GrantGiven
from tympan_hub.domain.held import Held, Whereabouts
from tympan_hub.domain.ids import AgentId, GrantId, JobId, PrinterId, TenantId
from tympan_hub.domain.limits.proximity import DOOR_TOLD, POINTS_OF_GRANT
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.release_points import ReleasePoint
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.held import HeldService
from tympan_wire.grants import sealed, to_be_signed
from tympan_wire.hub import GRANTS_AT_ONCE, ReleaseGrant, encode


@frozen
class _Surroundings:
    """What grants of one moment are made of."""

    points: Sequence[ReleasePoint]
    reached: Mapping[AgentId, frozenset[PrinterId]]
    places: Mapping[AgentId, tuple[str, ...]]
    queues: Mapping[PrinterId, Printer]
    known: Mapping[JobId, Grant]


class GrantService:
    """Grants of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, held: HeldService) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._held = held

    async def mine(self, tenant: TenantId, by: Person) -> tuple[GrantGiven, ...]:
        """Grants for all of one's held jobs whose queue allows it, for the phone that asks now."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        held = [job for job in await self._held.mine(tenant, by) if _can_be_had(job)][:GRANTS_AT_ONCE]
        if not held:
            return ()
        now = self._clock.now()
        async with self._units.writing() as unit:
            around = await _surroundings(unit, tenant, held, now)
            given = [(job, self._given(tenant, by, job, around, now)) for job in held]
            fresh = [one.grant for job, one in given if one is not None and job.job not in around.known]
            await unit.grants.add(tenant, fresh)
        return tuple(one for _, one in given if one is not None)

    def _given(
        self, tenant: TenantId, by: Person, job: Held, around: _Surroundings, now: dt.datetime
    ) -> GrantGiven | None:
        queue = around.queues.get(job.printer)
        if queue is None or queue.pull is None or not queue.pull.offline:
            return None
        points = _points(around, job.agent, queue.pull.proximity)
        if not points:
            return None
        grant = around.known.get(job.job) or Grant(
            id=GrantId(uuid.uuid4()),
            tenant=tenant,
            job=job.job,
            agent=job.agent,
            person=by.id,
            expires_at=_whole(now + queue.pull.grant_lasts),
        )
        envelope = self._signed(grant, points, by.name or by.email, queue.pull.grant_lasts)
        return GrantGiven(grant=grant, envelope=envelope, points=points, places=around.places.get(job.agent, ()))

    def _signed(self, grant: Grant, points: tuple[PrinterId, ...], by: str, lasts: dt.timedelta) -> str:
        end_s = int(grant.expires_at.timestamp())
        content = ReleaseGrant(
            id=grant.id,
            tenant=grant.tenant,
            agent=grant.agent,
            job=grant.job,
            printers=points,
            by=by,
            not_before=end_s - int(lasts.total_seconds()),
            expires_at=end_s,
        )
        payload = encode(content)
        signature = self._secrets.sign_grant(to_be_signed(payload))
        return sealed(payload, key_id=signature.key_id, signature=signature.signature)


async def _surroundings(unit: Unit, tenant: TenantId, held: Collection[Held], now: dt.datetime) -> _Surroundings:
    agents, points = {job.agent for job in held}, await unit.points.all(tenant)
    names = [point.printer for point in points]
    reached = {
        agent: frozenset(
            look.printer for look in await unit.printers.devices_at(tenant, agent, names) if look.reachable
        )
        for agent in agents
    }
    queues = await unit.printers.some(tenant, {job.printer for job in held})
    granted = await unit.grants.of_jobs(tenant, [job.job for job in held], now)
    lasts = {queue.id: queue.pull.grant_lasts for queue in queues if queue.pull is not None}
    known = {
        job.job: grant
        for job in held
        for grant in granted
        if grant.job == job.job and grant.agent == job.agent and grant.expires_at - now > _half(lasts, job.printer)
    }
    return _Surroundings(
        points=points,
        reached=reached,
        places=await unit.nearby.of_agents(tenant, agents, now - DOOR_TOLD),
        queues={queue.id: queue for queue in queues},
        known=known,
    )


def _can_be_had(job: Held) -> bool:
    return job.whereabouts is Whereabouts.HERE and not job.under_way


def _points(around: _Surroundings, agent: AgentId, wanted: Proximity) -> tuple[PrinterId, ...]:
    """Devices the agent reaches, and of which no screen's code is wanted."""
    reached = around.reached.get(agent, frozenset())
    free = [one.printer for one in around.points if one.wants(wanted) is not Proximity.ROTATING]
    return tuple(sorted(reached.intersection(free)))[:POINTS_OF_GRANT]


def _half(lasts: Mapping[PrinterId, dt.timedelta], queue: PrinterId) -> dt.timedelta:
    return lasts.get(queue, dt.timedelta()) / 2


def _whole(moment: dt.datetime) -> dt.datetime:
    """To the second, as a grant says it: what the hub keeps and what the agent reads end at once."""
    return moment.replace(microsecond=0)
