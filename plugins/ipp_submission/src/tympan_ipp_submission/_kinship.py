"""Kinship: whether a job in a device's list is the one that was sent, or may be. Pure.

- Devices shorten names, replace what they cannot show and hide what belongs to others; so a name that differs proves
  nothing by itself, and a job that may be ours keeps it from being sent again.
- Job numbers begin anew after a device lost its memory: number and name together say less than a ``job-uuid``.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

from tympan_ipp_submission._evidence import NAME_CHARS, Evidence, kept_uuid
from tympan_ipp_submission._limits import CREATED_WINDOW_S
from tympan_ipp_submission._model import JobReport

CLOCK_SLACK_S: Final = 2
"""By which a device's clocks may disagree with one another: they count whole seconds."""

TELLING_CHARS: Final = 8
"""A shortened ``job-name`` of fewer characters could be anybody's."""


class Likeness(StrEnum):
    """How a name a device shows stands to the one it was sent."""

    EXACT = "exact"
    CLEANED = "cleaned"
    """Shortened, or without the characters the device cannot show."""
    UNTOLD = "untold"
    """The device shows none, or nothing of it that could be compared."""
    OTHER = "other"


def likeness(shown: str, sent: str, *, telling: int = 1) -> Likeness:
    """Compares a name a device shows with the one it was sent.

    Args:
        shown: By the device.
        sent: By us.
        telling: Characters a shortened name must have to be taken for ours.
    """
    if shown and shown[:NAME_CHARS] == sent[:NAME_CHARS]:
        return Likeness.EXACT
    if len(shown) >= telling and sent.startswith(shown):
        return Likeness.CLEANED
    theirs, ours = bones(shown), bones(sent)
    if not theirs or not ours:
        return Likeness.UNTOLD
    cut = len(theirs) >= telling and ours.startswith(theirs)
    return Likeness.CLEANED if theirs == ours or cut else Likeness.OTHER


def bones(name: str) -> str:
    """What every device keeps of a name: ASCII letters and digits, without case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in plain if character.isascii() and character.isalnum())


def same_job(report: JobReport, evidence: Evidence) -> bool:
    """Whether a job found under our job's number is ours."""
    if evidence.job_uuid and report.uuid:
        return kept_uuid(report.uuid) == evidence.job_uuid
    if evidence.name and likeness(report.name, evidence.name, telling=TELLING_CHARS) is Likeness.OTHER:
        return False
    return not _older(report, evidence, CREATED_WINDOW_S)


def candidates(reports: tuple[JobReport, ...], evidence: Evidence) -> tuple[JobReport, ...]:
    """Jobs of a device that can be taken for the one whose number was lost: newer, our user, our name.

    Those with the very name come alone, where there are any.
    """
    found = [(report, _name(report, evidence)) for report in reports if _in_window(report, evidence)]
    ours = [(report, name) for report, name in found if _user(report, evidence) is not Likeness.OTHER]
    exact = tuple(report for report, name in ours if name is Likeness.EXACT)
    return exact or tuple(report for report, name in ours if name is Likeness.CLEANED)


def doubtful(reports: tuple[JobReport, ...], evidence: Evidence) -> tuple[JobReport, ...]:
    """Jobs of a device that may be the one whose number was lost, under a name of the device's own making.

    That is every newer one of our user's, or of nobody the device would name, or with our name; however late it was
    made, as some devices make the job when its document has come.
    """
    return tuple(
        report
        for report in reports
        if report.id > evidence.newest_id
        and not _older(report, evidence, CLOCK_SLACK_S)
        and (
            _user(report, evidence) is not Likeness.OTHER
            or _name(report, evidence) in (Likeness.EXACT, Likeness.CLEANED)
        )
    )


def _name(report: JobReport, evidence: Evidence) -> Likeness:
    return likeness(report.name, evidence.name, telling=TELLING_CHARS)


def _user(report: JobReport, evidence: Evidence) -> Likeness:
    return likeness(report.user, evidence.user)


def _older(report: JobReport, evidence: Evidence, slack_s: int) -> bool:
    """Whether the job stood at the device before ours was made."""
    return bool(evidence.up_time_s and report.created_s) and (report.created_s or 0) < evidence.up_time_s - slack_s


def _in_window(report: JobReport, evidence: Evidence) -> bool:
    if report.id <= evidence.newest_id or _older(report, evidence, CLOCK_SLACK_S):
        return False
    late = (report.created_s or 0) - evidence.up_time_s > CREATED_WINDOW_S
    return not (evidence.up_time_s and report.created_s is not None and late)


def restarted(up_time_s: int, evidence: Evidence) -> bool:
    """Whether the device lost power since the evidence was written: its up-time went back."""
    return bool(up_time_s and evidence.up_time_s) and up_time_s < evidence.up_time_s
