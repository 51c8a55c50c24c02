"""Devices found, and scans: what agents saw, how far they are, and what they shall look at.

- A sighting is told when it is new or other than told before, never again for itself; a sweep without
  news is one report.
- Scans are desired state: one that is not named any more is stopped, one still named goes on where it was.
"""

import datetime as dt
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from attrs import field, frozen

from tympan_wire.device import Description


@frozen(kw_only=True)
class SightingReport:
    """A device in view of an agent, by one method; untrusted, all of it.

    Attributes:
        method: Which discovery saw it: ``bonjour``, ``wsd``, ``ippscan``.
        key: Names the device within the method at this agent.
        seen_at: When it was heard of last.
        in_view: False: it went, and nothing else is told.
        uri: Where it takes jobs by IPP; "" when no such address was found.
        host: Its name in the network; "" when it has none.
        addresses: Its IP addresses.
        mac: Its hardware address, six pairs of lower-case hex joined by ":"; "" when not known.
        fingerprint: SHA-256 of its certificate (DER), hex; "" where it has none.
        services: What else it offers, as URIs.
        description: What it says of itself.
        detail: Why it was not asked itself or did not answer, a sentence.
    """

    KIND: ClassVar[str] = "sighting"
    method: str
    key: str
    seen_at: dt.datetime
    in_view: bool = True
    uri: str = ""
    host: str = ""
    addresses: tuple[str, ...] = ()
    mac: str = ""
    fingerprint: str = ""
    services: tuple[str, ...] = ()
    description: Description = field(factory=Description)
    detail: str = ""


@frozen(kw_only=True)
class SweepReport:
    """A sweep ended: all that was told and not taken back was seen again.

    Attributes:
        method: Of which discovery.
        at: When it ended.
        in_view: How many devices are in view.
        took_ms: How long it took, in milliseconds.
        packets: Packets sent, or connections tried; None where nobody counts them.
        dropped: Records dropped since the agent started because they were hostile, too large or too many.
    """

    KIND: ClassVar[str] = "sweep"
    method: str
    at: dt.datetime
    in_view: int
    took_ms: int = 0
    packets: int | None = None
    dropped: int = 0


class ScanStanding(StrEnum):
    """Where a scan stands at an agent."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class ScanReport:
    """How far an agent is with a scan.

    Attributes:
        scan: Which.
        at: When it stood so.
        standing: Where it stands.
        probed: Addresses done.
        total: Addresses in all.
        found: Devices among them.
        detail: Why it waits or failed, a sentence with the next step.
    """

    KIND: ClassVar[str] = "scan"
    scan: UUID
    at: dt.datetime
    standing: ScanStanding
    probed: int = 0
    total: int = 0
    found: int = 0
    detail: str = ""


@frozen(kw_only=True)
class ScanWanted:
    """Addresses this agent shall look at.

    Attributes:
        id: The same as long as it is the same scan.
        targets: Networks (CIDR), spans (``from-to``), addresses and host names.
        excluded: The same, not to be touched; wins over ``targets``.
        per_second: Addresses begun in a second, at most.
        outside: Whether addresses outside private space may be asked; else they are passed over, of names too.
    """

    id: UUID
    targets: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    per_second: int = 20
    outside: bool = False


@frozen(kw_only=True)
class TellAgain:
    """The hub and the agent do not agree what is in view by a method: all of it is to be told once more.

    Attributes:
        method: Of which discovery.
        number: Grows with every such wish; what was obeyed once means nothing the second time.
    """

    method: str
    number: int
