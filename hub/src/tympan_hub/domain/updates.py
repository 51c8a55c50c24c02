"""Updates of a tenant's agents: rings, and the gate that stops a version that makes them unhealthy.

- Which files a version is, and that they are genuine, is the repository's to say, and the agents' to verify. The hub
  says which ring an agent is in, when it may switch, and what it must not take.
- A version is stopped for a tenant as a whole: what harmed its canaries reaches nobody else.
- What an administrator let go on is stopped again only by computers that took it after that.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, GroupId, TenantId
from tympan_hub.domain.limits.updates import (
    RING_GROUPS,
    SUBJECT_CHARS,
    UPDATES_LEAST,
    UPDATES_LEAST_MOST,
    UPDATES_PERCENT,
    VERSION_CHARS,
)
from tympan_hub.domain.limits.values import URI_OCTETS

_VERSION: Final = re.compile(rf"[0-9A-Za-z][0-9A-Za-z.+!_-]{{0,{VERSION_CHARS - 1}}}")
_SUBJECT: Final = re.compile(rf"(?:[0-9A-Za-z][0-9A-Za-z._-]{{0,{SUBJECT_CHARS - 1}}})?")
_MINUTES: Final = 24 * 60


class Ring(StrEnum):
    """Which computers get a version first; each is a channel of the repository."""

    CANARY = "canary"
    EARLY = "early"
    ALL = "all"


class Step(StrEnum):
    """How far an update came at a computer."""

    FETCHED = "fetched"
    CHECKED = "checked"
    SWITCHING = "switching"
    SWITCHED = "switched"
    RETURNED = "returned"
    REFUSED = "refused"
    UNKNOWN = "unknown"


TAKEN: Final = frozenset({Step.SWITCHING, Step.SWITCHED, Step.RETURNED})
"""Steps of those that took a version, however it went on."""


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@frozen(kw_only=True)
class Window:
    """When computers may switch, by their own time; no days are all days, an end before the beginning is tomorrow's."""

    days: tuple[Day, ...] = ()
    begin_min: int
    end_min: int


@frozen(kw_only=True)
class UpdateRules:
    """What a tenant says of updates.

    Attributes:
        canary: Groups whose computers get a version first.
        early: Groups whose computers get it next; everybody else is last.
        paused: Nobody switches to anything.
        pin: The version to have, whatever the channels say; "" for none.
        window: When to switch; None for whenever it suits.
        least: So many unhealthy computers stop a version,
        percent: if they are more than this share of those that took it.
        repository: Where the update repository is; "" for the hub's own.
    """

    canary: tuple[GroupId, ...] = ()
    early: tuple[GroupId, ...] = ()
    paused: bool = False
    pin: str = ""
    window: Window | None = None
    least: int = UPDATES_LEAST
    percent: int = UPDATES_PERCENT
    repository: str = ""

    def ring(self, groups: Collection[GroupId]) -> Ring:
        """The ring of a computer that is in these groups: the first one that has any of them."""
        if not set(self.canary).isdisjoint(groups):
            return Ring.CANARY
        return Ring.ALL if set(self.early).isdisjoint(groups) else Ring.EARLY


@frozen(kw_only=True)
class Installed:
    """What a computer told of its versions, last.

    Attributes:
        agent: Which.
        installed: The version it runs.
        previous: The one it can return to; "" for none.
        able: Whether it updates itself.
        why_not: Why it does not.
        healthy: Whether it works as it shall, as it says.
        trouble: What is wrong.
        plugins: Distributions with versions of their own.
        ring: In which it was told to be.
        heard_at: When, by the hub's clock.
    """

    agent: AgentId
    installed: str
    previous: str = ""
    able: bool = True
    why_not: str = ""
    healthy: bool = True
    trouble: str = ""
    plugins: Mapping[str, str]
    ring: Ring = Ring.ALL
    heard_at: dt.datetime


@frozen(kw_only=True)
class Update:
    """The last update of one subject at one computer.

    Attributes:
        agent: Where.
        subject: A plugin's distribution; "" for the agent itself.
        version: To which.
        step: How far it came.
        reason: Why it was refused or taken back.
        missing: Plugins that ran before it and run no more.
        at: When it came so far, by the agent's clock.
        told_at: When the hub heard that first.
    """

    agent: AgentId
    subject: str = ""
    version: str
    step: Step
    reason: str = ""
    missing: tuple[str, ...] = ()
    at: dt.datetime
    told_at: dt.datetime

    def is_same(self, other: "Update | None") -> bool:
        """Whether nothing happened between the two but that they were told."""
        return other is not None and (self.version, self.step, self.at) == (other.version, other.step, other.at)


