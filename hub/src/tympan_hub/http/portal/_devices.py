"""Devices found in networks: the list, one with all that sees it, ignoring one."""

from collections.abc import AsyncIterator, Iterable
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.device_lists import COLUMNS, BadList, Flaw, guarded, text_of
from tympan_hub.domain.devices import Change, DeviceFilter, Difference, Standing
from tympan_hub.domain.errors import Conflict, SoAlready
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, is_id
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Act
from tympan_hub.domain.sightings import BY_HAND, Pause, Sighting, Supply, Sweep, is_method
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _device_words as words
from tympan_hub.http.portal import _discovery, _sheet, _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.http.portal._words import SIDES
from tympan_hub.service.device_lists import ListRead
from tympan_hub.service.devices import DeviceListed, DeviceShown, Dropped

router = APIRouter(prefix="/devices")

_SECTION = "devices"
_STATES: Final = {
    "": (marked("All"), DeviceFilter()),
    "new": (marked("New"), DeviceFilter(standing=Standing.NEW)),
    "printer": (marked("With a printer"), DeviceFilter(printer=True)),
    "here": (marked("In view now"), DeviceFilter(in_view=True)),
    "away": (marked("Not in view"), DeviceFilter(in_view=False)),
    "ignored": (marked("Ignored"), DeviceFilter(standing=Standing.IGNORED)),
}
_LABELS: Final = {
    "make_and_model": marked("Model"),
    "firmware": marked("Firmware"),
    "formats": marked("Formats"),
    "color": marked("Colour"),
    "sides": marked("Both sides"),
    "media": marked("Paper"),
    "fingerprint": marked("Certificate"),
}
_VALUES: Final = {"color": words.YES_NO, "sides": SIDES}
_LINES_SHOWN: Final = 50
"""Lines of a list that are shown before it is taken."""

_NO_TABLE: Final = marked("This cannot be read as a table. Save it as CSV, and bring that.")
_LIST_FLAWS: Final = {
    Flaw.EMPTY: marked("The file is empty. Its first line names the columns, such as name, uri, location."),
    Flaw.NO_COLUMN: marked("The first line names no column that is known here."),
    Flaw.TOO_LONG: marked("The list has more than 2000 lines. Cut it into several."),
    Flaw.TOO_LARGE: marked("The list is larger than 1 MiB. Cut it into several."),
    Flaw.NO_TEXT: _NO_TABLE,
    Flaw.NO_TABLE: _NO_TABLE,
}
_WRONG: Final = (
    marked("The line names no device."),
    marked("This can be no name."),
    marked("This is no address of a device, such as ipp://192.0.2.7/ipp/print."),
    marked("This is too long for a place."),
    marked("This is too long for a serial number."),
    marked("This is no UUID."),
    marked("This is no IP address."),
    marked("This is no hardware address, such as 00:00:5e:00:53:01."),
    marked("This is no SHA-256 of a certificate."),
)
"""What `tympan_hub.domain.device_lists` says of lines, for the catalogues."""

_LOW_PERCENT: Final = 10
"""A supply with so little left is told to be low."""


@router.get("")
async def every(
    visit: Member, q: str = "", method: str = "", state: str = "", agent: str = "", page: int = 1
) -> Response:
    """The list."""
    wanted = _wanted(q, method, state, agent, first=(page - 1) * PAGE)
    found = await visit.services.devices.find(visit.home, visit.actor, wanted)
    dropped = await visit.services.devices.dropped(visit.home, visit.actor)
    asked = {"q": q, "method": wanted.method, "state": state, "agent": wanted.agent or ""}
    view = views.Devices(
        rows=tuple(map(_row, found.devices)),
        page=stand(found.first, found.total, "/devices", asked),
        query=q,
        methods=_methods(found.methods, wanted.method),
        states=tuple(views.Choice(value=one, label=label, chosen=one == state) for one, (label, _) in _STATES.items()),
        agent=await _agent_name(visit, wanted.agent),
        agent_id=wanted.agent or "",
        filtered=any(value.strip() for value in asked.values()),
        dropped=tuple(map(_dropped, dropped)),
        ways=await _discovery.methods(visit),
        file=f"/devices/file?{urlencode({name: value for name, value in asked.items() if value})}",
    )
    return visit.page("devices", _SECTION, view)


@router.get("/file")
async def file(visit: Member, q: str = "", method: str = "", state: str = "", agent: str = "") -> Response:
    """Those of the list as a file for spreadsheets, to be brought again."""
    visit.actor.require(Act.SEE_ALL_PRINTERS, visit.home)
    return _sheet.sheet("devices.csv", COLUMNS, _cells(visit, _wanted(q, method, state, agent)))


