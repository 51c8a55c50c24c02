"""Release points: the list, making them, the sheet beside one, the link for the screen there, taking away."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

import segno
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Full, NotFound
from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.limits.printers import PRINTERS
from tympan_hub.domain.people import Act
from tympan_hub.domain.proximity import Proximity, spelled
from tympan_hub.http.portal import _forms, _held_rows, views
from tympan_hub.http.portal import _held_words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.service.points import PointShown

router = APIRouter(prefix="/release-points")

_SECTION: Final = "points"
_PICK: Final = "printer-"
_SHEETS_MOST: Final = 200
"""Sheets of one page: a ream of paper has 500."""

_NONE_PICKED: Final = marked("Tick the printers first.")

_QUESTIONS: Final = {
    "renew": (
        marked("Make a new code for this printer?"),
        marked("Make a new code"),
        (
            marked("The sheet beside it is worthless at once: print the new one and hang it there."),
            marked("The screen beside it shows the new code by itself."),
        ),
    ),
    "remove": (
        marked("Take this release point away?"),
        marked("Take it away"),
        (
            marked("Nobody can release jobs there any more; its code leads nowhere."),
            marked("The printer itself stays."),
        ),
    ),
}
"""What is asked before something is done to one: the question, the word on the button, and what will happen."""


@router.get("")
async def every(visit: Member) -> Response:
    """The list."""
    return await _list(visit)


@router.post("")
async def make(visit: Member) -> Response:
    """Makes release points of the printers that are ticked."""
    fields = await visit.fields(most=PRINTERS + 8)
    chosen = printers_of(fields)
    if not chosen:
        return await _list(visit, _NONE_PICKED, 422)
    try:
        await visit.services.points.make(visit.home, visit.person, chosen)
    except Full:
        return await _list(visit, _forms.FULL, 422)
    return after("/release-points", "points-made")


@router.get("/sheets")
async def sheets(visit: Member, labels: str = "") -> Response:
    """Sheets to print: of all, or of those that are named."""
    wanted = visit.request.query_params.getlist("printer")
    shown = await visit.services.points.all(visit.home, visit.person)
    rows = [_row(visit, point, qr=True) for point in shown if not wanted or point.printer.id in wanted][:_SHEETS_MOST]
    if not rows:
        raise NotFound("there is no such release point")
    asked = [("printer", name) for name in wanted[:_SHEETS_MOST]]
    view = views.PointSheets(
        rows=tuple(rows),
        labels=bool(labels),
        hub=visit.portal.address_for(visit.request).partition("://")[2],
        whole_href=f"/release-points/sheets?{urlencode(asked)}".rstrip("?"),
        labels_href=f"/release-points/sheets?{urlencode([*asked, ('labels', 'yes')])}",
    )
    return visit.page("sheets", _SECTION, view)


@router.get("/{printer}")
async def one(visit: Member, printer: str) -> Response:
    """One with its code."""
    return _shown(visit, await visit.services.points.get(visit.home, visit.person, PrinterId(printer)))


@router.post("/{printer}/kiosk")
async def kiosk(visit: Member, printer: str) -> Response:
    """A link for the screen beside it, shown this once: the answer is the page itself, so it stands in no address."""
    await visit.fields()
    known = await _known(visit, printer)
    token = await visit.services.points.kiosk_link(visit.home, visit.person, known.printer.id)
    return _shown(visit, known, f"{visit.portal.address_for(visit.request)}/kiosk/{token}")


@router.post("/{printer}/proof")
async def prove(visit: Member, printer: str) -> Response:
    """What proof is wanted here."""
    fields = await visit.fields()
    known, wanted = await _known(visit, printer), fields.get("proximity", "")
    chosen = next((each for each in Proximity if each.value == wanted), None)
    await visit.services.points.set_proximity(visit.home, visit.person, known.printer.id, chosen)
    return after(f"/release-points/{known.printer.id}", "point-changed")


@router.get("/{printer}/renew")
async def ask_renew(visit: Member, printer: str) -> Response:
    """The question before one gets a new code."""
    return await _question(visit, printer, "renew")


@router.post("/{printer}/renew")
async def renew(visit: Member, printer: str) -> Response:
    """Gives one a new code."""
    await visit.fields()
    await visit.services.points.renew(visit.home, visit.person, PrinterId(printer))
    return after(f"/release-points/{printer}", "point-renewed")


@router.get("/{printer}/remove")
async def ask_remove(visit: Member, printer: str) -> Response:
    """The question before one is taken away."""
    return await _question(visit, printer, "remove")


@router.post("/{printer}/remove")
async def remove(visit: Member, printer: str) -> Response:
    """Takes one away."""
    await visit.fields()
    await visit.services.points.remove(visit.home, visit.person, PrinterId(printer))
    return after("/release-points", "point-removed")


def printers_of(fields: Iterable[str]) -> tuple[PrinterId, ...]:
    """Printers that are ticked."""
    return tuple(PrinterId(name.removeprefix(_PICK)) for name in fields if name.startswith(_PICK))


def picture(address: str) -> str:
    """A QR code as an address of data (ISO/IEC 18004); level M bears a scratch or a finger on it."""
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=8, light="#fff", border=4)


async def _question(visit: Visit, printer: str, deed: str) -> Response:
    known = await _known(visit, printer)
    title, label, consequences = _QUESTIONS[deed]
    back = f"/release-points/{known.printer.id}"
    view = views.Confirm(
        title=title,
        subject=known.printer.name,
        consequences=consequences,
        label=label,
        action=f"{back}/{deed}",
        back=back,
    )
    return visit.page("confirm", _SECTION, view)


def _row(visit: Visit, point: PointShown, *, qr: bool = False) -> views.PointRow:
    address = f"{visit.portal.address_for(visit.request)}/r/{point.code}"
    return views.PointRow(
        printer=point.printer.id,
        name=point.printer.name,
        location=point.printer.location,
        code=spelled(point.code),
        qr=picture(address) if qr else "",
        address=address,
        health=_held_rows.health(point.look),
        since=point.created_at,
    )


def _shown(visit: Visit, known: PointShown, kiosk: str = "") -> Response:
    chosen = known.proximity.value if known.proximity else ""
    proofs = {"": marked("As the queue says"), **words.PROXIMITIES}
    view = views.Point(
        row=_row(visit, known, qr=True),
        kiosk=kiosk,
        has_kiosk=known.kiosk,
        proximities=_held_rows.choices(proofs, chosen),
    )
    return visit.page("point", _SECTION, view)


async def _list(visit: Visit, fault: str = "", status: int = 200) -> Response:
    points = await visit.services.points.all(visit.home, visit.person)
    queues = await _pull_queues(visit)
    view = views.Points(
        rows=tuple(_row(visit, point) for point in points),
        candidates=await _candidates(visit, points, queues) if visit.may(Act.MANAGE_PRINTERS) else (),
        queues=len(queues),
        fault=fault,
    )
    return visit.page("points", _SECTION, view, status=status)


async def _candidates(
    visit: Visit, points: Iterable[PointShown], queues: frozenset[PrinterId]
) -> tuple[views.Choice, ...]:
    there = {point.printer.id for point in points}
    names = await visit.services.printers.names(visit.home, visit.actor)
    free = ((printer, name) for printer, name in names.items() if printer not in there and printer not in queues)
    return tuple(views.Choice(value=printer, label=name, translated=False) for printer, name in free)


async def _pull_queues(visit: Visit) -> frozenset[PrinterId]:
    """Printers that hold jobs."""
    found, _ = await visit.services.printers.page(visit.home, visit.actor, (), PRINTERS)
    return frozenset(printer.id for printer in found if printer.holds)


async def _known(visit: Visit, printer: str) -> PointShown:
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    return await visit.services.points.get(visit.home, visit.person, PrinterId(printer))
