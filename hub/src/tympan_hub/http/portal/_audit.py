"""The audit log: who did what, proved on the page itself, and as a file that anybody can prove again."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from tympan_hub.domain.audit import Entry, is_whole, line
from tympan_hub.domain.limits.keeping import AUDIT_AT_ONCE
from tympan_hub.domain.limits.pages import PAGE, PAGE_MOST
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Visit, Visiting

router = APIRouter(prefix="/audit")

_SECTION = "audit"
_DIGITS = 9
"""Of a number in an address: no log is longer, and every database holds it."""


@router.get("")
async def page(visit: Visiting, q: str = "", before: str = "", check: str = "") -> Response:
    """The page; the chain is followed whenever that is quick, or when it is asked for."""
    log, text = visit.services.audit, q.strip()[:200]
    place = int(before) if before.isascii() and before.isdecimal() and len(before) <= _DIGITS else None
    found = await log.page(visit.home, visit.actor, before=place, limit=PAGE + 1, text=text)
    newest = await log.page(visit.home, visit.actor, limit=1)
    oldest = await log.page(visit.home, visit.actor, since=0, limit=1)
    gone = oldest[0].number - 1 if oldest else 0
    total = newest[0].number - gone if newest else 0
    proved = total <= AUDIT_AT_ONCE or check == "all"
    older = {"q": text, "before": str(found[PAGE - 1].number)} if len(found) > PAGE else {}
    view = views.Audit(
        rows=tuple(map(_row, found[:PAGE])),
        query=text,
        total=total,
        gone=gone,
        proved=proved,
        broken=await log.first_broken(visit.home, visit.actor) if proved else None,
        checked_at=visit.portal.clock.now(),
        newest=newest[0].hash if newest else "",
        older=f"/audit?{urlencode({name: value for name, value in older.items() if value})}" if older else "",
        filtered=bool(text or place),
    )
    return visit.page("audit", _SECTION, view)


@router.get("/file")
async def file(visit: Visiting) -> Response:
    """The whole log as JSON lines, oldest first; ``docs/formats/audit.md`` says how to prove it."""
    first = await visit.services.audit.page(visit.home, visit.actor, since=0, limit=PAGE_MOST)
    headers = {"Content-Disposition": f'attachment; filename="audit-{visit.home}.jsonl"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(visit, first), media_type="application/x-ndjson", headers=headers)


async def _lines(visit: Visit, entries: tuple[Entry, ...]) -> AsyncIterator[str]:
    while entries:
        yield "".join(line(entry) for entry in entries)
        since = entries[-1].number + 1
        entries = await visit.services.audit.page(visit.home, visit.actor, since=since, limit=PAGE_MOST)


def _row(entry: Entry) -> views.AuditRow:
    return views.AuditRow(
        number=entry.number,
        at=entry.at,
        by=entry.by,
        act=entry.act,
        subject=entry.subject,
        detail=entry.detail,
        whole=is_whole(entry),
    )
