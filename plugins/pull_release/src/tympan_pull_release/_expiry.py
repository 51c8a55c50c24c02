"""Expiry of jobs that were held by somebody else than the gate: a pull printer keeps nothing longer than its rules say.

A job that the gate holds expires by itself; one that its owner or the kernel held has a later end, or none. On a
printer of this machine its owner may hold a job for as long as they like.
"""

from __future__ import annotations

import trio

from tympan.plugin import Host, Job, JobState, Printer, TympanError
from tympan_pull_release._gate import PullGate, until
from tympan_pull_release._limits import OVERDUE_LOOK_S
from tympan_pull_release._terms import HELD, is_pull, of_hub, rules_of


async def end_overdue(host: Host, gate: PullGate) -> None:
    """Cancels what is overdue, from time to time, until cancelled."""
    while True:
        for job in host.jobs.all():
            if _is_overdue(host, gate, job):
                await _end(host, job)
        await trio.sleep(OVERDUE_LOOK_S)


def _is_overdue(host: Host, gate: PullGate, job: Job) -> bool:
    if job.state is not JobState.HELD:
        return False
    printer = host.printers.get(job.printer)
    if printer is None or not (_is_the_hubs(job, printer, gate) or (is_pull(printer) and job.reason == HELD)):
        return False
    end = until(job, rules_of(printer, gate.settings))
    return end <= host.now() and (job.retry_at is None or job.retry_at > end)


def _is_the_hubs(job: Job, printer: Printer, gate: PullGate) -> bool:
    return of_hub(printer) or job.uuid in gate.foreign


async def _end(host: Host, job: Job) -> None:
    try:
        await host.jobs.cancel(job.uuid, by="the pull printer: nobody released it in time")
    except TympanError as error:
        host.log("a job could not be ended in time", job=str(job.uuid), error=error.sentence)
