"""Printer state: what the spooler is told of the printer right now (RFC 8011 section 5.4.11 to 5.4.13).

- A printer whose device is away keeps accepting: jobs wait here, and the reasons say why.
- It is *stopped* only when the device answers and says itself that it cannot print (paper, jam, door).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import attrs

from tympan.plugin import DeviceSnapshot, Job, JobState
from tympan_ipp_endpoint._answers import shortened
from tympan_ipp_endpoint._printer_attributes import seconds, wanted
from tympan_wire.ipp import Attribute, DateTime, PrinterState, attr, encode_attributes

_BUSY = frozenset({JobState.SENDING, JobState.PRINTING})
NEVER_SEEN = "The device has not answered yet; until it does, only what every printer can do is offered."
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


def condition(snapshot: DeviceSnapshot | None, device_reasons: tuple[str, ...], busy: bool) -> Condition:
    """How a printer stands, from the last look at its device and whether it prints."""
    running = PrinterState.PROCESSING if busy else PrinterState.IDLE
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


def busy_and_queued(jobs: Iterable[Job]) -> tuple[bool, int]:
    """Whether a job is at the device, and how many are not over."""
    states = [job.state for job in jobs if not job.state.terminal]
    return not _BUSY.isdisjoint(states), len(states)


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