@frozen(kw_only=True)
class Toll:
    """How those fare that took a version.

    Attributes:
        taken: How many they are.
        returned: Went back to the version before.
        silent: Said they switch, and were not heard of since.
        failing: Have it, and lack plugins or say that they are not well.
    """

    taken: int = 0
    returned: int = 0
    silent: int = 0
    failing: int = 0

    @property
    def unhealthy(self) -> int:
        """How many are not well, of whichever kind."""
        return self.returned + self.silent + self.failing

    def stops(self, rules: UpdateRules) -> bool:
        """Whether a version with this toll is stopped."""
        return self.unhealthy >= rules.least and self.unhealthy * 100 > rules.percent * self.taken


@frozen(kw_only=True)
class Stop:
    """A version that no further computer of a tenant is to take.

    Attributes:
        tenant: Whose computers.
        subject: A plugin's distribution; "" for the agent itself.
        version: Which.
        at: Since when.
        by: Who stopped it, as the log names them; "" for the hub itself.
        toll: How those fared that had taken it, then.
        ended_at: When an administrator let it go on; None while it is stopped.
        ended_by: Who that was.
    """

    tenant: TenantId
    subject: str = ""
    version: str
    at: dt.datetime
    by: str = ""
    toll: Toll
    ended_at: dt.datetime | None = None
    ended_by: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is stopped now."""
        return self.ended_at is None

    @property
    def name(self) -> str:
        """The version, for people."""
        return named(self.subject, self.version)


@frozen(kw_only=True)
class InFleet:
    """How many computers have a version, by ring."""

    version: str
    ring: Ring
    agents: int
    unwell: int = 0


def named(subject: str, version: str) -> str:
    """A version, for people."""
    return f"{subject or 'Tympan'} {version}"


def is_version(text: str) -> bool:
    """Whether a text can be a version."""
    return _VERSION.fullmatch(text) is not None


def is_distribution(text: str) -> bool:
    """Whether a text can be a plugin's distribution."""
    return bool(text) and _SUBJECT.fullmatch(text) is not None


def check_subject(subject: str, version: str) -> None:
    """Raises ``BadInput`` for what is no version of anything."""
    if _SUBJECT.fullmatch(subject) is None:
        raise BadInput("a plugin's distribution has letters, digits, '.', '_' and '-'", field="subject")
    if not is_version(version):
        raise BadInput("a version has letters, digits and '.', '+', '!', '_', '-'", field="version")


def check_rules(rules: UpdateRules) -> None:
    """Raises ``BadInput`` for what nobody can mean."""
    if max(len(rules.canary), len(rules.early)) > RING_GROUPS:
        raise BadInput(f"a ring has at most {RING_GROUPS} groups", field="canary")
    if rules.pin and not is_version(rules.pin):
        raise BadInput("a version has letters, digits and '.', '+', '!', '_', '-'", field="pin")
    if not 1 <= rules.least <= UPDATES_LEAST_MOST:
        raise BadInput(f"1 to {UPDATES_LEAST_MOST} computers stop a version", field="least")
    if not 0 <= rules.percent < 100:
        raise BadInput("a share is 0 to 99 percent", field="percent")
    if rules.window and not all(0 <= each < _MINUTES for each in (rules.window.begin_min, rules.window.end_min)):
        raise BadInput("a window begins and ends at a minute of the day", field="window")
    _check_repository(rules.repository)


def _check_repository(address: str) -> None:
    if not address:
        return
    parts = urlsplit(address)
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= URI_OCTETS
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment or not plain:
        raise BadInput("a repository is at an address that begins with https://", field="repository")


def sorted_versions(versions: Collection[str]) -> list[str]:
    """Versions, the newest first, as people read them: 1.10 is newer than 1.9."""
    return sorted(versions, key=_read, reverse=True)


def is_newer(version: str, other: str) -> bool:
    """Whether a version is newer than another; 1.4 and 1.4.0 are one."""
    return _read(_whole(version)) > _read(_whole(other))


def _whole(version: str) -> str:
    return re.sub(r"(\.0+)+(?=$|[^0-9.])", "", version)


def _read(version: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d{1,18}|[A-Za-z]+", version)
    end = (0, 1, "")  # after "rc", before another number
    return [*((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts), end]
