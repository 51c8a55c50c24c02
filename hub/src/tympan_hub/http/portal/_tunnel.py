"""The way of a printer's jobs to its device, who prints what comes through the hub, and what may go through it."""

import datetime as dt
from typing import Final

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, NotAllowed, SoAlready
from tympan_hub.domain.ids import GroupId, PrinterId
from tympan_hub.domain.people import Act
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.serving import Hindrance, Served, Server
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.http.portal import _tunnel_words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit, Visiting, after

router = APIRouter()

_PRINTERS: Final = "printers"
_POLICY: Final = "policy"
_SHOWN: Final = 12
"""Computers on a printer's page: those that can print come first."""

_MIB: Final = 1 << 20
_KIB: Final = 1 << 10
_HOUR: Final = dt.timedelta(hours=1)
_NUMBERS: Final = {
    "mib_most": (1, 16_384, marked("One document has 1 to 16,384 MiB.")),
    "jobs_most": (1, 20_000, marked("1 to 20,000 jobs wait at once.")),
    "mib_waiting": (1, 1_048_576, marked("All that wait have 1 to 1,048,576 MiB.")),
    "keep_hours": (1, 336, marked("A job waits 1 to 336 hours.")),
    "kib_rate": (64, 10_485_760, marked("A computer sends 64 KiB or more in a second, or as fast as it goes.")),
}
"""Fields that are whole numbers: the least, the most, and what is wrong with any other."""

_OPTIONAL: Final = frozenset({"kib_rate"})
_GROUP_GONE: Final = marked("This group is gone. Choose another one.")
_NOT_ON: Final = marked(
    "The owner of this service has not switched printing through the hub on. Ask them for tunnel.send, then try again."
)


@router.get("/printers/{printer}/way")
async def ask(visit: Member, printer: str) -> Response:
    """The form with the way as it is chosen."""
    known = await _managed(visit, printer)
    values = {"use": known.tunnel.use.value, "group": known.tunnel.group or ""}
    return await _page(visit, known, views.Form(values=values))


@router.post("/printers/{printer}/way")
async def choose(visit: Member, printer: str) -> Response:
    """Chooses another one."""
    fields = await visit.fields()
    known = await _managed(visit, printer)
    use = next((one for one in TunnelUse if one.value == fields.get("use")), TunnelUse.NEVER)
    group = GroupId(fields["group"]) if fields.get("group") and use is not TunnelUse.NEVER else None
    try:
        choice = TunnelChoice(use=use, group=group)
        await visit.services.tunnel_use.choose(visit.home, visit.actor, known.id, choice)
    except SoAlready:
        return after(f"/printers/{known.id}", "already-so")
    except (BadInput, NotAllowed) as error:
        fault = _GROUP_GONE if isinstance(error, BadInput) else _NOT_ON
        return await _page(visit, known, views.Form(values=fields, faults={"": fault}), 422)
    return after(f"/printers/{known.id}", "printer-changed")


@router.get("/tunnel")
async def limits(visit: Visiting) -> Response:
    """What may go through the hub."""
    own, holding = await visit.services.tunnel_limits.get(visit.home, visit.actor)
    view = views.TunnelLimitsForm(form=views.Form(values=_values(own)), narrower=_narrower(own, holding))
    return visit.page("tunnel_limits", _POLICY, view)


@router.post("/tunnel")
async def change(visit: Visiting) -> Response:
    """Changes it."""
    fields = await visit.fields()
    if faults := _faults(fields):
        view = views.TunnelLimitsForm(form=views.Form(values=fields, faults=faults))
        return visit.page("tunnel_limits", _POLICY, view, status=422)
    try:
        await visit.services.tunnel_limits.change(visit.home, visit.actor, _limits(fields))
    except SoAlready:
        return after("/tunnel", "already-so")
    return after("/tunnel", "tunnel-limits-changed")


async def way(visit: Visit, printer: Printer) -> views.Way:
    """The way of a printer's jobs, for its page; who prints them, for those who may see computers."""
    group = await _group_name(visit, printer.tunnel.group)
    short, meanings = _words(printer)
    shown = views.Way(word=short[printer.tunnel.use], text=meanings[printer.tunnel.use], group=group)
    if not printer.tunnel.on:
        return shown
    on = attrs.evolve(shown, on=True, goes=True)
    if not visit.may(Act.SEE_AGENTS):
        return on
    served = await visit.services.serving.of(visit.home, visit.actor, printer.id)
    if not served.on:
        return attrs.evolve(on, few=words.OFF, goes=False)
    if printer.holds:
        return on
    rows = tuple(map(_row, served.servers[:_SHOWN]))
    return attrs.evolve(on, few=_few(served), servers=rows, total=len(served.servers), shown=True)


