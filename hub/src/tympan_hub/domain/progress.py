"""How far a released job is, for whoever stands at the device: from the release, the job's report, and the device."""

import datetime as dt
from typing import Final

from tympan_hub.domain.fitting import sides_of
from tympan_hub.domain.jobs import Job, Standing
from tympan_hub.domain.printers import Look
from tympan_hub.domain.releases import Progress, Release, ReleaseState, Step

_OVER: Final = {
    Standing.COMPLETED: Step.DONE,
    Standing.ABORTED: Step.FAILED,
    Standing.CANCELED: Step.CANCELED,
    Standing.EXPIRED: Step.EXPIRED,
    Standing.UNKNOWN: Step.UNKNOWN,
}
_BEFORE: Final = {
    ReleaseState.WAITING: Step.WAITING,
    ReleaseState.TAKEN: Step.PREPARING,
    ReleaseState.REFUSED: Step.REFUSED,
    ReleaseState.EXPIRED: Step.EXPIRED,
}

_GOES_ON: Final = frozenset({"", "none", "processing-to-stop-point"})
"""Reasons of a job that prints, or is about to end: any other is what its agent heard of the device about it."""


def progress_of(release: Release, job: Job, look: Look | None, now: dt.datetime) -> Progress:
    """How far it is.

    Args:
        release: Which.
        job: As its agent reported it last.
        look: How the device is; None when nobody saw it.
        now: The time.
    """
    state = release.standing(now)
    step = _OVER.get(job.standing) if state is not ReleaseState.REFUSED else None
    if step is None:
        step = _BEFORE.get(state) or _under_way(job, look)
    reason, detail = _why(release, job, look, step)
    pages = sides_of(job, release.changes) if job.pages is not None else None
    page = job.impressions_completed if step in (Step.PRINTING, Step.STOPPED) else None
    return Progress(
        release=release.id,
        job=job.id,
        title=job.title,
        step=step,
        page=None if page is None else min(page + 1, pages or page + 1),
        pages=pages,
        standing=job.standing,
        reason=reason,
        detail=detail,
    )


def _under_way(job: Job, look: Look | None) -> Step:
    if job.standing in (Standing.PRINTING, Standing.SENDING, Standing.WAITING) and _hinders(look):
        return Step.STOPPED
    if job.standing is Standing.WAITING or (job.standing is Standing.PRINTING and job.reason not in _GOES_ON):
        return Step.STOPPED
    return Step.PRINTING if job.standing is Standing.PRINTING else Step.PREPARING


def _hinders(look: Look | None) -> bool:
    return look is not None and (not look.reachable or look.reason != "none")


def _why(release: Release, job: Job, look: Look | None, step: Step) -> tuple[str, str]:
    if step is Step.REFUSED:
        return release.reason, release.detail
    if step is Step.STOPPED and look is not None and look.reason != "none":
        return look.reason, job.detail
    if step in (Step.WAITING, Step.PREPARING):
        return "none", ""
    return job.reason, job.detail
