"""Agents: what is known of each, and the tokens that enrol them."""

import datetime as dt
from enum import StrEnum

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, CapabilityKey, GroupId, PersonId, TenantId, TokenHash
from tympan_hub.domain.limits.agents import COMPUTERS_PER_TOKEN, ENROLMENT_TOKEN_MOST
from tympan_hub.domain.limits.pages import PAGE, WORDS_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import is_name


class Platform(StrEnum):
    """What an agent runs on."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Plugin:
    """A plugin of an agent, as the agent says; ``used_at`` is when it last did what it is for, to the hour."""

    id: str
    version: str = ""
    status: str
    reason: str = ""
    capabilities: tuple[str, ...] = ()
    used_at: dt.datetime | None = None

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self.status == "running"


@frozen(kw_only=True)
class PolicyObeyed:
    """The edition of a policy document an agent says it obeys."""

    scope: str
    name: str
    number: int


@frozen(kw_only=True)
class SelfReport:
    """What an agent told about itself, last.

    Attributes:
        at: When, by the agent's clock.
        release: Its version.
        keys: Where its keys lie, a sentence.
        plugins: Every plugin it found.
        policy: Documents it obeys.
        problems: What needs a person, sentences.
        networks: Networks it is in (CIDR), those left out that every computer has.
    """

    at: dt.datetime
    release: str
    keys: str = ""
    plugins: tuple[Plugin, ...] = ()
    policy: tuple[PolicyObeyed, ...] = ()
    problems: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    def runs(self, key: CapabilityKey) -> bool:
        """Whether a plugin with this capability is up."""
        return any(plugin.running and key in plugin.capabilities for plugin in self.plugins)


@frozen(kw_only=True)
class Agent:
    """An enrolled agent.

    Attributes:
        id: Its name at this hub.
        tenant: Whose it is.
        name: For people.
        platform: What it runs on.
        release: Its version, when it enrolled.
        public_key: Its P-256 key, SubjectPublicKeyInfo in DER.
        recipient: Its key for envelopes; b"" when it has none.
        certificate: As issued, PEM.
        enrolled_at: When it came.
        seen_at: When it last asked for a token or reported.
        revoked_at: When an administrator ended it; None while it is welcome.
        told: What it told about itself; None before its first report.
        replaces: The agent whose place it took; None when it took none.
        key_waits: Whether its key for envelopes changed and no administrator confirmed it yet.
    """

    id: AgentId
    tenant: TenantId
    name: str
    platform: Platform = Platform.UNKNOWN
    release: str = ""
    public_key: bytes
    recipient: bytes = b""
    certificate: str
    enrolled_at: dt.datetime
    seen_at: dt.datetime
    revoked_at: dt.datetime | None = None
    told: SelfReport | None = None
    replaces: AgentId | None = None
    key_waits: bool = False


@frozen(kw_only=True)
class AgentFilter:
    """Which agents of a tenant are wanted; what is not given is no condition.

    Attributes:
        text: Words, each of which stands in the name, in whatever case.
        revoked: Whether they are ended.
        group: In this group.
        outside: Not in this group.
        replaces: Took the place of this one.
        troubled: Whether they said that they need a person.
        silent_since: Last heard of before this moment.
        first: So many of the first ones are passed over.
        limit: So many at most.
    """

    text: str = ""
    revoked: bool | None = None
    group: GroupId | None = None
    outside: GroupId | None = None
    replaces: AgentId | None = None
    troubled: bool | None = None
    silent_since: dt.datetime | None = None
    first: int = 0
    limit: int = PAGE

    def beginning(self, first: int) -> "AgentFilter":
        """The same question, from another place in the list on."""
        return attrs.evolve(self, first=first)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text in the form they are looked for."""
        return tuple(dict.fromkeys(self.text.casefold().split()))[:WORDS_MOST]


def sought(name: str) -> str:
    """The text in which words about an agent are looked for, and by which agents are listed."""
    return name.casefold()


_QUEUES = "spool."
"""What the capability keys begin with of plugins that make queues."""


_NOT_NOW = frozenset({"refused", "off", "unsupported", "blocked"})
"""Standings of a plugin that do not end by themselves; one that starts, or failed just now, is asked all the same."""


