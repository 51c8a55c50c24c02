"""Job attributes: what Get-Job-Attributes and Get-Jobs answer (RFC 8011 section 5.3), made only when asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import attrs

from tympan.plugin import Job
from tympan_ipp_endpoint._answers import shortened
from tympan_ipp_endpoint._job_states import ipp_message, ipp_reasons, ipp_state
from tympan_ipp_endpoint._limits import ABORT_SHOWN_AFTER_S
from tympan_ipp_endpoint._printer_attributes import seconds
from tympan_wire.ipp import Attribute, DateTime, GroupTag, IppProtocolError, attr, decode

DEFAULT_OF_JOBS = frozenset({"job-id", "job-uri"})
"""What Get-Jobs answers when nothing is asked for (RFC 8011 section 4.2.6.1)."""

OF_A_NEW_JOB = frozenset({"job-id", "job-uri", "job-state", "job-state-reasons", "job-state-message"})
"""What a client learns of the job it has just made (RFC 8011 section 4.2.1.2)."""


@attrs.frozen(kw_only=True)
class View:
    """One job as one client sees it.

    Attributes:
        job: The job.
        printer_uri: Its printer as this client reaches it.
        now: Wall clock, UTC.
        abort_after_s: How long after its end it is shown as aborted.
    """

    job: Job
    printer_uri: str
    now: dt.datetime
    abort_after_s: float = ABORT_SHOWN_AFTER_S


Builder = Callable[[View], Attribute]


def job_attributes(view: View, requested: frozenset[str] | None) -> list[Attribute]:
    """The job's attributes; all of them when None is asked for."""
    if requested is None or "all" in requested:
        return [build(view) for build in _DESCRIPTION.values()] + list(_template(view.job))
    names = _DESCRIPTION if "job-description" in requested else [name for name in _DESCRIPTION if name in requested]
    described = [_DESCRIPTION[name](view) for name in names]
    if requested <= _DESCRIPTION.keys() | {"job-description"}:
        return described
    whole = "job-template" in requested
    return described + [attribute for attribute in _template(view.job) if whole or attribute.name in requested]


def _template(job: Job) -> Iterator[Attribute]:
    """The ticket's own attributes, under names that are not the job's."""
    if not job.ticket:
        return
    try:
        message, _ = decode(job.ticket)
    except IppProtocolError:
        return
    yield from (attribute for attribute in message.first(GroupTag.JOB) if attribute.name not in _DESCRIPTION)


def _time(name: str, moment: dt.datetime | None) -> Attribute:
    return attr.no_value(name) if moment is None else attr.integer(name, seconds(moment))


def _date(name: str, moment: dt.datetime | None) -> Attribute:
    return attr.no_value(name) if moment is None else attr.date_time(name, DateTime.from_datetime(moment))


def _impressions(view: View) -> Attribute:
    statistics = view.job.statistics
    if statistics is None or statistics.impressions is None:
        return attr.no_value("job-impressions")
    return attr.integer("job-impressions", statistics.impressions)


def _sheets(view: View) -> Attribute:
    statistics = view.job.statistics
    if statistics is None or statistics.sheets is None:
        return attr.no_value("job-media-sheets")
    return attr.integer("job-media-sheets", statistics.sheets)


def _ended(view: View) -> dt.datetime | None:
    return view.job.ended_at if view.job.state.terminal else None


_DESCRIPTION: dict[str, Builder] = {
    "job-id": lambda view: attr.integer("job-id", view.job.number),
    "job-uri": lambda view: attr.uri("job-uri", f"{view.printer_uri}/{view.job.number}"),
    "job-uuid": lambda view: attr.uri("job-uuid", view.job.uuid.urn),
    "job-printer-uri": lambda view: attr.uri("job-printer-uri", view.printer_uri),
    "job-name": lambda view: attr.name_("job-name", shortened(view.job.name or "Untitled", 255)),
    "job-originating-user-name": lambda view: attr.name_(
        "job-originating-user-name", shortened(view.job.user or "anonymous", 255)
    ),
    "job-state": lambda view: attr.enum("job-state", ipp_state(view.job, view.now, view.abort_after_s)),
    "job-state-reasons": lambda view: attr.keyword(
        "job-state-reasons", *ipp_reasons(view.job, view.now, view.abort_after_s)
    ),
    "job-state-message": lambda view: attr.text("job-state-message", shortened(ipp_message(view.job))),
    "job-printer-up-time": lambda view: attr.integer("job-printer-up-time", seconds(view.now)),
    "time-at-creation": lambda view: _time("time-at-creation", view.job.created_at),
    "time-at-processing": lambda view: _time("time-at-processing", view.job.processing_at),
    "time-at-completed": lambda view: _time("time-at-completed", _ended(view)),
    "date-time-at-creation": lambda view: _date("date-time-at-creation", view.job.created_at),
    "date-time-at-processing": lambda view: _date("date-time-at-processing", view.job.processing_at),
    "date-time-at-completed": lambda view: _date("date-time-at-completed", _ended(view)),
    "job-impressions": _impressions,
    "job-impressions-completed": lambda view: attr.integer("job-impressions-completed", view.job.impressions_completed),
    "job-media-sheets": _sheets,
    "job-k-octets": lambda view: attr.integer("job-k-octets", -(-view.job.size_bytes // 1024)),
    "job-hold-until": lambda view: attr.keyword("job-hold-until", view.job.hold),
    "document-format": lambda view: attr.mime("document-format", view.job.media_type),
    "number-of-documents": lambda view: attr.integer("number-of-documents", 1 if view.job.size_bytes else 0),
}
