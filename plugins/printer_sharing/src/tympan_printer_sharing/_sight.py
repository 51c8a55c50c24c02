"""What is known of the device behind a share: what its queue tells, as other devices are told of. Pure."""

from __future__ import annotations

import datetime as dt

from tympan.plugin import DeviceSnapshot, QueueState
from tympan_printer_sharing._model import SharedQueue

AWAY = "offline-report"


def snapshot_of(
    shared: SharedQueue | None, trouble: str, now: dt.datetime, before: DeviceSnapshot | None, *, silent: bool = False
) -> DeviceSnapshot:
    """How a share's printer stands.

    Args:
        shared: Its queue; None when it has none now.
        trouble: Why queues could not be listed; "" when they could.
        now: UTC.
        before: What was told last.
        silent: Whether its queue is there and does not tell what it can do.
    """
    if trouble or shared is None:
        why = (
            "The print system does not tell what its queue can do."
            if silent
            else "Its queue is gone from this computer."
        )
        detail = f"The print system does not answer: {trouble}." if trouble else why
        answered = before.answered_at if before else None
        return DeviceSnapshot(reachable=False, observed_at=now, answered_at=answered, reason=AWAY, detail=detail)
    queue = shared.queue
    reason, detail = "none", ""
    if not queue.accepting:
        reason, detail = "paused", f"The queue {queue.name} takes no jobs now."
    elif queue.state is QueueState.STOPPED:
        reason = queue.reasons[0] if queue.reasons else "paused"
        detail = f"The queue {queue.name} is stopped."
    return DeviceSnapshot(
        reachable=True,
        observed_at=now,
        answered_at=now,
        media_types=shared.capabilities.media_types,
        reason=reason,
        detail=detail,
    )
