"""Discovery of devices: what is in view, and scans that somebody ordered.

Both are level-triggered: who asks gets all there is, and ``wait_changed`` tells when asking again is worth it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

import attrs

from tympan_wire.device import Description


@attrs.frozen(kw_only=True)
class Sighting:
    """This agent saw a device by a method at a time; untrusted until an administrator makes a printer of it.

    Attributes:
        method: Which discovery saw it, such as ``bonjour``.
        key: Names the device within the method at this agent; the same as long as it is in view. At most 200 octets.
        seen_at: When it was heard of last.
        uri: Where it takes jobs by IPP, the best address; "" when none was found.
        host: Its name in the network, without a dot at the end; "" when it has none.
        addresses: Its IP addresses; link-local ones of IPv6 with their zone.
        mac: Its hardware address, six pairs of lower-case hex joined by ":"; "" when not known.
        fingerprint: SHA-256 of its certificate (DER), hex; "" where it has none.
        services: What else it offers, as URIs: raw and LPD printing, scanning, its pages.
        description: What it says of itself.
        detail: Why it was not asked itself or did not answer, a sentence; "" when it was and did.
    """

    method: str
    key: str
    seen_at: dt.datetime
    uri: str = ""
    host: str = ""
    addresses: tuple[str, ...] = ()
    mac: str = ""
    fingerprint: str = ""
    services: tuple[str, ...] = ()
    description: Description = attrs.field(factory=Description)
    detail: str = ""


@attrs.frozen(kw_only=True)
class SweepRequest:
    """Where to look (``ranges`` for those that sweep addresses) and for how long, in seconds."""

    ranges: tuple[str, ...] = ()
    duration_s: float = 10.0


@attrs.frozen(kw_only=True)
class SweepStanding:
    """How a discovery fares.

    Attributes:
        swept_at: When the last whole sweep ended; None before the first.
        took_s: How long it took.
        packets: Packets sent, or connections tried, by it; None where nobody can count them.
        dropped: Records dropped since the start because they were hostile, too large or too many.
    """

    swept_at: dt.datetime | None = None
    took_s: float = 0.0
    packets: int | None = None
    dropped: int = 0


@runtime_checkable
class Discoverer(Protocol):
    """Looks for devices by one method, and says which are in view."""

    @property
    def method(self) -> str:
        """One lower-case word: the last part of its capability."""

    @property
    def standing(self) -> SweepStanding:
        """How it fares."""

    async def sightings(self) -> Sequence[Sighting]:
        """All that is in view, one a key."""

    async def wait_changed(self) -> None:
        """Returns when ``sightings`` or ``standing`` may be others than when ``sightings`` was asked last."""

    def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Sightings as they come; ends by itself after ``duration_s``."""


@attrs.frozen(kw_only=True)
class ScanOrder:
    """Addresses somebody wants looked at.

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


class ScanState(StrEnum):
    """Where a scan stands at an agent."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        id: Which.
        state: Where it stands.
        probed: Addresses done.
        total: Addresses in all.
        found: Devices among them.
        detail: Why it failed or waits, a sentence with the next step.
    """

    id: UUID
    state: ScanState
    probed: int = 0
    total: int = 0
    found: int = 0
    detail: str = ""


@runtime_checkable
class Scanner(Protocol):
    """Carries out scans. What it finds is in the view of the ``Discoverer`` beside it."""

    async def want(self, scans: Sequence[ScanOrder]) -> None:
        """From now on these scans shall be carried out, and no other: one that is not named is stopped, and nothing is
        told of it; one that is known goes on where it was, over restarts too, and as a rule when it was stopped.
        """

    async def progress(self) -> Sequence[ScanProgress]:
        """Of every scan wanted."""

    async def wait_changed(self) -> None:
        """Returns when ``progress`` may be another than when it was asked last."""
