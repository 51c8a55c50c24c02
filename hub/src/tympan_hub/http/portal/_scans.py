"""Scans: the list, ordering one after a look at what it would be, following it, stopping, giving parts away."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.errors import BadInput, Conflict, Full, NotFound, Overlaps, SoAlready, Unconfirmed, Unreached
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.limits.scans import SCAN_ADDRESSES, SCAN_AGENTS, SCAN_PER_S, SCAN_PER_S_MOST
from tympan_hub.domain.people import Act
from tympan_hub.domain.ranges import BadRange
from tympan_hub.domain.scans import IPP_SCAN, PartStanding, ScanStanding
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _discovery, views
from tympan_hub.http.portal import _scan_words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit, after, reader
from tympan_hub.service.agents import AgentShown
from tympan_hub.service.scan_orders import ScanOrder, ScanPreview
from tympan_hub.service.scans import PartShown, ScanListed, ScanShown

router = APIRouter(prefix="/devices/scans")

_SECTION: Final = "devices"
_LONG: Final = ("targets", "excluded")
_SCANNERS: Final = 20
"""Computers to choose from that are shown at once; others are found by name."""

_NAMED: Final = 6
"""Entries of ranges that are named where there is little room."""

_TITLED: Final = 2
"""Those that name a scan."""

_UNCONFIRMED: Final = marked("Tick the box to say that these addresses are yours to scan.")
_OVERLAPS: Final = marked(
    "A scan that runs asks some of these addresses already, or others next to them. Wait for it to end, or stop it."
)
_NOT_REACHED: Final = marked("Meanwhile no computer reaches some of it. Look again at what would be done.")


@router.get("")
async def every(visit: Member, page: int = 1) -> Response:
    """The list."""
    first = max(min(page, 1_000_000) - 1, 0) * PAGE
    found = await visit.services.scans.find(visit.home, visit.actor, first=first, limit=PAGE)
    view = views.Scans(
        rows=tuple(map(_row, found.scans)),
        page=stand(found.first, found.total, "/devices/scans", {}),
        method=await _discovery.method(visit, IPP_SCAN),
        orders=visit.may(Act.ORDER_SCANS),
    )
    return visit.page("scans", _SECTION, view)


@router.get("/new")
async def ask_new(visit: Member, of: str = "") -> Response:
    """The form for a new one, or for one that was, anew."""
    visit.actor.require(Act.ORDER_SCANS, visit.home)
    values = {"per_second": str(SCAN_PER_S)}
    if of:
        was = await visit.services.scans.again(visit.home, visit.actor, ScanId(of))
        values = {"targets": was.targets, "excluded": was.excluded, "per_second": str(was.per_second)}
        values |= {"who": "chosen", **{f"agent-{agent}": "yes" for agent in was.agents}} if was.agents else {}
    return await _form(visit, values)


@router.post("/new")
async def look(visit: Member) -> Response:
    """What a scan would be; or the form again, to find computers or to change something."""
    fields = await visit.fields(*_LONG)
    visit.actor.require(Act.ORDER_SCANS, visit.home)
    if "find" in fields or "back" in fields:
        return await _form(visit, fields)
    return await _asked(visit, fields)


@router.post("")
async def order(visit: Member) -> Response:
    """Begins one."""
    fields = await visit.fields(*_LONG)
    try:
        made = await visit.services.scans.order(visit.home, visit.actor, _order(fields))
    except (BadInput, NotFound):
        return await _asked(visit, fields)
    except Unconfirmed:
        return await _asked(visit, fields, _UNCONFIRMED)
    except Unreached:
        return await _asked(visit, fields, _NOT_REACHED)
    except Overlaps:
        return await _asked(visit, fields, _OVERLAPS)
    except Full:
        return after("/devices/scans", "scans-full")
    return after(f"/devices/scans/{made.id}", "scan-ordered")


@router.get("/{scan}")
async def one(visit: Member, scan: str) -> Response:
    """One with what each computer does."""
    shown = await visit.services.scans.get(visit.home, visit.actor, ScanId(scan))
    return visit.page("scan", _SECTION, await _view(visit, shown))


@router.post("/{scan}/stop")
async def stop(visit: Member, scan: str) -> Response:
    """Stops one."""
    await visit.fields()
    try:
        await visit.services.scans.stop(visit.home, visit.actor, ScanId(scan))
    except Conflict:
        return after(f"/devices/scans/{scan}", "too-late")
    return after(f"/devices/scans/{scan}", "scan-stopped")


@router.post("/{scan}/resume")
async def resume(visit: Member, scan: str) -> Response:
    """Goes on with one."""
    await visit.fields()
    try:
        await visit.services.scans.resume(visit.home, visit.actor, ScanId(scan))
    except SoAlready:
        return after(f"/devices/scans/{scan}", "already-so")
    except Overlaps:
        return after(f"/devices/scans/{scan}", "scans-overlap")
    except Full:
        return after(f"/devices/scans/{scan}", "scans-full")
    return after(f"/devices/scans/{scan}", "scan-resumed")


@router.get("/{scan}/remove")
async def ask_remove(visit: Member, scan: str) -> Response:
    """The question before one is forgotten."""
    shown = await visit.services.scans.get(visit.home, visit.actor, ScanId(scan))
    visit.actor.require(Act.ORDER_SCANS, visit.home)
    question = views.Confirm(
        title=marked("Forget this scan?"),
        subject=_row(shown).targets,
        consequences=(
            marked("It stands in the list no more. The audit log keeps who ordered it."),
            marked("Devices that it found stay."),
        ),
        label=marked("Forget the scan"),
        action=f"/devices/scans/{shown.scan.id}/remove",
        back=f"/devices/scans/{shown.scan.id}",
    )
    return visit.page("confirm", _SECTION, question)


@router.post("/{scan}/remove")
async def remove(visit: Member, scan: str) -> Response:
    """Forgets one."""
    await visit.fields()
    try:
        await visit.services.scans.remove(visit.home, visit.actor, ScanId(scan))
    except Conflict:
        return after(f"/devices/scans/{scan}", "scan-runs")
    return after("/devices/scans", "scan-removed")


@router.get("/{scan}/parts/{part}")
async def ask_pass_on(visit: Member, scan: str, part: str, q: str = "") -> Response:
    """To whom a part is to be given."""
    return await _pass_on(visit, scan, part, q)


@router.post("/{scan}/parts/{part}")
async def pass_on(visit: Member, scan: str, part: str) -> Response:
    """Gives a part to another computer."""
    agent = (await visit.fields()).get("agent", "")
    try:
        await visit.services.scans.pass_on(
            visit.home, visit.actor, ScanId(scan), _part_id(part), AgentId(agent) if agent else None
        )
    except Overlaps:
        return after(f"/devices/scans/{scan}", "scans-overlap")
    except Full:
        return after(f"/devices/scans/{scan}", "scans-full")
    except Unreached:
        return await _pass_on(visit, scan, part, "", fault=words.NO_SCANNER, status=409)
    except Conflict:
        return await _pass_on(visit, scan, part, "", fault=words.NO_OTHER_SCANNER, status=409)
    return after(f"/devices/scans/{scan}", "scan-passed-on")


async def _form(visit: Visit, values: dict[str, str], error: BadInput | None = None) -> Response:
    scanners, more = await _scanners(visit, values.get("computers", ""), _agents(values))
    here = reader(visit.request)
    wrong = {}
    if isinstance(error, BadRange):
        told = here.words.gettext(words.FLAWS[error.flaw])
        line = here.words.gettext(words.FLAW_LINE) % {"line": error.line, "entry": error.entry}
        wrong = {error.field: f"{line} {told}"}
    faults = {error.field: words.SCAN_FAULTS[error.field]} if error and not wrong else {}
    view = views.ScanForm(
        form=views.Form(values=values, faults=faults),
        wrong=views.Form(faults=wrong),
        method=await _discovery.method(visit, IPP_SCAN),
        scanners=scanners,
        more=more,
        most=SCAN_PER_S_MOST,
        addresses=SCAN_ADDRESSES,
    )
    return visit.page("scan_form", _SECTION, view, status=422 if error else 200)


async def _asked(visit: Visit, fields: dict[str, str], fault: str = "") -> Response:
    try:
        seen = await visit.services.scans.preview(visit.home, visit.actor, _order(fields))
    except BadInput as error:
        return await _form(visit, fields, error)
    except NotFound:
        return await _form(visit, fields, BadInput("", field="agents"))
    view = _question(seen, fields, await _discovery.method(visit, IPP_SCAN), fault)
    return visit.page("scan_asked", _SECTION, view, status=422 if fault else 200)


def _question(seen: ScanPreview, fields: dict[str, str], method: views.MethodWord, fault: str) -> views.ScanAsked:
    kept = [(name, value) for name, value in fields.items() if name not in ("outside", "rest", "find", "back")]
    begun = seen.wanted.count - seen.nobody.count
    return views.ScanAsked(
        fields=tuple(kept),
        shares=tuple(
            views.ScanShare(name=each.name, targets=_few(each.targets), addresses=each.addresses, lasts=each.lasts)
            for each in seen.shares
        ),
        addresses=begun,
        lasts=seen.lasts,
        outside=_few(seen.outside.texts),
        outside_count=seen.outside.count,
        names=len(seen.wanted.hosts),
        nobody=_few(seen.nobody.texts),
        away=_few(seen.away.texts),
        unable=", ".join(seen.unable),
        absent=", ".join(seen.absent),
        method=method,
        fault=fault,
    )


async def _pass_on(visit: Visit, scan: str, part: str, text: str, *, fault: str = "", status: int = 200) -> Response:
    shown = await visit.services.scans.get(visit.home, visit.actor, ScanId(scan))
    visit.actor.require(Act.ORDER_SCANS, visit.home)
    known = next((each for each in shown.parts if str(each.part.id) == part), None)
    if known is None:
        raise NotFound("the scan has no such part")
    scanners, more = await _scanners(visit, text, ())
    view = views.PassOn(
        scan=shown.scan.id,
        part=_part(known),
        scanners=tuple(each for each in scanners if each.id != known.part.agent),
        query=text,
        more=more,
        fault=fault,
    )
    return visit.page("scan_part", _SECTION, view, status=status)


async def _scanners(visit: Visit, text: str, chosen: Sequence[AgentId]) -> tuple[tuple[views.ScannerChoice, ...], bool]:
    """Computers to choose from: those that were chosen, and those whose names fit."""
    wanted = AgentFilter(text=fit(text), revoked=False, limit=_SCANNERS)
    found = await visit.services.agents.find(visit.home, visit.actor, wanted)
    shown = {each.agent.id: each for each in found.agents}
    for agent in chosen:
        if agent not in shown:
            shown[agent] = await visit.services.agents.get(visit.home, visit.actor, agent)
    rows = [_scanner(each, each.agent.id in chosen) for each in shown.values()]
    ordered = sorted(rows, key=lambda row: (not row.chosen, not row.able, not row.connected))
    return tuple(ordered), found.total > len(found.agents)


def _scanner(shown: AgentShown, chosen: bool) -> views.ScannerChoice:
    told = shown.agent.told
    return views.ScannerChoice(
        id=shown.agent.id,
        name=shown.agent.name,
        networks=_few(told.networks) if told else "",
        connected=shown.connected,
        able=told is not None and told.runs(IPP_SCAN),
        chosen=chosen,
    )


async def _view(visit: Visit, shown: ScanShown) -> views.Scan:
    scan = shown.scan
    return views.Scan(
        row=_row(shown),
        targets=scan.targets,
        excluded=scan.excluded,
        per_second=scan.per_second,
        outside=scan.outside,
        confirmed=scan.confirmed,
        unreached=scan.unreached,
        probed=shown.progress.probed,
        left=_left(shown),
        stopped_by=scan.stopped_by,
        stopped_at=scan.stopped_at,
        parts=tuple(map(_part, shown.parts)),
        method=await _discovery.method(visit, IPP_SCAN),
        orders=visit.may(Act.ORDER_SCANS),
    )


def _left(shown: ScanShown) -> dt.timedelta | None:
    """How long it lasts yet at its speed; None where it does not go on."""
    waiting = [each.part.total - each.part.probed for each in shown.parts if each.part.open]
    if not waiting:
        return None
    return dt.timedelta(seconds=max(0, *waiting, 0) // shown.scan.per_second)


def _row(listed: ScanListed) -> views.ScanRow:
    scan, far = listed.scan, listed.progress
    return views.ScanRow(
        id=scan.id,
        targets=", ".join(scan.targets[:_TITLED]),
        more=max(len(scan.targets) - _TITLED, 0),
        standing=words.SCANS[listed.standing],
        percent=int(far.share * 100),
        live=listed.standing is ScanStanding.RUNNING,
        found=far.found,
        addresses=scan.addresses,
        ordered_by=scan.ordered_by,
        ordered_at=scan.ordered_at,
    )


def _part(shown: PartShown) -> views.ScanPartRow:
    part = shown.part
    return views.ScanPartRow(
        id=str(part.id),
        agent=part.agent,
        name=shown.name,
        targets=_few(part.targets),
        standing=words.SCAN_SILENCES.get(shown.silence, words.SCAN_PARTS[part.standing]),
        percent=int(100 * min(part.probed, part.total) / part.total) if part.total else 0,
        probed=part.probed,
        total=part.total,
        found=part.found,
        detail=part.detail,
        why=words.SCAN_SILENT.get(shown.silence, ""),
        heard_at=part.heard_at,
        passable=bool(shown.silence) or part.standing is PartStanding.FAILED,
        live=part.open,
    )


def _order(fields: dict[str, str]) -> ScanOrder:
    speed = fields.get("per_second", "").strip()
    return ScanOrder(
        targets=fields.get("targets", ""),
        excluded=fields.get("excluded", ""),
        per_second=int(speed) if speed.isascii() and speed.isdigit() and len(speed) < 6 else 0,
        agents=_agents(fields),
        outside=bool(fields.get("outside")),
        rest=bool(fields.get("rest")),
    )


def _agents(fields: dict[str, str]) -> tuple[AgentId, ...]:
    """Computers that are ticked, where they are to be chosen."""
    if fields.get("who") != "chosen":
        return ()
    ticked = [name.removeprefix("agent-") for name in fields if name.startswith("agent-")]
    return tuple(AgentId(name) for name in ticked[: SCAN_AGENTS + 1])


def _part_id(text: str) -> ScanPartId:
    try:
        return ScanPartId(uuid.UUID(text))
    except ValueError as error:
        raise NotFound("the scan has no such part") from error


def _few(texts: Iterable[str]) -> str:
    listed = list(texts)
    return ", ".join(listed[:_NAMED]) + (" …" if len(listed) > _NAMED else "")
