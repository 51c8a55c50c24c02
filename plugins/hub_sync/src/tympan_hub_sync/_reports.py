"""What the hub is told, made from what the agent knows. Pure.

Every text is cut to a bound: the agent keeps the whole, and no document may make a report too large to send.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tympan.plugin import DeviceSnapshot, Job, JobRecord, JobState, PrinterId, Statistics, TimelineEntry
from tympan_hub_sync._limits import PLUGINS, STORY_LINES, TEXT_CHARS
from tympan_wire.hub import (
    AgentReport,
    DeviceReport,
    Finding,
    JobReport,
    JobStanding,
    Pages,
    PluginStanding,
    PolicyInForce,
    Report,
    StoryLine,
)
from tympan_wire.ipp import Group, GroupTag, IppProtocolError, decode

_NAMESPACE: Final = uuid.UUID("3f1c7a2e-6d0b-5a54-9c59-8d2f4be1a0c7")
_LISTED: Final = 200


def entry_id(agent: str, entry: int) -> uuid.UUID:
    """The id of the report of an outbox entry: the same however often it is sent, and no other agent's."""
    return uuid.uuid5(_NAMESPACE, f"{agent}/{entry}")


def report(finding: Finding, at: dt.datetime, name: uuid.UUID | None = None) -> Report:
    """A report of a finding, under a new id unless it has one."""
    return Report(id=name or uuid.uuid4(), at=at, finding=finding)


def job_report(record: JobRecord, live: Job | None, revision: int, *, titles: bool) -> JobReport:
    """A job as it stands: its record and story from disk, and what memory knows better."""
    job = live or record.job
    return JobReport(
        job=job.uuid,
        revision=revision,
        printer=job.printer,
        name=cut(job.name) if titles else "",
        user=cut(job.user),
        standing=JobStanding(job.state.value),
        reason=cut(job.reason),
        detail=cut(job.detail),
        created_at=job.created_at,
        ended_at=job.ended_at,
        size_bytes=job.size_bytes,
        impressions_completed=job.impressions_completed or None,
        pages=_pages(job.statistics) if job.statistics else None,
        story=tuple(_line(entry) for entry in record.timeline[-STORY_LINES:]),
        held_until=job.retry_at if job.state is JobState.HELD else None,
        target=job.target or "",
    )


def device_report(printer: PrinterId, snapshot: DeviceSnapshot) -> DeviceReport:
    """A device as it was last seen."""
    said = device_says(snapshot.attributes)
    return DeviceReport(
        printer=printer,
        reachable=snapshot.reachable,
        observed_at=snapshot.observed_at,
        make_and_model=cut(said.string("printer-make-and-model") or ""),
        formats=few(snapshot.media_types),
        color=said.boolean("color-supported"),
        duplex=on_both_sides(said.strings("sides-supported")),
        media=few(said.strings("media-supported")),
        reason=cut(snapshot.reason),
        detail=cut(snapshot.detail),
    )


def device_says(attributes: bytes) -> Group:
    """A device's attributes; an empty group where there are none that can be read."""
    try:
        return decode(attributes)[0].first(GroupTag.PRINTER) if attributes else Group(GroupTag.PRINTER)
    except IppProtocolError:
        return Group(GroupTag.PRINTER)


def on_both_sides(sides: Sequence[str]) -> bool | None:
    """Whether a device of such sides-supported prints both; None when it does not say."""
    return any(word.startswith("two-sided") for word in sides) if sides else None


def agent_report(
    release: str, status: Mapping[str, Any], plugins: Iterable[Mapping[str, Any]], networks: Iterable[str] = ()
) -> AgentReport:
    """The agent about itself, from what it tells people (``docs/reference/control.md``), and where it is."""
    return AgentReport(
        release=release,
        keys=cut(status["keys_statement"]),
        plugins=tuple(_plugin(row) for row in list(plugins)[:PLUGINS]),
        policy=tuple(
            PolicyInForce(scope=edition["scope"], name=edition["name"], number=edition["number"])
            for edition in status["policy"]
        ),
        problems=few(status["problems"]),
        networks=tuple(networks),
    )


def cut(text: str) -> str:
    """A text within its bound."""
    return text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"


def few(texts: Iterable[str]) -> tuple[str, ...]:
    """As many texts as a report holds, each within its bound."""
    return tuple(cut(text) for text in list(texts)[:_LISTED])


def _pages(statistics: Statistics) -> Pages:
    colored = statistics.color_pages
    return Pages(
        format=cut(statistics.format),
        pages=statistics.pages,
        sizes=few(statistics.sizes),
        color_pages=None if colored is None else len(colored),
        copies=statistics.copies,
        impressions=statistics.impressions,
        color_impressions=statistics.color_impressions,
        sheets=statistics.sheets,
        sides=cut(statistics.sides or ""),
        problem=cut(statistics.problem),
    )


def _line(entry: TimelineEntry) -> StoryLine:
    return StoryLine(
        at=entry.at,
        what=cut(entry.what),
        why=cut(entry.why),
        then=cut(entry.then),
        standing=JobStanding(entry.state.value),
    )


def _plugin(row: Mapping[str, Any]) -> PluginStanding:
    return PluginStanding(
        id=row["id"],
        version=cut(row["version"]),
        status=row["status"],
        reason=cut(row["reason"]),
        capabilities=few(row["capabilities"]),
        used_at=dt.datetime.fromisoformat(row["used_at"]) if row.get("used_at") else None,
    )
