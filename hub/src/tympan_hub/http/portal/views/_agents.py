"""Agents as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._devices import DroppedRow
from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice
from tympan_hub.http.portal.views._shares import ShareRow
from tympan_hub.http.portal.views._updates import AgentUpdates


@frozen(kw_only=True)
class AgentRow:
    """An agent in the list.

    Attributes:
        id: Its name at this hub.
        name: For people.
        platform: What it runs on, a word.
        release: Its version; "" while it has not told.
        standing: Whether it is connected, away or revoked.
        seen_at: When it last asked or told something; None when never.
        problems: What needs a person, as the agent told it.
        revoked: Never to come back.
    """

    id: str
    name: str
    platform: str
    release: str
    standing: Health
    seen_at: dt.datetime | None
    problems: tuple[str, ...] = ()
    revoked: bool = False


@frozen(kw_only=True)
class Agents:
    """The page of agents."""

    rows: tuple[AgentRow, ...]
    page: Page
    states: tuple[Choice, ...]
    query: str = ""
    filtered: bool = False


@frozen(kw_only=True)
class PersonHere:
    """A person signed in at an agent."""

    id: str
    name: str
    user: str
    since: dt.datetime


@frozen(kw_only=True)
class AgentLink:
    """Another agent, to go to."""

    id: str
    name: str


@frozen(kw_only=True)
class SweepRow:
    """An agent looked around.

    Attributes:
        method: By which discovery, a word.
        at: When that ended.
        in_view: Devices it saw.
        seconds: How long it took.
        packets: Packets it sent; None where nobody counts them.
        dropped: Records the agent itself dropped since it started.
    """

    method: str
    at: dt.datetime
    in_view: int
    seconds: int
    packets: int | None
    dropped: int


@frozen(kw_only=True)
class Agent:
    """One agent.

    Attributes:
        row: As in the list.
        enrolled_at: When it came.
        people: Who is signed in at it.
        replaces: Whose place it took.
        replaced_by: Who took its place.
        sweeps: How it looked around last, by discovery.
        dropped: What was dropped of what it told of devices, by day.
        shares: Queues it shares.
        updates: Its versions; None before it told of them.
        form: To rename it.
    """

    row: AgentRow
    enrolled_at: dt.datetime
    people: tuple[PersonHere, ...] = ()
    replaces: AgentLink | None = None
    replaced_by: AgentLink | None = None
    sweeps: tuple[SweepRow, ...] = ()
    dropped: tuple[DroppedRow, ...] = ()
    shares: tuple[ShareRow, ...] = ()
    updates: AgentUpdates | None = None
    form: Form = attrs.field(factory=Form)
