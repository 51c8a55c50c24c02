"""Facts: rows of the kernel's control made into a view for one account. Pure.

- An account is shown its own jobs alone: those the spooler gave its name. What came from another machine is none.
- A row of a neighbouring release may lack something; it is shown without it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tympan_tray._limits import FAILED_S
from tympan_tray._view import Condition, HeldJob, HubView, JobView, PrinterView

Row = Mapping[str, Any]
"""As the control answers: JSON."""

_OVER: Final = frozenset({"completed", "canceled", "expired", "aborted"})


def is_of(job: Row, account: str) -> bool:
    """Whether a job is an account's own."""
    return bool(account) and job.get("user") == account and not (job.get("shared") or job.get("foreign"))


def hub_of(row: Row) -> HubView | None:
    """The hub; None when the agent belongs to none."""
    if not row.get("enrolled"):
        return None
    tenant = row.get("tenant_name") or row.get("tenant") or ""
    return HubView(
        address=str(row["address"]), agent=str(row.get("agent", "")), tenant=tenant, trouble=row.get("trouble") or ""
    )


def printer_of(row: Row) -> PrinterView:
    """A printer."""
    device: Row = row.get("device") or {}
    return PrinterView(
        id=str(row["id"]),
        name=row.get("name") or str(row["id"]),
        location=row.get("location") or "",
        condition=_condition(row, device),
        reason=device.get("reason") or "none",
        detail=device.get("detail") or "",
        offered=bool(row.get("offered", True)),
        releases=bool(row.get("releases")),
        pull=row.get("mode") == "pull",
        fingerprint=row.get("fingerprint") or "",
    )


def _condition(row: Row, device: Row) -> Condition:
    if not device or not row.get("uri"):
        return Condition.UNSEEN if row.get("uri") else Condition.READY
    if not device.get("reachable"):
        return Condition.AWAY
    return Condition.READY if device.get("reason", "none") == "none" else Condition.TROUBLE


def held_of(job: Row, printers: Mapping[str, Row]) -> HeldJob:
    """A job held for its owner at a device."""
    printer = printers.get(job["printer"], {})
    return HeldJob(
        job=str(job["uuid"]),
        name=job.get("name") or "",
        printer=printer.get("name") or str(job["printer"]),
        own=bool(printer.get("uri")),
        pages=pages_of(job),
        since=job.get("created_at") or "",
        until=job.get("retry_at") or "",
    )


def job_of(job: Row, printers: Mapping[str, Row]) -> JobView:
    """Any other job."""
    target = job.get("target") or job["printer"]
    printer = printers.get(target, {})
    name = printer.get("name") or str(target)
    return JobView(
        job=str(job["uuid"]),
        name=job.get("name") or "",
        printer=name,
        place=printer.get("location") or name,
        state=str(job.get("state", "")),
        reason=job.get("reason") or "none",
        detail=job.get("detail") or "",
        pages=pages_of(job),
        since=job.get("created_at") or "",
    )


def pages_of(job: Row) -> int | None:
    """Pages on paper, all copies; None when unknown."""
    statistics: Row = job.get("statistics") or {}
    pages = statistics.get("impressions", statistics.get("pages"))
    return pages if isinstance(pages, int) else None


def is_shown(job: Row, now: dt.datetime) -> bool:
    """Whether a job is not over, or failed a moment ago."""
    if job.get("state") not in _OVER:
        return True
    return job.get("state") == "aborted" and _ended_s_ago(job, now) < FAILED_S


def _ended_s_ago(job: Row, now: dt.datetime) -> float:
    try:
        return (now - dt.datetime.fromisoformat(job["ended_at"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return FAILED_S


def rows_of(answer: object) -> tuple[Row, ...]:
    """A list of objects; what else is in it is left out."""
    return tuple(row for row in answer if isinstance(row, dict)) if isinstance(answer, list) else ()


def own_key(agents: Iterable[Row]) -> str:
    """The fingerprint of this agent's own key; "" when it has none."""
    return next((str(one.get("fingerprint") or "") for one in agents if one.get("this")), "")
