"""Reports as agents make them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from hub_rig._bench import BIRTH
from tympan_wire.hub import Finding, JobReport, JobStanding, Pages, Report, StoryLine


def report(finding: Finding, *, name: uuid.UUID | None = None, at: dt.datetime = BIRTH) -> Report:
    """A report with a new id."""
    return Report(id=name or uuid.uuid4(), at=at, finding=finding)


def job_report(job: uuid.UUID | None = None, **other: Any) -> JobReport:
    """A job that printed."""
    said: dict[str, Any] = {
        "job": job or uuid.uuid4(),
        "revision": 1,
        "printer": "lobby",
        "name": "minutes.pdf",
        "user": "user",
        "standing": JobStanding.COMPLETED,
        "created_at": BIRTH,
        "ended_at": BIRTH + dt.timedelta(seconds=9),
        "size_bytes": 4711,
        "pages": Pages(format="application/pdf", pages=3, copies=2, impressions=6, sheets=4),
        "story": (StoryLine(at=BIRTH, what="received", then="printing", standing=JobStanding.RECEIVED),),
    }
    return JobReport(**{**said, **other})