async def _cells(visit: Visit, wanted: DeviceFilter) -> AsyncIterator[list[str | int]]:
    after_: tuple[str, DeviceId] | None = None
    while part := await visit.services.device_lists.part(visit.home, visit.actor, wanted, after_):
        for _, cells in part:
            yield [guarded(cells.get(name, "")) for name in COLUMNS]
        after_ = (part[-1][0].name, part[-1][0].id)


@router.get("/import")
async def ask_list(visit: Member) -> Response:
    """The form to bring a list."""
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    return visit.page("device_list", _SECTION, views.DeviceListPage(columns=COLUMNS))


@router.post("/import")
async def take_list(visit: Member) -> Response:
    """Says what would come of a list, and takes it when that was seen."""
    fields, content = await visit.list_fields()
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    try:
        text = fit(fields["list"] if "list" in fields else text_of(content))
        if fields.get("take"):
            await visit.services.device_lists.take(visit.home, visit.actor, text)
            return after("/devices", "devices-taken", method="import")
        read = await visit.services.device_lists.preview(visit.home, visit.actor, text)
    except BadList as error:
        fault = _LIST_FLAWS[error.flaw]
        view = views.DeviceListPage(columns=COLUMNS, form=views.Form(faults={"file": fault}))
        return visit.page("device_list", _SECTION, view, status=422)
    return visit.page("device_list", _SECTION, _preview(text, read))


def _preview(text: str, read: ListRead) -> views.DeviceListPage:
    return views.DeviceListPage(
        columns=COLUMNS,
        read=True,
        text=text,
        lines=tuple(
            views.ListLine(
                number=line.number,
                name=line.cells.get("name") or line.cells.get("model", ""),
                uri=line.cells.get("uri") or line.cells.get("address") or line.cells.get("host", ""),
                location=line.cells.get("location", ""),
            )
            for line in read.taken[:_LINES_SHOWN]
        ),
        taken=len(read.taken),
        same=read.same,
        faults=tuple(views.ListFault(number=one.line, why=one.why, cell=one.cell) for one in read.faults),
        wrong=read.wrong,
        unknown=read.unknown,
    )


@router.get("/{device}")
async def one(visit: Member, device: str) -> Response:
    """One device."""
    shown = await visit.services.devices.get(visit.home, visit.actor, DeviceId(fit(device)))
    return visit.page("device", _SECTION, _view(shown))


@router.post("/{device}/ignore")
async def ignore(visit: Member, device: str) -> Response:
    """Ignores one, or not any more."""
    ignored = (await visit.fields()).get("ignored", "") == "yes"
    try:
        await visit.services.devices.ignore(visit.home, visit.actor, DeviceId(fit(device)), ignored=ignored)
    except SoAlready:
        return after(f"/devices/{device}", "already-so")
    return after(f"/devices/{device}", "device-ignored" if ignored else "device-heeded")


@router.post("/{device}/forget")
async def forget(visit: Member, device: str) -> Response:
    """Forgets one that nobody sees."""
    await visit.fields()
    try:
        await visit.services.devices.forget(visit.home, visit.actor, DeviceId(fit(device)))
    except Conflict:
        return after(f"/devices/{device}", "device-in-view")
    return after("/devices", "device-forgotten")


def _wanted(q: str, method: str, state: str, agent: str, *, first: int = 0) -> DeviceFilter:
    kept = _STATES.get(state, _STATES[""])[1]
    return DeviceFilter(
        text=fit(q),
        method=method if method == "import" or is_method(method) else "",
        agent=AgentId(agent) if is_id(agent) else None,
        standing=kept.standing,
        in_view=kept.in_view,
        printer=kept.printer,
        first=first,
    )


def _methods(methods: Iterable[str], chosen: str) -> tuple[views.Choice, ...]:
    known = {"": marked("Any way"), **{name: words.METHODS.get(name, name) for name in methods}}
    return tuple(
        views.Choice(value=name, label=label, chosen=name == chosen, translated=not name or name in words.METHODS)
        for name, label in known.items()
    )


async def _agent_name(visit: Visit, agent: AgentId | None) -> str:
    if agent is None or not visit.may(Act.SEE_AGENTS):
        return ""
    return (await visit.services.agents.names(visit.home, visit.actor, [agent])).get(agent, agent)


