"""Which computers reach what, as pages show it."""

from attrs import frozen

from tympan_hub.http.portal.views._frame import Page


@frozen(kw_only=True)
class AgentReach:
    """A computer in a network."""

    id: str
    name: str
    devices: int
    alone: int


@frozen(kw_only=True)
class NetworkRow:
    """A network.

    Attributes:
        network: As CIDR.
        agents: How many computers are in it.
        devices: How many devices they see.
        alone: How many of them one computer alone sees.
        some: The computers on which the most depends.
        more: Computers that are not named.
    """

    network: str
    agents: int
    devices: int
    alone: int
    some: tuple[AgentReach, ...]
    more: int


@frozen(kw_only=True)
class LonelyRow:
    """A device that one computer alone sees."""

    id: str
    name: str
    model: str
    place: str
    agent: str
    agent_name: str


@frozen(kw_only=True)
class Reach:
    """The page.

    Attributes:
        devices: Devices in view.
        alone: Those of them that one computer alone sees.
        agents: Computers that see any.
        networks: Networks, unless devices are shown.
        lonely: Devices that one computer alone sees, when those are shown.
        by_device: Those are shown.
        query: Words looked for.
        agent: The computer that alone sees them, when asked for one.
        agent_id: Its id.
        page: Where the list stands.
    """

    devices: int
    alone: int
    agents: int
    networks: tuple[NetworkRow, ...] = ()
    lonely: tuple[LonelyRow, ...] = ()
    by_device: bool = False
    query: str = ""
    agent: str = ""
    agent_id: str = ""
    page: Page
