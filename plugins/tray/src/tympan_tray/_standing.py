"""How it stands at a glance, and what needs a person: said from a view, by rules. Pure.

- What needs a person comes first: a full green light while paper is out would be a lie.
- Offline is no fault as long as it prints; that is said, and nobody is called.
- A need has a key that stays the same while it lasts, so that it is told once.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs

from tympan_tray._view import Condition, JobView, PrinterView, View


class Standing(StrEnum):
    """At a glance."""

    CONNECTED = "connected"
    OFFLINE = "offline"
    """The hub is not reached; what is here prints all the same."""
    NOT_SIGNED_IN = "not-signed-in"
    NEEDS_YOU = "needs-you"
    ALONE = "alone"
    """It belongs to no hub: the machine's own printers print."""
    RESTARTING = "restarting"
    """The agent was here a moment ago."""
    AWAY = "away"
    """No agent answers: nothing prints."""


class Why(StrEnum):
    """Why somebody is needed."""

    DEVICE = "device"
    """Jobs wait for something at a device."""
    SIGN_IN = "sign-in"
    """Jobs are held until their owner signs in."""
    UNKNOWN = "unknown"
    """Nobody knows whether a job came out."""
    FAILED = "failed"
    """A job was not printed."""


@attrs.frozen(kw_only=True)
class Need:
    """Something a person has to do.

    Attributes:
        key: The same for as long as it lasts.
        jobs: How many of the account's.
        pages: Of all of them on paper; None when one of them is not known.
        place: Where to go.
        reason: IPP keyword without its severity.
        name: Of the job, where it is one.
        detail: The agent's own sentence, in English.
    """

    key: str
    why: Why
    jobs: int = 1
    pages: int | None = None
    place: str = ""
    reason: str = ""
    name: str = ""
    detail: str = ""


class Gone(StrEnum):
    """Why no agent answers, as far as it is known."""

    NOT_RUNNING = "not-running"
    DEAF = "deaf"
    """It runs and listens nowhere."""
    SILENT = "silent"
    """It does not answer in time."""
    NO_TRAY = "no-tray"
    """It takes no tray: policy has that off, or it is starting."""
    OTHER = "other"


@attrs.frozen(kw_only=True)
class Away:
    """No agent answers.

    Attributes:
        cause: Why, in English, as the command line says it.
        gone: The same as far as there are words for it.
        restarting: Whether it was here a moment ago.
    """

    cause: str = ""
    gone: Gone = Gone.OTHER
    restarting: bool = False


Seen = View | Away
"""What a tray knows."""

SIGN_IN: Final = "account-authorization-failed"
"""IPP ``job-state-reasons`` of jobs that are held until somebody signs in (PWG 5100.16 section 7.1)."""

_NO_NEED: Final = frozenset({"", "none", "printer-busy", "printer-not-accepting-jobs", "other-warning"})
"""Reasons that pass by themselves."""

_UNDER_WAY: Final = frozenset({"queued", "waiting", "sending", "printing"})
_SEVERITIES: Final = ("-error", "-warning", "-report")


def bare(reason: str) -> str:
    """A ``printer-state-reasons`` keyword without its severity (RFC 8011 section 5.4.12); ``offline-report`` is one."""
    return next((reason.removesuffix(end) for end in _SEVERITIES if reason.endswith(end)), reason)


def needs(view: View) -> tuple[Need, ...]:
    """What needs a person, the most pressing first."""
    one_by_one = [_about(job) for job in view.jobs]
    found = [*_at_devices(view), *_to_sign_in(view), *filter(None, one_by_one)]
    return tuple(found)


def standing(seen: Seen) -> Standing:
    """How it stands."""
    if isinstance(seen, Away):
        return Standing.RESTARTING if seen.restarting else Standing.AWAY
    if needs(seen):
        return Standing.NEEDS_YOU
    if seen.hub is None:
        return Standing.ALONE
    if seen.hub.trouble:
        return Standing.OFFLINE
    return Standing.NOT_SIGNED_IN if sign_in_wanted(seen) else Standing.CONNECTED


def sign_in_wanted(view: View) -> bool:
    """Whether nobody is signed in where the hub prints, or releases, for nobody else."""
    return view.hub is not None and not view.signed_in and (view.sign_in_wanted or bool(view.held))


def _at_devices(view: View) -> Iterable[Need]:
    """One for each device and reason, however many jobs wait there."""
    devices = {printer.name: printer for printer in view.printers}
    waiting: dict[tuple[str, str], list[JobView]] = {}
    for job in view.jobs:
        reason = _hindrance(job, devices.get(job.printer))
        if reason not in _NO_NEED:
            waiting.setdefault((job.printer, reason), []).append(job)
    for (printer, reason), jobs in waiting.items():
        yield Need(
            key=f"device {printer} {reason}",
            why=Why.DEVICE,
            jobs=len(jobs),
            pages=pages(jobs),
            place=jobs[0].place or printer,
            reason=reason,
            detail=next((job.detail for job in jobs if job.detail), ""),
        )


def _hindrance(job: JobView, device: PrinterView | None) -> str:
    """What keeps a job from coming out: what its device says, else what is said of the job."""
    if job.state not in _UNDER_WAY:
        return ""
    if device is not None and device.condition is Condition.TROUBLE:
        return bare(device.reason)
    return bare(job.reason) if job.state == "waiting" else ""


def pages(jobs: Iterable[JobView]) -> int | None:
    """Of all of them; None when one of them is not known."""
    counted = [job.pages for job in jobs]
    return None if None in counted else sum(count for count in counted if count is not None)


def _to_sign_in(view: View) -> Iterable[Need]:
    held = [job for job in view.jobs if job.state == "held" and job.reason == SIGN_IN]
    if held and not view.signed_in:
        yield Need(key="sign-in", why=Why.SIGN_IN, jobs=len(held), pages=pages(held))


def _about(job: JobView) -> Need | None:
    if job.state == "unknown":
        return Need(key=f"unknown {job.job}", why=Why.UNKNOWN, place=job.place or job.printer, name=job.name)
    if job.state == "aborted":
        return Need(
            key=f"failed {job.job}", why=Why.FAILED, place=job.place or job.printer, name=job.name, detail=job.detail
        )
    return None
