"""Printer state: what the spooler is told of the printer right now (RFC 8011 section 5.4.11 to 5.4.13).

- What nothing delivers is said first: a device that answered before that was so proves nothing now.
- A printer whose device is away keeps accepting: jobs wait here, and the reasons say why.
- A pull printer that serves many devices has none of its own: it is idle and takes jobs, which wait for their owners.
  So is one whose jobs go through the hub: whether its device answers here says nothing.
- It is *stopped* only when the device answers and says itself that it cannot print (paper, jam, door).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Self

import attrs

from tympan.plugin import DeviceSnapshot, Job, JobState
from tympan_ipp_endpoint._answers import shortened
from tympan_ipp_endpoint._job_states import decision
from tympan_ipp_endpoint._printer_attributes import seconds, wanted
from tympan_wire.ipp import Attribute, DateTime, PrinterState, attr, encode_attributes

_BUSY = frozenset({JobState.SENDING, JobState.PRINTING})
NEVER_SEEN = "The device has not answered yet; until it does, only what every printer can do is offered."
NO_ROUTE = "No part of the agent that delivers to printers is running; jobs wait. See: tympan plugins"
AWAY = "The device does not answer; jobs wait and are printed when it returns."


@attrs.frozen(kw_only=True)
class Condition:
    """How a printer stands.

    Attributes:
        state: ``printer-state``.
        reasons: ``printer-state-reasons``.
        message: ``printer-state-message``.
    """

    state: PrinterState
    reasons: tuple[str, ...]
    message: str


@attrs.frozen(kw_only=True)
class Load:
    """What a printer's jobs ask of it.

    Attributes:
        busy: Whether one is at the device.
        queued: How many are not over.
        undecided: Number of the first whose end is unknown; 0 when there is none.
    """

    busy: bool = False
    queued: int = 0
    undecided: int = 0

    @classmethod
    def of(cls, jobs: Iterable[Job]) -> Self:
        """Of these jobs."""
        alive = [job for job in jobs if not job.state.terminal]
        undecided = (job.number for job in alive if job.state is JobState.UNKNOWN)
        return cls(
            busy=any(job.state in _BUSY for job in alive), queued=len(alive), undecided=min(undecided, default=0)
        )


def of_many(load: Load) -> Condition:
    """How a printer stands that does not depend on a device in sight: it takes jobs always."""
    return _told(Condition(state=PrinterState.IDLE, reasons=("none",), message=""), load)


def condition(
    snapshot: DeviceSnapshot | None, device_reasons: tuple[str, ...], load: Load, *, delivers: bool
) -> Condition:
    """How a printer stands, from the last look at its device, its jobs, and whether anything delivers."""
    return _told(_condition(snapshot, device_reasons, busy=load.busy, delivers=delivers), load)


def _told(found: Condition, load: Load) -> Condition:
    """With what a person has to decide about its jobs."""
    if not load.undecided:
        return found
    reasons = dict.fromkeys((*(reason for reason in found.reasons if reason != "none"), "other-warning"))
    told = f"It cannot be told whether job {load.undecided} was printed. {decision(load.undecided)}"
    return attrs.evolve(found, reasons=tuple(reasons), message=f"{told} {found.message}".strip())


def _condition(
    snapshot: DeviceSnapshot | None, device_reasons: tuple[str, ...], *, busy: bool, delivers: bool
) -> Condition:
    running = PrinterState.PROCESSING if busy else PrinterState.IDLE
    if not delivers:
        return Condition(state=running, reasons=("connecting-to-device", "other-warning"), message=NO_ROUTE)
    if snapshot is None:
        return Condition(state=running, reasons=("connecting-to-device",), message=NEVER_SEEN)
    own = () if snapshot.reason == "none" else (snapshot.reason,)
    if not snapshot.reachable:
        reasons = own or ("offline-report",)
        unseen = NEVER_SEEN if snapshot.answered_at is None else AWAY
        return Condition(state=running, reasons=reasons, message=snapshot.detail or unseen)
    reasons = tuple(dict.fromkeys((*own, *(reason for reason in device_reasons if reason != "none")))) or ("none",)
    stopped = any(reason.endswith("-error") for reason in own)
    return Condition(state=PrinterState.STOPPED if stopped else running, reasons=reasons, message=snapshot.detail)


class StateClock:
    """Remembers since when a printer stands as it does."""

    def __init__(self) -> None:
        self._condition: Condition | None = None
        self._since: dt.datetime | None = None

    def since(self, now_as: Condition, now: dt.datetime) -> dt.datetime:
        """When the printer came to stand like this."""
        if self._condition != now_as or self._since is None:
            self._condition, self._since = now_as, now
        return self._since


def living(
    stands: Condition, since: dt.datetime, queued: int, now: dt.datetime, requested: frozenset[str] | None
) -> bytes:
    """The living attributes that were requested, encoded, to be put behind the kept ones."""
    return encode_attributes(a for a in _living(stands, since, queued, now) if wanted(a.name, requested))


def _living(stands: Condition, since: dt.datetime, queued: int, now: dt.datetime) -> tuple[Attribute, ...]:
    return (
        attr.enum("printer-state", stands.state),
        attr.keyword("printer-state-reasons", *stands.reasons),
        attr.text("printer-state-message", shortened(stands.message)),
        attr.boolean("printer-is-accepting-jobs", True),
        attr.integer("queued-job-count", queued),
        attr.integer("printer-up-time", seconds(now)),
        attr.date_time("printer-current-time", DateTime.from_datetime(now)),
        attr.integer("printer-state-change-time", seconds(since)),
        attr.date_time("printer-state-change-date-time", DateTime.from_datetime(since)),
    )
