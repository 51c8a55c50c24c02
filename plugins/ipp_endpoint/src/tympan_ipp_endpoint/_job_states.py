"""Job states: what the spooler is told of where a job stands (RFC 8011 section 5.3.7).

What CUPS makes of them: 3, 5 and 6 keep its own job in "processing" and later jobs wait behind it; 4 and everything
from 7 on ends its job and frees the queue.

- ``completed`` only when the device said so, never when the bytes are merely sent.
- ``held`` is pending-held: the job lives on here until its owner releases it, and the queue stays free for the next.
- ``unknown`` is pending-held as well: nothing more happens until a person decides, which is what held means, and
  Release-Job is indeed how it goes on. *processing-stopped* would block the user's queue until somebody found out,
  *aborted* would be a lie if the page lies in the tray.
- ``waiting`` keeps the spooler's job waiting: the device is away, the job is not done. It is *processing-stopped* once
  a route had begun with it and *pending* before.
- ``expired`` is aborted: nobody canceled it and it was not printed.
"""

from __future__ import annotations

from tympan.plugin import Job
from tympan.plugin import JobState as Kernel
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
    Kernel.UNKNOWN: Ipp.PENDING_HELD,
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
    Kernel.UNKNOWN: "It cannot be told whether the device printed this job; look at the device, then print it again "
    "or call it printed.",
    Kernel.EXPIRED: "Nobody released this job in time.",
}


def ipp_state(job: Job) -> Ipp:
    """The ``job-state`` of a job."""
    if job.state is Kernel.WAITING and job.processing_at is None:
        return Ipp.PENDING
    return _STATES[job.state]


def ipp_reasons(job: Job) -> tuple[str, ...]:
    """The ``job-state-reasons`` of a job: what is always true of its state, then the kernel's own reason."""
    reasons = _REASONS[job.state]
    return reasons if job.reason in ("none", *reasons) else (*reasons, job.reason)


def ipp_message(job: Job) -> str:
    """The ``job-state-message`` of a job, a sentence for its owner."""
    return job.detail or _MESSAGES.get(job.state, "")
