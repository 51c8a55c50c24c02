"""Printers: list, one, add, change, remove."""

from collections.abc import Mapping
from typing import Final

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Conflict, Full, Taken
from tympan_hub.domain.ids import DeviceId, PrinterId
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.moves import certificate_at, is_secure
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act
from tympan_hub.domain.printers import Delivery, DeviceSeen, Look, Printer, check_device, is_fingerprint
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.text import fit
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.http.portal import _assignments, _bridge, _checks, _forms, _queues, _shares, _shown, _tunnel, views
from tympan_hub.http.portal import _held_words as held_words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.service.devices import DeviceShown

router = APIRouter(prefix="/printers")

_JOBS = 5
_SHARED: Final = "shared"
_SECTION = "printers"
_WAYS: Final = {
    "": marked("At once, from the computer to the device"),
    "pull": marked("When their owner releases them at the device"),
    "tunnel": marked("Through the hub, from anywhere"),
}
_AUDIENCES: Final = {
    "": marked("Everybody"),
    "chosen": marked("People and groups I choose next"),
}
_NOT_ON: Final = marked(
    "The owner of this service has not switched printing through the hub on. Choose “At once” for now."
)
_TAKEN: Final = marked("There is a printer with this name already.")
_KEPT: Final = marked("The certificate that is pinned stays: a device that shows another one gets nothing.")
_PINS: Final = marked("The certificate that is shown there now is pinned: no other device gets anything from then on.")
_OPEN: Final = marked("The address is not encrypted, and no certificate can tell who is there.")
_UNCHECKED: Final = {
    "uri": ("uri", marked("This is no address of a device. It begins with ipp:// or ipps:// and names a host.")),
    "agent": ("agent", marked("No computer can look at the address. Add an agent first.")),
    "busy": ("agent", marked("That computer has as much to do as may wait for it. Wait a moment, then ask again.")),
}


@router.get("")
async def every(visit: Member, q: str = "", page: int = 1) -> Response:
    """The list."""
    asked = max(page - 1, 0) * PAGE
    found = await visit.services.printers.find(visit.home, visit.actor, q, first=asked)
    first = first_of(asked, PAGE, found.total)
    rows = tuple(map(_shown.listed_row, found.printers))
    view = views.Printers(rows=rows, page=stand(first, found.total, "/printers", {"q": q}), query=q)
    return visit.page("printers", _SECTION, view)


@router.get("/new")
async def ask_new(visit: Member) -> Response:
    """The form for a new one, with what was typed before somebody looked at the address."""
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    asked = visit.request.query_params
    values = {name: asked[name][: _forms.CHARS_MOST] for name in _checks.KEPT if name in asked}
    if [*values] == ["device"]:
        values |= _said_by(await _device_of(visit, values))
    faults = dict([_UNCHECKED[asked["wrong"]]]) if asked.get("wrong", "") in _UNCHECKED else {}
    return visit.page("printer_form", _SECTION, await _new(visit, views.Form(values=values, faults=faults)))


@router.post("/new")
async def add(visit: Member) -> Response:
    """Adds one."""
    fields = await visit.fields()
    wanted, faults, everybody = _wanted(fields), _faults(fields), fields.get("audience", "") != "chosen"
    if _crosses(fields) and not await visit.services.tunnel_use.may_choose(visit.home, visit.actor):
        faults["way"] = _NOT_ON
    if not faults:
        try:
            device = await _device_of(visit, fields)
            made = await visit.services.printers.add(
                visit.home,
                visit.actor,
                name=wanted["name"],
                uri=wanted["uri"],
                location=wanted["location"],
                everybody=everybody,
                fingerprint=_pinned(fields, device),
                device=device.device.id if device else None,
                delivery=Delivery.PULL if _holds(fields) else Delivery.PUSH,
            )
            if _crosses(fields):
                choice = TunnelChoice(use=TunnelUse.ALWAYS)
                made = await visit.services.tunnel_use.choose(visit.home, visit.actor, made.id, choice)
            if made.holds:
                return after(f"/printers/{made.id}/pull", "queue-added")
            if not everybody:
                return after(f"/printers/{made.id}/for-whom", "printer-added")
            return after(f"/printers/{made.id}", "printer-added")
        except Taken:
            faults = {"name": _TAKEN}
        except Full:
            faults = {"": _forms.FULL}
    form = views.Form(values=fields, faults=faults)
    return visit.page("printer_form", _SECTION, await _new(visit, form), status=422)


