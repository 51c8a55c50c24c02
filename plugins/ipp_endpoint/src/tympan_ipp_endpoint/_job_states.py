"""Job states: what the spooler is told of where a job stands (RFC 8011 section 5.3.7).

What CUPS 2.4.2 makes of them (measured with a real ``cupsd``): 3, 5 and 6 keep its own job in "processing" and later
jobs wait behind it; 4 and 9 make its job "completed"; 7 and 8 make it "canceled" ("Print job canceled at printer.").
So only 4 lets CUPS claim what is not true.

- ``completed`` only when the device said so, never when the bytes are merely sent.
- ``held`` is pending-held: the job lives on here until its owner releases it, and the queue stays free for the next.
  CUPS calls it completed, which is as much as it knows of pull printing.
- ``unknown`` is processing-stopped: nothing more happens until a person decides, and the job stays in sight until then.
  pending-held would let CUPS call it completed; aborted would call it canceled, and its owner would print it again
  with the page perhaps in the tray. A queue that stands and says why is better than either.
- ``waiting`` keeps the spooler's job waiting: the device is away, the job is not done. It is *processing-stopped* once
  a route had begun with it and *pending* before.
- ``aborted`` is shown as processing with the reason processing-to-stop-point (RFC 8011 section 5.3.8) for a moment
  more, and with no other reason: CUPS reads *aborted-by-system* of a job that still lives as completed. Two threads of
  its backend look at a job, each when it likes: the one that sent it reads "aborted" as an end like any other and
  calls the job completed; the one that watches it reads it as what it is, and stops the other. So the end is held
  back from the first until the second was told and had a moment to stop it. The first makes a new connection for each
  look, the second does not.
- A job canceled at the device is shown so too: the first thread calls that completed as well.
- *document-format-error* is told in the message only: CUPS 2.4.2 takes that reason for an order to send the job in
  another format, cancels it here, and calls its own completed.
- ``expired`` is aborted: nobody canceled it and it was not printed.
"""

from __future__ import annotations

import datetime as dt

from tympan.plugin import Job
from tympan.plugin import JobState as Kernel
from tympan_ipp_endpoint._limits import ABORT_HEARD_S, ABORT_HELD_BACK_S, ABORT_SHOWN_AFTER_S, ABORTS_TOLD
from tympan_wire.ipp import JobState as Ipp

_STATES = {
    Kernel.RECEIVING: Ipp.PENDING,
    Kernel.RECEIVED: Ipp.PENDING,
    Kernel.HELD: Ipp.PENDING_HELD,
    Kernel.QUEUED: Ipp.PENDING,
    Kernel.WAITING: Ipp.PROCESSING_STOPPED,
    Kernel.SENDING: Ipp.PROCESSING,
    Kernel.PRINTING: Ipp.PROCESSING,
    Kernel.COMPLETED: Ipp.COMPLETED,
    Kernel.ABORTED: Ipp.ABORTED,
    Kernel.CANCELED: Ipp.CANCELED,
    Kernel.EXPIRED: Ipp.ABORTED,
    Kernel.UNKNOWN: Ipp.PROCESSING_STOPPED,
}

_REASONS = {
    Kernel.RECEIVING: ("job-incoming", "job-data-insufficient"),
    Kernel.RECEIVED: ("job-queued",),
    Kernel.HELD: ("job-hold-until-specified",),
    Kernel.QUEUED: ("job-queued",),
    Kernel.WAITING: ("printer-stopped",),
    Kernel.SENDING: ("job-outgoing",),
    Kernel.PRINTING: ("job-printing",),
    Kernel.COMPLETED: ("job-completed-successfully",),
    Kernel.ABORTED: ("aborted-by-system",),
    Kernel.CANCELED: ("job-canceled-by-user",),
    Kernel.EXPIRED: ("aborted-by-system",),
    Kernel.UNKNOWN: ("job-held-for-review",),
}

_MESSAGES = {
    Kernel.UNKNOWN: "It cannot be told whether the device printed this job.",
    Kernel.EXPIRED: "Nobody released this job in time.",
}

_UNTOLD = {
    Kernel.UNKNOWN: frozenset({"job-completed-with-errors"}),
    Kernel.ABORTED: frozenset({"document-format-error"}),
}
"""Reasons of the kernel that are not passed on with a state."""

_STOPPING = ("processing-to-stop-point",)
_AT_DEVICE = "job-canceled-at-device"


class Aborts:
    """Who is told that a job was aborted, and when: of jobs made with Create-Job, as CUPS makes them."""

    def __init__(self) -> None:
        self._told: dict[int, dt.datetime | None] = {}

    def created(self, number: int) -> None:
        """Remembers a job; of too many the oldest is forgotten."""
        self._told[number] = None
        if len(self._told) > ABORTS_TOLD:
            del self._told[next(iter(self._told))]

    def shown_after_s(self, job: Job, now: dt.datetime, *, first: bool) -> float:
        """How long after its end whoever asks now is told of it; ``first``: on a connection made for this."""
        if job.number not in self._told:
            return ABORT_SHOWN_AFTER_S
        told = self._told[job.number]
        if first:
            return ABORT_HELD_BACK_S if told is None else _since_end_s(job, told) + ABORT_HEARD_S
        if told is None and _cut_short(job) and not _stopping(job, now, ABORT_SHOWN_AFTER_S):
            self._told[job.number] = now
        return ABORT_SHOWN_AFTER_S


def ipp_state(job: Job, now: dt.datetime, after_s: float = ABORT_SHOWN_AFTER_S) -> Ipp:
    """The ``job-state`` of a job; one that was aborted is shown so ``after_s``."""
    if job.state is Kernel.WAITING and job.processing_at is None:
        return Ipp.PENDING
    return Ipp.PROCESSING if _stopping(job, now, after_s) else _STATES[job.state]


def ipp_reasons(job: Job, now: dt.datetime, after_s: float = ABORT_SHOWN_AFTER_S) -> tuple[str, ...]:
    """The ``job-state-reasons`` of a job: what is always true of its state, then the kernel's own reason."""
    if _stopping(job, now, after_s):
        return _STOPPING
    reasons = _REASONS[job.state]
    known = {"none", *reasons} | _UNTOLD.get(job.state, frozenset())
    return reasons if job.reason in known else (*reasons, job.reason)


def ipp_message(job: Job) -> str:
    """The ``job-state-message`` of a job, a sentence for its owner."""
    told = job.detail or _MESSAGES.get(job.state, "")
    return f"{told} {decision(job.number)}" if job.state is Kernel.UNKNOWN else told


def decision(number: int) -> str:
    """What a person does about a job whose end is unknown."""
    act = f"tympan job {number}"
    return f"Look at the device; then {act} --settle if it was printed, {act} --release to print it again."


def _cut_short(job: Job) -> bool:
    """Whether the device ended it: of its own cancels the spooler knows already."""
    return job.state is Kernel.ABORTED or (job.state is Kernel.CANCELED and job.reason == _AT_DEVICE)


def _stopping(job: Job, now: dt.datetime, after_s: float) -> bool:
    """Whether the job was cut short less than ``after_s`` ago. A clock set back must not hide the end for long."""
    return _cut_short(job) and job.ended_at is not None and 0 <= _since_end_s(job, now) < after_s


def _since_end_s(job: Job, now: dt.datetime) -> float:
    return (now - job.ended_at).total_seconds() if job.ended_at else 0.0