def _words(printer: Printer) -> tuple[dict[TunnelUse, str], dict[TunnelUse, str]]:
    """What ways are called, and what they mean, for a device or for a queue that holds jobs."""
    return (words.QUEUE_SHORT, words.QUEUE_MEANINGS) if printer.holds else (words.SHORT, words.MEANINGS)


def _few(served: Served) -> views.Said | None:
    if not served.is_few:
        return None
    return words.ONE_LEFT if served.alive else words.NOBODY


def _row(server: Server) -> views.ServerRow:
    receiver = server.receiver
    state, about = _state(server)
    return views.ServerRow(
        agent=receiver.agent,
        name=receiver.name,
        state=state,
        about=about,
        seen_at=None if server.connected else receiver.seen_at,
    )


def _state(server: Server) -> tuple[views.Health, str]:
    if server.hindrance is not Hindrance.NONE:
        return words.HINDERED[server.hindrance]
    if not server.connected:
        return words.AWAY, words.AWAY_TEXT
    return words.CAN, "" if server.reaches else words.NO_SIGHT


async def _group_name(visit: Visit, group: GroupId | None) -> str:
    """What a chosen group is called; its id once it is gone, or for those who may not see groups."""
    if group is None or not visit.may(Act.MANAGE_PRINTERS):
        return group or ""
    return (await _groups(visit)).get(group, group)


async def _groups(visit: Visit) -> dict[str, str]:
    return {shown.group.id: shown.group.name for shown in await visit.services.groups.list(visit.home, visit.actor)}


async def _managed(visit: Visit, printer: str) -> Printer:
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    return (await visit.services.printers.get(visit.home, visit.actor, PrinterId(printer))).printer


async def _page(visit: Visit, known: Printer, form: views.Form, status: int = 200) -> Response:
    short, meanings = _words(known)
    anybody = views.Choice(value="", label=words.ANYBODY, chosen=not form.value("group"))
    groups = (
        views.Choice(value=group, label=name, chosen=group == form.value("group"), translated=False)
        for group, name in (await _groups(visit)).items()
    )
    view = views.WayForm(
        id=known.id,
        name=known.name,
        form=form,
        uses=tuple(
            views.UseRow(value=use.value, word=short[use], text=meanings[use], chosen=use.value == form.value("use"))
            for use in TunnelUse
        ),
        groups=(anybody, *groups),
        may=await visit.services.tunnel_use.may_choose(visit.home, visit.actor),
        holds=known.holds,
    )
    return visit.page("way_form", _PRINTERS, view, status=status)


def _values(limits: TunnelLimits) -> dict[str, str]:
    return {name: str(value) if value else "" for name, value in _in_units(limits).items()}


def _in_units(limits: TunnelLimits) -> dict[str, int]:
    return {
        "mib_most": max(limits.bytes_most // _MIB, 1),
        "jobs_most": limits.jobs_most,
        "mib_waiting": max(limits.bytes_waiting_most // _MIB, 1),
        "keep_hours": max(round(limits.keep / _HOUR), 1),
        "kib_rate": limits.rate // _KIB,
    }


def _narrower(own: TunnelLimits, holding: TunnelLimits) -> dict[str, tuple[str, int]]:
    said, held = _in_units(own), _in_units(holding)
    return {name: (words.LIMITS[name], held[name]) for name in held if held[name] != said[name]}


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = {}
    for name, (least, most, fault) in _NUMBERS.items():
        text = fields.get(name, "").strip()
        if not text and name in _OPTIONAL:
            continue
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            faults[name] = fault
    return faults


def _limits(fields: dict[str, str]) -> TunnelLimits:
    number = {name: int(fields[name]) for name in _NUMBERS if fields.get(name, "").strip()}
    return TunnelLimits(
        bytes_most=number["mib_most"] * _MIB,
        jobs_most=number["jobs_most"],
        bytes_waiting_most=number["mib_waiting"] * _MIB,
        keep=number["keep_hours"] * _HOUR,
        rate=number.get("kib_rate", 0) * _KIB,
    )
