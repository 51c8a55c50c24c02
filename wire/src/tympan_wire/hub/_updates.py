"""Updates: what an agent tells of the versions it has, and what the hub wants of it.

- One question and one answer, both whole every time. Which files a version is, and whether they are genuine, is told by
  the update repository alone (TUF): what stands here can delay an update and never forge one.
- A version that is stopped is not switched to. An agent asks afresh right before it switches.
- An agent that says it switches, and is not heard of afterwards, counts as one that the update broke.
"""

import datetime as dt
from enum import StrEnum
from typing import Final

from attrs import frozen

UPDATES_PATH: Final = "/updates/v1/"
"""GET: below it the files of the hub's own update repository, without a token."""

UPDATES_TOLD: Final = 100
"""Updates, and plugins with versions of their own, one agent tells of."""

STOPPED_TOLD: Final = 100
"""Versions an agent is told not to take."""

MINUTES_OF_A_DAY: Final = 24 * 60


class Ring(StrEnum):
    """Which channel of the update repository an agent follows; one that is not known is followed nowhere."""

    CANARY = "canary"
    EARLY = "early"
    ALL = "all"
    UNKNOWN = "unknown"


class UpdateStep(StrEnum):
    """How far an update came."""

    FETCHED = "fetched"
    CHECKED = "checked"
    SWITCHING = "switching"
    SWITCHED = "switched"
    RETURNED = "returned"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Weekday(StrEnum):
    """A day of the week; one that is not known is none."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class PluginVersion:
    """A distribution that is installed beside the agent and updated alone."""

    distribution: str
    version: str


@frozen(kw_only=True)
class UpdateTold:
    """The last update of a subject.

    Attributes:
        subject: The plugin's distribution; "" for the agent itself.
        version: To which it goes, went, or did not go.
        step: How far it came.
        reason: Why it was refused or taken back, a sentence.
        missing: Ids of plugins that ran before it and run no more.
        at: When it came so far, by the agent's clock.
    """

    subject: str = ""
    version: str
    step: UpdateStep
    reason: str = ""
    missing: tuple[str, ...] = ()
    at: dt.datetime


@frozen(kw_only=True)
class UpdatesRequest:
    """What an agent has.

    Attributes:
        installed: Its version.
        previous: The one it can return to; "" for none.
        able: Whether it updates itself.
        why_not: Why it does not, a sentence.
        healthy: Whether it works as it shall.
        trouble: What is wrong, a sentence.
        plugins: Those with versions of their own, at most `UPDATES_TOLD`.
        updates: The last of each subject, at most `UPDATES_TOLD`.
    """

    installed: str
    previous: str = ""
    able: bool = True
    why_not: str = ""
    healthy: bool = True
    trouble: str = ""
    plugins: tuple[PluginVersion, ...] = ()
    updates: tuple[UpdateTold, ...] = ()


@frozen(kw_only=True)
class UpdateWindow:
    """When an agent may switch, by its machine's own time.

    Attributes:
        days: On which days the window opens; none is every day.
        begin_min: Minute of the day at which it opens.
        end_min: Minute at which it closes; an earlier one is of the next day, the same one a whole day later.
    """

    days: tuple[Weekday, ...] = ()
    begin_min: int
    end_min: int


@frozen(kw_only=True)
class StoppedVersion:
    """A version that is not to be taken; ``subject`` as in `UpdateTold`."""

    subject: str = ""
    version: str


@frozen(kw_only=True)
class UpdatesWanted:
    """What the hub wants.

    Attributes:
        ring: The channel to follow.
        repository: Where the update repository is; "" for `UPDATES_PATH` at the hub's own address.
        paused: Switch to nothing.
        pin: The agent's version to have, whatever the channel says; "" for none.
        window: When to switch; None for whenever it suits.
        stopped: Not to be switched to, by whatever way they came.
        every_s: Ask again after so many seconds.
        spread_s: Wait a random time up to this before fetching: a fleet does not come at once.
    """

    ring: Ring = Ring.ALL
    repository: str = ""
    paused: bool = False
    pin: str = ""
    window: UpdateWindow | None = None
    stopped: tuple[StoppedVersion, ...] = ()
    every_s: int = 3600
    spread_s: int = 600