@router.get("/{printer}")
async def one(visit: Member, printer: str, computer: str = "") -> Response:
    """One printer."""
    shown = await visit.services.printers.get(visit.home, visit.actor, PrinterId(printer))
    find = visit.services.jobs.all if visit.may(Act.SEE_ALL_JOBS) else visit.services.jobs.mine
    jobs = (await find(visit.home, visit.person, JobFilter(printer=printer, limit=_JOBS))).jobs
    names: dict[str, str] = {shown.printer.id: shown.printer.name}
    query = fit(computer.strip())
    places = await visit.services.queues.places(visit.home, visit.actor, [shown.printer.id], text=query)
    known = next((seen for seen in shown.devices if seen.reachable), None)
    way = await _tunnel.way(visit, shown.printer)
    view = views.Printer(
        row=_shown.printer_row(shown.printer, Look.of(shown.devices)),
        uri=shown.printer.uri,
        device=_device(known),
        checked_at=known.observed_at if known else None,
        checked_by=await _name(visit, known) if known else "",
        seen=await _seen(visit, shown.devices),
        jobs=tuple(_shown.job_row(job, names) for job in jobs),
        here=_bridge.here(visit),
        places=_queues.places(places.of[shown.printer.id], places.total, query),
        everybody=shown.printer.everybody,
        given=await _given(visit, shown.printer),
        made_of=shown.printer.device or "",
        rules=_rules(shown.printer, way),
        way=way,
        moved=await _moved(visit, shown.printer.id),
        share=await _shares.of_printer(visit, shown.printer.id) if shown.printer.share else None,
    )
    return visit.page("printer", _SECTION, view, reaches=visit.portal.bridges)


@router.get("/{printer}/edit")
async def ask_change(visit: Member, printer: str) -> Response:
    """The form to change one."""
    known = await _managed(visit, printer)
    values = {"name": known.name, "uri": known.uri, "location": known.location, "way": _way(known)}
    return visit.page("printer_form", _SECTION, _form_of(known, views.Form(values=values)))


@router.post("/{printer}/edit")
async def change(visit: Member, printer: str) -> Response:
    """Changes one."""
    fields = await visit.fields()
    known = await _managed(visit, printer)
    fields["way"] = _way(known)  # a queue that holds jobs stays one: what it holds could go nowhere else
    faults = _faults(fields)
    if not faults:
        try:
            changed = _changed(known, _wanted(fields))
            await visit.services.printers.change(visit.home, visit.actor, changed)
            return after(f"/printers/{known.id}", "printer-changed")
        except Taken:
            faults = {"name": _TAKEN}
    return visit.page("printer_form", _SECTION, _form_of(known, views.Form(values=fields, faults=faults)), status=422)


