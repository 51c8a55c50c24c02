"""Scans: ranges of addresses that agents ask for printers, each agent a part of them.

- Level-triggered: an agent is told its unfinished parts, all of them, each time. What it is told no longer it stops.
- A part is finished for good: only a new order asks those addresses again.
- Of two words about a part the one counts that was said later, by the clock of the agent that said both; a clock that
  is ahead of the hub's counts as the hub's, or one mistake of it would deafen the part.
- A part that is given to another agent is over, and the other one's part is a new one.
"""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, SoAlready
from tympan_hub.domain.ids import AgentId, CapabilityKey, ScanId, ScanPartId, TenantId
from tympan_hub.domain.limits.scans import SCAN_ADDRESSES, SCAN_PER_S_MOST, SCAN_SILENT
from tympan_hub.domain.ranges import Ranges

IPP_SCAN: Final = CapabilityKey("discovery.ippscan")
"""What an agent needs for it."""


class PartStanding(StrEnum):
    """Where a part of a scan stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    PASSED_ON = "passed-on"


OPEN: Final = frozenset({PartStanding.WAITING, PartStanding.RUNNING})
"""Standings in which the agent is told of it."""


class ScanStanding(StrEnum):
    """Where a scan as a whole stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    PARTLY = "partly"


class Silence(StrEnum):
    """Why nothing is heard of a part."""

    NONE = ""
    AWAY = "away"
    REMOVED = "removed"
    UNABLE = "unable"


@frozen(kw_only=True)
class ScanPart:
    """What one agent does of a scan.

    Attributes:
        id: Its name, as the agent is told.
        tenant: Whose.
        scan: Of which.
        agent: Who does it.
        targets: Its share, as agents read ranges.
        standing: Where it stands.
        probed: Addresses it has asked.
        total: Addresses there are to ask.
        found: Devices that answered.
        detail: The agent's sentence: why it failed, or what hinders it.
        told_at: When that was said, by the agent's clock; None before its first word.
        heard_at: When the hub heard it, or ordered the part.
    """

    id: ScanPartId
    tenant: TenantId
    scan: ScanId
    agent: AgentId
    targets: tuple[str, ...]
    standing: PartStanding = PartStanding.WAITING
    probed: int = 0
    total: int
    found: int = 0
    detail: str = ""
    told_at: dt.datetime | None = None
    heard_at: dt.datetime

    @property
    def open(self) -> bool:
        """Whether its agent is told of it."""
        return self.standing in OPEN

    def told(
        self,
        standing: PartStanding,
        *,
        probed: int,
        total: int,
        found: int,
        detail: str,
        at: dt.datetime,
        now: dt.datetime,
    ) -> "ScanPart":
        """As its agent says it stands; an older word changes nothing, and what ended stays so."""
        at = min(at, now)
        if (self.told_at is not None and at < self.told_at) or self.standing in _FINISHED:
            return self
        return attrs.evolve(
            self,
            standing=standing if self.open else self.standing,
            probed=probed,
            total=total,
            found=found,
            detail=detail,
            told_at=at,
            heard_at=now,
        )

    def stopped(self) -> "ScanPart":
        """Not to be gone on with."""
        return attrs.evolve(self, standing=PartStanding.STOPPED) if self.open else self

    def silence(self, *, connected: bool, welcome: bool, able: bool, now: dt.datetime) -> Silence:
        """Why nothing is heard of it, where it is open and nothing is."""
        if not self.open:
            return Silence.NONE
        if not welcome:
            return Silence.REMOVED
        if not connected and now - self.heard_at >= SCAN_SILENT:
            return Silence.AWAY
        return Silence.NONE if able else Silence.UNABLE


_FINISHED: Final = frozenset({PartStanding.DONE, PartStanding.FAILED, PartStanding.PASSED_ON})


@frozen(kw_only=True)
class Scan:
    """A scan.

    Attributes:
        id: Its name.
        tenant: Whose.
        targets: What was ordered, as it was written.
        excluded: What is left out, even where a host name leads there.
        per_second: Addresses each agent asks within a second.
        addresses: How many there are to ask.
        outside: How many of them are outside private space.
        confirmed: Addresses outside private space may be asked, also where names lead there.
        unreached: How many addresses were left out because nobody reached them.
        agents: Who was named to do it; none where the hub chose.
        ordered_by: Who ordered it.
        ordered_at: When.
        stopped_by: Who stopped it; "" while nobody has.
        stopped_at: When; None while nobody has.
    """

    id: ScanId
    tenant: TenantId
    targets: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    per_second: int
    addresses: int
    outside: int = 0
    confirmed: bool = False
    unreached: int = 0
    agents: tuple[AgentId, ...] = ()
    ordered_by: str
    ordered_at: dt.datetime
    stopped_by: str = ""
    stopped_at: dt.datetime | None = None

    def stopped(self, by: str, now: dt.datetime) -> "Scan":
        """Not to be gone on with; raises ``SoAlready`` when that was said."""
        if self.stopped_at is not None:
            raise SoAlready("the scan is stopped already")
        return attrs.evolve(self, stopped_by=by, stopped_at=now)

    def resumed(self) -> "Scan":
        """To be gone on with; raises ``SoAlready`` when it was not stopped."""
        if self.stopped_at is None:
            raise SoAlready("the scan was not stopped")
        return attrs.evolve(self, stopped_by="", stopped_at=None)


@frozen(kw_only=True)
class Progress:
    """Parts of a scan taken together.

    Attributes:
        probed: Addresses asked.
        total: Addresses to ask.
        found: Devices that answered.
        parts: How many agents have one.
        open: How many of them are not through.
        failed: How many gave up.
        heard_at: The last word of any of them.
    """

    probed: int = 0
    total: int = 0
    found: int = 0
    parts: int = 0
    open: int = 0
    failed: int = 0
    heard_at: dt.datetime | None = None

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return min(self.probed / self.total, 1.0) if self.total else 0.0

    def standing(self, scan: Scan) -> ScanStanding:
        """Where the scan stands."""
        if self.open:
            return ScanStanding.RUNNING
        if scan.stopped_at is not None:
            return ScanStanding.STOPPED
        return ScanStanding.PARTLY if self.failed else ScanStanding.DONE


def progress(parts: Iterable[ScanPart]) -> Progress:
    """Parts taken together; what was passed on counts where it went."""
    mine = [part for part in parts if part.standing is not PartStanding.PASSED_ON]
    return Progress(
        probed=sum(min(part.probed, part.total) for part in mine),
        total=sum(part.total for part in mine),
        found=sum(part.found for part in mine),
        parts=len(mine),
        open=sum(part.open for part in mine),
        failed=sum(part.standing is PartStanding.FAILED for part in mine),
        heard_at=max((part.heard_at for part in mine), default=None),
    )


def check_scan(ranges: Ranges, per_second: int) -> None:
    """Raises ``BadInput`` for a scan of nothing, of too much, or too fast."""
    if not ranges:
        raise BadInput("no address is left to ask", next_step="Write a range, or exclude less.", field="targets")
    if ranges.count > SCAN_ADDRESSES:
        raise BadInput(
            f"{ranges.count:,} addresses are more than the {SCAN_ADDRESSES:,} of one scan",
            next_step="Take narrower ranges: of IPv6 networks those addresses that are in use.",
            field="targets",
        )
    if not 1 <= per_second <= SCAN_PER_S_MOST:
        raise BadInput(
            f"a speed is 1 to {SCAN_PER_S_MOST} addresses a second",
            next_step="50 suits most networks.",
            field="per_second",
        )
