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
from tympan_hub.domain.ids import AgentId, GrantId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.proximity import DOOR_TOLD, POINTS_OF_GRANT
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.release_points import ReleasePoint
from tympan_hub.domain.releases import OPEN
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.giving import Givers
from tympan_hub.service.holding import held_of
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.usable import usable
from tympan_wire.grants import GRANT
from tympan_wire.hub import GRANTS_AT_ONCE, ReleaseGrant, encode


@frozen
class _Surroundings:
    """What grants of one moment are made of."""

    points: Sequence[ReleasePoint]
    reached: Mapping[AgentId, frozenset[PrinterId]]
    places: Mapping[AgentId, tuple[str, ...]]


class GrantService:
    """Grants of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._presence = presence

    async def mine(self, tenant: TenantId, by: Person) -> tuple[GrantGiven, ...]:
        """Grants for all of one's held jobs whose queue allows it, for the phone that asks now."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            offline = [one for one in await held_of(unit, tenant, by) if one[1].offline]
            if not offline:
                return ()
            givers = await Givers.of(unit, self._presence, tenant, [job for job, _ in offline], now)
            able = [one for one in offline if _can_be_had(givers, one[0])][:GRANTS_AT_ONCE]
            around = await _surroundings(unit, tenant, by, {job.agent for job, _ in able if job.agent is not None}, now)
            made = [self._given(by, job, pull, around, givers) for job, pull in able]
            given = tuple(one for one in made if one is not None)
            known = {grant.id for grant in givers.grants.values()}
            await unit.grants.add(tenant, [one.grant for one in given if one.grant.id not in known])
        return given

    def _given(
        self, by: Person, job: Job, pull: PullSettings, around: _Surroundings, givers: Givers
    ) -> GrantGiven | None:
        if job.agent is None or not (points := _points(around, job.agent, pull.proximity)):
            return None
        known = givers.grants.get(job.id)
        fresh = known is not None and _is_fresh(known, by, pull, givers.now)
        grant = known if known is not None and fresh else _new(by, job, job.agent, pull, givers.now)
        envelope = self._signed(grant, points, by.name or by.email, pull.grant_lasts)
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
        signature = self._secrets.sign_grant(GRANT.to_be_signed(payload))
        return GRANT.sealed(payload, key_id=signature.key_id, signature=signature.signature)


async def _surroundings(
    unit: Unit, tenant: TenantId, by: Person, agents: Collection[AgentId], now: dt.datetime
) -> _Surroundings:
    points = {point.printer: point for point in await unit.release_points.all(tenant)}
    theirs = await usable(unit, tenant, await unit.printers.some(tenant, list(points)), [by.id])
    names = [printer.id for printer in theirs]
    reached = {}
    for agent in agents:
        looks = await unit.printers.devices_at(tenant, agent, names)
        reached[agent] = frozenset(look.printer for look in looks if look.reachable)
    places = await unit.near_doors.of(tenant, agents, now - DOOR_TOLD)
    return _Surroundings([points[name] for name in names], reached, places)


def _can_be_had(givers: Givers, job: Job) -> bool:
    """Whether its own agent is there, and nobody else may be printing it."""
    last = givers.last.get(job.id)
    under_way = last is not None and last.standing(givers.now) in OPEN
    return job.agent in givers.here and givers.agent(job) == job.agent and not under_way


def _points(around: _Surroundings, agent: AgentId, wanted: Proximity) -> tuple[PrinterId, ...]:
    """Devices the agent reaches, and of which no screen's code is wanted."""
    reached = around.reached.get(agent, frozenset())
    free = [one.printer for one in around.points if one.wants(wanted) is not Proximity.ROTATING]
    return tuple(sorted(reached.intersection(free)))[:POINTS_OF_GRANT]


def _is_fresh(known: Grant, by: Person, pull: PullSettings, now: dt.datetime) -> bool:
    """Whether a grant there is does for this person still."""
    return known.person == by.id and known.expires_at - now > pull.grant_lasts / 2


def _new(by: Person, job: Job, agent: AgentId, pull: PullSettings, now: dt.datetime) -> Grant:
    """To the second, as it is signed: what the hub keeps and what the agent reads end at once."""
    return Grant(
        id=GrantId(uuid.uuid4()),
        tenant=job.tenant,
        job=job.id,
        agent=agent,
        person=by.id,
        expires_at=(now + pull.grant_lasts).replace(microsecond=0),
    )