def makes_queues(agent: Agent) -> bool:
    """Whether an agent can make queues; believed of one that told nothing yet."""
    if agent.told is None or not agent.told.plugins:
        return True
    able = (plugin for plugin in agent.told.plugins if plugin.status not in _NOT_NOW)
    return any(key.startswith(_QUEUES) for plugin in able for key in plugin.capabilities)


class TokenStanding(StrEnum):
    """Where an enrolment token stands."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@frozen(kw_only=True)
class EnrolmentToken:
    """A token that enrols one agent, once, or so many; of the token itself only the hash is kept.

    Of one for many computers each that comes has a row of its own, by the token and its key: it may ask again, too.

    Attributes:
        hash: SHA-256 of it.
        tenant: Whose agent it makes.
        name: What it is for, as its maker wrote; "" for nothing said.
        made_by: Who made it, as the log names them.
        maker: The person that is, or whose token of the API it was; None when it was nobody.
        made_at: When.
        expires_at: When it is no good any more.
        agent: Who used it; None while nobody has, and of one for many.
        replaces: The agent whose place the new one takes; None for a place of its own.
        revoked_at: When it was ended; None while it is good, or was used.
        computers: So many may come with it.
        joined: So many came, of one for many.
    """

    hash: TokenHash
    tenant: TenantId
    name: str = ""
    made_by: str
    maker: PersonId | None = None
    made_at: dt.datetime
    expires_at: dt.datetime
    agent: AgentId | None = None
    replaces: AgentId | None = None
    revoked_at: dt.datetime | None = None
    computers: int = 1
    joined: int = 0

    @property
    def is_for_many(self) -> bool:
        """Whether several computers may come with it."""
        return self.computers > 1

    def standing(self, now: dt.datetime) -> TokenStanding:
        """Whether an agent may still come with it, or why not."""
        if self.agent is not None or self.joined >= self.computers:
            return TokenStanding.USED
        if self.revoked_at is not None:
            return TokenStanding.REVOKED
        return TokenStanding.OPEN if now < self.expires_at else TokenStanding.EXPIRED


@frozen(kw_only=True)
class EnrolmentFilter:
    """Which enrolment tokens of a tenant are wanted; what is not given is no condition.

    Attributes:
        standing: Where they stand.
        after: Made before this one, in the order of the list.
        first: So many of the first ones are passed over.
        limit: So many at most.
    """

    standing: TokenStanding | None = None
    after: tuple[dt.datetime, TokenHash] | None = None
    first: int = 0
    limit: int = PAGE


@frozen(kw_only=True)
class KeyInUse:
    """A capability key as a tenant's agents reported it, how many of them have it, and on how many it runs."""

    key: CapabilityKey
    agents: int
    running: int


@frozen(kw_only=True)
class Touched:
    """Agents that have a capability, those it runs on, and those it was used on lately."""

    agents: int = 0
    running: int = 0
    used: int = 0

    def __bool__(self) -> bool:
        return self.agents > 0

    def __add__(self, other: "Touched") -> "Touched":
        return Touched(
            agents=self.agents + other.agents, running=self.running + other.running, used=self.used + other.used
        )


def check_agent_name(name: str) -> None:
    """Raises ``BadInput`` for a name no agent can have."""
    if not is_name(name, NAME_OCTETS):
        raise BadInput(f"an agent's name has 1 to {NAME_OCTETS} octets and no control characters")


def check_purpose(name: str) -> None:
    """Raises ``BadInput`` for words that cannot say what an enrolment token is for; none at all can."""
    if name and not is_name(name, NAME_OCTETS):
        raise BadInput(f"what a token is for has up to {NAME_OCTETS} octets and no control characters")


def check_computers(computers: int) -> None:
    """Raises ``BadInput`` for a token for nobody, or for more computers than one may join."""
    if not 1 <= computers <= COMPUTERS_PER_TOKEN:
        raise BadInput(f"a token is for 1 to {COMPUTERS_PER_TOKEN} computers")


def check_validity(validity: dt.timedelta) -> None:
    """Raises ``BadInput`` for a token that would wait too long, or not at all."""
    if not dt.timedelta() < validity <= ENROLMENT_TOKEN_MOST:
        raise BadInput(f"an enrolment token is valid for up to {ENROLMENT_TOKEN_MOST.days} days")
