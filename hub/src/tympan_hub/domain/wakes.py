"""What one part of the hub tells all others at once: losing one costs time, never truth."""

from attrs import frozen

from tympan_hub.domain.ids import AgentId


@frozen(kw_only=True)
class LookAgain:
    """Something of a tenant's agents changed: by its topic, what they shall have; with an agent, of that one alone."""

    agent: AgentId | None = None
    topic: str = "desired"


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


Wake = LookAgain | SayEcho | EndAgent
