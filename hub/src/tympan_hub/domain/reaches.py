"""Which agents reach what: sums by network and agent, and devices that one agent alone sees.

A device that one agent alone has in view is out of reach when that computer sleeps: nobody else can print on it.
"""

from attrs import frozen

from tympan_hub.domain.ids import AgentId, DeviceId
from tympan_hub.domain.limits.pages import PAGE, WORDS_MOST


@frozen(kw_only=True)
class ReachSums:
    """A tenant's devices in view, those of them that one agent alone sees, and agents that see any."""

    devices: int = 0
    alone: int = 0
    agents: int = 0


@frozen(kw_only=True)
class AgentReach:
    """An agent, how many devices it has in view, and how many of them nobody else has."""

    agent: AgentId
    name: str
    devices: int = 0
    alone: int = 0


@frozen(kw_only=True)
class NetworkReach:
    """A network, and what is seen from there.

    Attributes:
        network: As CIDR; "" for agents that told of none.
        agents: How many agents are in it.
        devices: How many devices they have in view, each counted once.
        alone: How many of those one agent alone has.
        some: The first of the agents: those on which the most depends.
    """

    network: str
    agents: int
    devices: int = 0
    alone: int = 0
    some: tuple[AgentReach, ...] = ()


@frozen(kw_only=True)
class OnlyOne:
    """A device that one agent alone has in view."""

    device: DeviceId
    agent: AgentId


@frozen(kw_only=True)
class ReachFilter:
    """What of it is wanted.

    Attributes:
        text: Words, each of which stands in the network or the name of an agent in it; of devices, in what is known
            of them.
        agent: Devices that this one alone sees.
        first: So many of the first ones are passed over.
        limit: So many at most.
    """

    text: str = ""
    agent: AgentId | None = None
    first: int = 0
    limit: int = PAGE

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text in the form they are looked for."""
        return tuple(dict.fromkeys(self.text.casefold().split()))[:WORDS_MOST]
