"""After a restart: releases that are not old yet go on, as whoever asked for them still stands at the device.

How old one is stands in the job's own story, which is written down with its release. Older ones are void, for nobody
knows who is there; the hub says again what it still waits for.
"""

from __future__ import annotations

from typing import Final

import trio

from tympan.plugin import Host, Job, JobState, TympanError
from tympan_pull_release._limits import RESUMED_S
from tympan_pull_release._permits import Permit, Permits
from tympan_pull_release._stopwatch import Stopwatch

_GOING: Final = frozenset({JobState.QUEUED, JobState.WAITING, JobState.SENDING, JobState.PRINTING})
_RELEASED: Final = "released"
"""What the kernel writes into a job's story when it lets one go."""


async def resume(host: Host, permits: Permits) -> None:
    """Permits what was released a moment before the agent stopped."""
    for job in host.jobs.all():
        if job.target is not None and job.state in _GOING:
            await _resume(host, permits, job)


async def _resume(host: Host, permits: Permits, job: Job) -> None:
    try:
        story = await host.jobs.timeline(job.uuid)
    except TympanError as error:
        host.log("when a job was released cannot be told", job=str(job.uuid), error=error.sentence)
        return
    at = next((line.at for line in reversed(story) if line.what == _RELEASED), None)
    if at is None or job.target is None or at > host.now():
        return
    since = Stopwatch(now=host.now, steady=trio.current_time(), wall=at)
    permits.give(job.uuid, Permit(to=job.target, since=since, within_s=RESUMED_S))
