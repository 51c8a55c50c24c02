"""Updates of computers as pages show them."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class StopRow:
    """A version that was stopped.

    Attributes:
        subject: A plugin's distribution; "" for Tympan itself.
        version: Which.
        name: Both, for people.
        at: Since when.
        by: Who stopped it; "" for the hub itself.
        taken: Computers that had taken it then.
        kinds: What became of those that were not well, each a sentence in English with its number.
        unhealthy: How many those are now, of how many.
        taken_now: See there.
        holds: It is stopped.
        ended_at: When it was let go on.
        ended_by: Who let it.
    """

    subject: str
    version: str
    name: str
    at: dt.datetime
    by: str
    taken: int
    kinds: tuple[tuple[str, int], ...]
    unhealthy: int
    taken_now: int
    holds: bool
    ended_at: dt.datetime | None = None
    ended_by: str = ""


@frozen(kw_only=True)
class RingRow:
    """A ring.

    Attributes:
        word: Its word, in English.
        meaning: What it is for, in English.
        version: What its channel says.
        plugins: The same of plugins.
        lower: Its channel is signed to lead back, too.
        groups: Groups in it.
        agents: How many computers are in it.
        command: What whoever signs says so that it gets what the ring before it has; "" where it has that.
    """

    word: str
    meaning: str
    version: str
    plugins: tuple[str, ...]
    lower: bool
    groups: tuple[str, ...]
    agents: int
    command: str = ""


@frozen(kw_only=True)
class VersionRow:
    """A version in the fleet, and how many computers have it."""

    version: str
    agents: int
    unwell: int
    rings: tuple[tuple[str, int], ...]
    stopped: bool = False


@frozen(kw_only=True)
class UpdateRow:
    """An update at a computer.

    Attributes:
        agent: Its id; "" where it stands on the computer's own page.
        computer: Its name.
        name: What was updated to which version.
        state: How it ended.
        reason: Why, as the agent told it.
        missing: Plugins that run no more.
        at: When.
    """

    agent: str = ""
    computer: str = ""
    name: str
    state: Health
    reason: str = ""
    missing: tuple[str, ...] = ()
    at: dt.datetime


@frozen(kw_only=True)
class FloorWords:
    """What the service owner says: a pause, the latest version allowed ("" for any), and plugins held back."""

    paused: bool = False
    latest: str = ""
    held: tuple[str, ...] = ()


@frozen(kw_only=True)
class UpdatesInShort:
    """What is said of updates, for the page of policy.

    Attributes:
        paused: Nobody switches to anything.
        pin: The version everybody is to have; "" for none.
        window: When they switch; "" for whenever.
        floor: What the service owner says for everybody.
    """

    paused: bool = False
    pin: str = ""
    window: str = ""
    floor: FloorWords


@frozen(kw_only=True)
class Updates:
    """The page of updates.

    Attributes:
        rows: Versions in the fleet, the newest first.
        rings: Rings, the first one first.
        stops: Versions that were stopped.
        troubles: Updates that did not go well.
        paused: Nobody switches to anything.
        pin: The version everybody is to have; "" for none.
        overruled: The service owner allows no version as new as the pin, so it counts for nothing.
        window: When they switch: days as words in English, and from when to when; None for whenever.
        own: The hub has a repository.
        elsewhere: Where the repository is otherwise.
        trouble: Why the hub's cannot be read.
        ends_at: When it must be signed anew.
        over: It should have been.
        back_to: The version one would go back to; "" for none.
        stay: The pin is older than what some computers have, and no signed channel leads back to it: they stay.
        floor: What the service owner says for everybody.
    """

    rows: tuple[VersionRow, ...]
    rings: tuple[RingRow, ...]
    stops: tuple[StopRow, ...]
    troubles: tuple[UpdateRow, ...]
    paused: bool
    pin: str
    overruled: bool
    window: tuple[tuple[str, ...], str, str] | None
    own: bool
    elsewhere: str
    trouble: str
    ends_at: dt.datetime | None
    over: bool
    back_to: str
    stay: bool
    floor: FloorWords


@frozen(kw_only=True)
class UpdateFloorForm:
    """What the service owner says of updates for everybody, and what the hub's repository has."""

    form: Form
    rings: tuple[RingRow, ...]
    versions: tuple[str, ...]
    own: bool
    trouble: str
    ends_at: dt.datetime | None


@frozen(kw_only=True)
class GroupRing:
    """A group, and the rings to choose from for it."""

    id: str
    name: str
    rings: tuple[Choice, ...]


@frozen(kw_only=True)
class UpdateRulesForm:
    """What is said of updates."""

    form: Form
    groups: tuple[GroupRing, ...]
    days: tuple[Choice, ...]


@frozen(kw_only=True)
class AgentUpdates:
    """What one computer told of its versions; in its page."""

    installed: str
    previous: str
    ring: str
    why_not: str
    trouble: str
    plugins: tuple[str, ...]
    rows: tuple[UpdateRow, ...]
