"""What one part of the hub tells all others at once: losing one costs time, never truth."""

from attrs import frozen

from tympan_hub.domain.ids import AgentId


@frozen(kw_only=True)
class LookAgain:
    """The desired state of a tenant's agents changed; with an agent, of that one alone."""

    agent: AgentId | None = None


@frozen(kw_only=True)
class LookAtReleases:
    """There are releases for some agents of a tenant."""

    agents: tuple[AgentId, ...]


@frozen(kw_only=True)
class LookAtKeys:
    """A key in a tenant's key book changed, was confirmed, or is good for nothing any more."""


@frozen(kw_only=True)
class LookAtTunnel:
    """Jobs of the tunnel wait for some agents of a tenant, or fare otherwise than before."""

    agents: tuple[AgentId, ...]


@frozen(kw_only=True)
class LookAtShares:
    """What is wanted of the queues an agent shares changed; of all agents of a tenant where none is named."""

    agent: AgentId | None = None


@frozen(kw_only=True)
class LookAtUpdates:
    """What a tenant says of updates changed, or a version was stopped."""


@frozen(kw_only=True)
class SayEcho:
    """An agent wants to hear this on one of its streams."""

    agent: AgentId
    stream: str
    nonce: str


@frozen(kw_only=True)
class EndAgent:
    """An agent was revoked: its streams close."""

    agent: AgentId


Wake = LookAgain | LookAtReleases | LookAtTunnel | LookAtKeys | LookAtShares | LookAtUpdates | SayEcho | EndAgent