@router.get("/{printer}/move")
async def ask_move(visit: Member, printer: str, back: str = "") -> Response:
    """The question before one gets an address of which nothing proves that its device is there."""
    known = await _managed(visit, printer)
    back = _forms.own_path(back or f"/printers/{known.id}")
    moved = await _moved(visit, known.id)
    if moved is None or moved.proven:
        return after(back, "printer-moved-on")
    view = views.Confirm(
        title=marked("Send this printer's jobs to another address?"),
        subject=f"{known.name}: {known.uri} → {moved.uri}",
        consequences=(
            marked("Nothing proves that the printer's device is there: whoever is in that network can say so."),
            marked(
                "Whoever is there gets every document that is printed from now on, unless a certificate forbids it."
            ),
            _KEPT if known.fingerprint else (_PINS if is_secure(moved.uri) else _OPEN),
            marked("Look at the device itself first: its menu or its own page shows its address and certificate."),
        ),
        label=marked("Send jobs there"),
        action=f"/printers/{known.id}/move",
        back=back,
        seen_by=moved.seen_by,
        said={"uri": moved.uri, "back": back, "unproven": "yes"},
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{printer}/move")
async def move(visit: Member, printer: str) -> Response:
    """Gives one the address its device is said to have now."""
    fields = await visit.fields()
    back = _forms.own_path(fields.get("back", "") or f"/printers/{printer}")
    unproven = fields.get("unproven", "") == "yes"
    move_to = visit.services.printers.move
    try:
        await move_to(visit.home, visit.actor, PrinterId(printer), fields.get("uri", ""), unproven=unproven)
    except Conflict:
        return after(back, "printer-moved-on")
    return after(back, "printer-moved")


@router.get("/{printer}/remove")
async def ask_remove(visit: Member, printer: str) -> Response:
    """The question before one is removed."""
    known = await _managed(visit, printer)
    held = await visit.services.printers.holds(visit.home, visit.actor, known.id)
    view = views.Confirm(
        title=marked("Remove this printer?"),
        subject=known.name,
        held=held,
        consequences=(
            (
                marked("It stays until they came out, were deleted by their owners, or expired. None of them is lost."),
                marked("Give it to nobody, so that no more of them come, and come back then."),
            )
            if held
            else (
                marked("Connected agents forget it within seconds; nobody can print on it any more."),
                marked("Jobs that were printed stay in the list."),
            )
        ),
        label=marked("Remove the printer"),
        action=f"/printers/{known.id}/remove",
        back=f"/printers/{known.id}",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{printer}/remove")
async def remove(visit: Member, printer: str) -> Response:
    """Removes one."""
    await visit.fields()
    await visit.services.printers.remove(visit.home, visit.actor, PrinterId(printer))
    return after("/printers", "printer-removed")


def _rules(printer: Printer, way: views.Way) -> views.PullRules | None:
    """How it holds jobs; where the tunnel is used, they lie at the hub whatever else was chosen."""
    if printer.pull is None:
        return None
    return views.PullRules(
        hold=printer.pull.hold,
        proximity=held_words.PROXIMITIES[printer.pull.proximity.value],
        mirror=held_words.MIRRORS[(Mirroring.HUB if way.goes else printer.pull.mirror).value],
    )


def _device(seen: DeviceSeen | None) -> views.Device:
    if seen is None:
        return views.Device()
    return views.Device(
        model=seen.make_and_model,
        color=seen.color,
        duplex=seen.duplex,
        media=_shown.media(seen.media),
        formats=_shown.formats(seen.formats),
    )


async def _name(visit: Visit, seen: DeviceSeen) -> str:
    if not visit.may(Act.SEE_AGENTS):
        return ""
    return (await visit.services.agents.get(visit.home, visit.actor, seen.agent)).agent.name


async def _device_of(visit: Visit, fields: Mapping[str, str]) -> DeviceShown | None:
    """The device a new printer is made of."""
    named = fields.get("device", "")
    return await visit.services.devices.get(visit.home, visit.actor, DeviceId(fit(named))) if named else None


def _said_by(shown: DeviceShown | None) -> dict[str, str]:
    """What a device says of itself, as the form has it."""
    if shown is None:
        return {}
    device = shown.device
    said = {"name": device.printer_name, "uri": shown.uri, "location": device.printer_location}
    return {**said, "pin": "yes" if shown.fingerprint else ""}


def _pinned(fields: Mapping[str, str], shown: DeviceShown | None) -> str:
    """The certificate agents shall insist on: the one that stood in the form, whatever else was told meanwhile."""
    pin, uri = fields.get("pin", ""), fields.get("uri", "").strip()
    if shown is None or not is_secure(uri) or _holds(fields):
        return ""
    return certificate_at(uri, shown.sightings) if pin == "yes" else pin if is_fingerprint(pin) else ""


async def _new(visit: Visit, form: views.Form) -> views.PrinterForm:
    shown = await _device_of(visit, form.values)
    return views.PrinterForm(
        made_of=_made_of(shown, form.value("uri").strip()) if shown else None,
        form=form,
        ways=_choices(_WAYS, form.value("way")),
        audiences=_choices(_AUDIENCES, form.value("audience")),
        checkers=await _checks.checkers(visit, form.value("agent"), form.value("computer")),
        checks=await _checks.found(visit, form.value("uri").strip()),
    )


def _made_of(shown: DeviceShown, uri: str) -> views.MadeOf:
    pin = certificate_at(uri, shown.sightings)
    return views.MadeOf(id=shown.device.id, name=shown.device.name, fingerprint=pin)


async def _moved(visit: Visit, printer: PrinterId) -> views.Move | None:
    """Where a printer's device is said to be now, for those who oversee; by whom, for those who see agents."""
    if not visit.may(Act.SEE_ALL_PRINTERS):
        return None
    move = await visit.services.printers.moved(visit.home, visit.actor, printer)
    if move is None:
        return None
    told = visit.may(Act.SEE_AGENTS)
    names = await visit.services.agents.names(visit.home, visit.actor, move.seen_by) if told else {}
    return _shown.move(move, names)


def _choices(words: Mapping[str, str], chosen: str) -> tuple[views.Choice, ...]:
    return tuple(views.Choice(value=name, label=word, chosen=name == chosen) for name, word in words.items())


async def _given(visit: Visit, printer: Printer) -> tuple[views.Somebody, ...]:
    """Whom it was given to, where that matters to whoever looks."""
    if printer.everybody or not visit.may(Act.MANAGE_PRINTERS):
        return ()
    return _assignments.given(await visit.services.assignments.get(visit.home, visit.actor, printer.id))


async def _managed(visit: Visit, printer: str) -> Printer:
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    return (await visit.services.printers.get(visit.home, visit.actor, PrinterId(printer))).printer


async def _seen(visit: Visit, devices: tuple[DeviceSeen, ...]) -> tuple[views.DeviceSeen, ...]:
    """What agents tell; who may not see agents gets no names of them."""
    if not visit.may(Act.SEE_AGENTS):
        return ()
    names = await visit.services.agents.names(visit.home, visit.actor, [seen.agent for seen in devices])
    return tuple(
        views.DeviceSeen(
            agent=names.get(seen.agent, seen.agent),
            health=_shown.health(seen),
            detail=seen.detail,
            observed_at=seen.observed_at,
        )
        for seen in devices
    )


def _holds(fields: Mapping[str, str]) -> bool:
    """Whether it shall hold jobs: then it has no device of its own."""
    return fields.get("way", "") == "pull"


def _is_addressless(fields: Mapping[str, str]) -> bool:
    """Whether it has no address: it holds jobs, or a computer shares it."""
    return _holds(fields) or fields.get("way", "") == _SHARED


def _crosses(fields: Mapping[str, str]) -> bool:
    """Whether its jobs shall go through the hub."""
    return fields.get("way", "") == "tunnel"


def _wanted(fields: dict[str, str]) -> dict[str, str]:
    wanted = {name: fields.get(name, "").strip() for name in ("name", "uri", "location")}
    return {**wanted, "uri": ""} if _is_addressless(fields) else wanted


def _changed(known: Printer, wanted: dict[str, str]) -> Printer:
    """A confirmed certificate is one of that address: another address begins without."""
    pin = known.fingerprint if wanted["uri"] == known.uri else ""
    return attrs.evolve(known, name=wanted["name"], uri=wanted["uri"], location=wanted["location"], fingerprint=pin)


def _form_of(known: Printer, form: views.Form) -> views.PrinterForm:
    return views.PrinterForm(id=known.id, name=known.name, form=form, holds=known.holds or known.share is not None)


def _way(known: Printer) -> str:
    if known.share is not None:
        return _SHARED
    return "pull" if known.holds else ""


def _faults(fields: dict[str, str]) -> dict[str, str]:
    holds = _is_addressless(fields)
    wanted, faults = _wanted(fields), _forms.missing(fields, "name", *(() if holds else ("uri",)))
    uri_fault = marked("This is no address of a device. It begins with ipp:// or ipps:// and names a host.")
    held = {
        "name": (_forms.named(wanted["name"]), _forms.NAME_FAULT),
        "uri": (holds or _forms.passes(check_device, wanted["uri"]), uri_fault),
        "location": (
            not wanted["location"] or _forms.named(wanted["location"]),
            marked("A place has at most 127 letters."),
        ),
    }
    return {name: fault for name, (right, fault) in held.items() if not right} | faults