def _row(listed: DeviceListed) -> views.DeviceRow:
    device, reach = listed.device, listed.reach
    model = device.description.make_and_model
    return views.DeviceRow(
        id=device.id,
        name=device.name,
        model=model if model != device.name else "",
        location=device.location,
        place=device.place,
        methods=tuple(words.METHODS.get(name, name) for name in (reach.methods if reach else ())),
        seen_at=reach.seen_at if reach else None,
        agents=device.in_view,
        standing=words.DEVICE_STANDINGS[device.standing],
        makes=device.standing is not Standing.KNOWN,
    )


async def of_agent(visit: Visit, agent: AgentId) -> tuple[tuple[views.SweepRow, ...], tuple[views.DroppedRow, ...]]:
    """How an agent looked around last, and what was dropped of what it told; for those who see devices."""
    if not visit.may(Act.SEE_ALL_PRINTERS):
        return (), ()
    sweeps = await visit.services.devices.sweeps(visit.home, visit.actor, agent)
    dropped = await visit.services.devices.dropped(visit.home, visit.actor)
    return tuple(map(_sweep, sweeps)), tuple(_dropped(one) for one in dropped if one.agent == agent)


def _sweep(sweep: Sweep) -> views.SweepRow:
    return views.SweepRow(
        method=words.METHODS.get(sweep.method, sweep.method),
        at=sweep.at,
        in_view=sweep.in_view,
        seconds=-(-sweep.took_ms // 1000),
        packets=sweep.packets,
        dropped=sweep.dropped,
    )


def _dropped(dropped: Dropped) -> views.DroppedRow:
    intake = dropped.intake
    return views.DroppedRow(
        agent=dropped.agent,
        name=dropped.name or dropped.agent,
        day=intake.day,
        too_many=intake.too_many,
        too_fast=intake.too_fast,
        strange=intake.strange,
        no_room=intake.no_room,
    )


def _view(shown: DeviceShown) -> views.FoundDevice:
    device, told = shown.device, shown.device.description
    return views.FoundDevice(
        row=_row(DeviceListed(device=device, reach=None)),
        uri=shown.uri,
        serial=told.serial,
        uuid=told.uuid,
        mac=device.mac,
        host=device.host_name,
        firmware=told.firmware,
        fingerprint=shown.fingerprint,
        color=told.color,
        two_sided=any(side != "one-sided" for side in told.sides) if told.sides else None,
        media=_shown.media(told.media),
        formats=_shown.formats(told.formats) or ", ".join(told.formats[:8]),
        more_info=told.more_info,
        first_seen_at=device.first_seen_at,
        state=words.DEVICE_STATES.get(told.state, ""),
        reasons=told.reasons,
        supplies=tuple(map(_supply, told.supplies)),
        seers=tuple(_seer(one, shown) for one in shown.sightings),
        changes=tuple(_change(one, shown) for one in shown.changes),
        printers=tuple(
            views.MadePrinter(id=one.printer, name=one.name, uri=one.uri, now=_move(shown, one.printer))
            for one in shown.printers
        ),
        ignored=device.ignored_at is not None,
    )


def _move(shown: DeviceShown, printer: PrinterId) -> views.Move | None:
    move = shown.moved.get(printer)
    return _shown.move(move, shown.agents) if move else None


def _seer(one: Sighting, shown: DeviceShown) -> views.Seer:
    name = one.trace.name
    return views.Seer(
        agent=shown.agents.get(name.agent, name.agent),
        agent_id="" if name.agent == BY_HAND else name.agent,
        method=words.METHODS.get(name.method, name.method),
        in_view=one.trace.in_view,
        paused=words.PAUSES.get(one.trace.paused, ""),
        away_since=shown.away.get(name.agent) if one.trace.paused is Pause.AWAY else None,
        seen_at=one.trace.seen_at,
        uri=one.uri,
        addresses=one.addresses,
        detail=one.detail,
    )


def _change(change: Change, shown: DeviceShown) -> views.ChangeRow:
    return views.ChangeRow(
        at=change.at,
        by=shown.agents.get(change.agent, change.agent),
        rows=tuple(map(_difference, change.differences)),
    )


def _difference(one: Difference) -> views.DifferenceRow:
    known = _VALUES.get(one.field, {})
    before, now = (tuple(known.get(word, word) for word in side) for side in (one.before, one.after))
    return views.DifferenceRow(
        label=_LABELS.get(one.field, one.field), before=before, after=now, translated=bool(known)
    )


def _supply(supply: Supply) -> views.SupplyRow:
    waste = supply.kind.startswith("waste")
    low = supply.percent is not None and not waste and supply.percent <= _LOW_PERCENT
    return views.SupplyRow(name=supply.name or supply.kind, percent=supply.percent, low=low)
