"""Grants: the hub's signed word, given ahead, that one agent may release one job once while the hub is away."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.ids import AgentId, GrantId, JobId, PersonId, PrinterId, TenantId


@frozen(kw_only=True)
class Grant:
    """A grant as the hub remembers it: until it ends, no other agent gets the job.

    Attributes:
        id: Used once, by the agent.
        tenant: Whose.
        job: Which job.
        agent: Who may honour it.
        person: Whose job it is.
        expires_at: Until when.
    """

    id: GrantId
    tenant: TenantId
    job: JobId
    agent: AgentId
    person: PersonId
    expires_at: dt.datetime


@frozen(kw_only=True)
class GrantGiven:
    """A grant for its owner's phone.

    Attributes:
        grant: As the hub remembers it.
        envelope: What the agent verifies: a DSSE envelope as text.
        points: Where it is good.
        places: Addresses at which the agent answers in its network, ``http://host:port``.
    """

    grant: Grant
    envelope: str
    points: tuple[PrinterId, ...]
    places: tuple[str, ...] = ()
