"""How a printer holds jobs: its rules, on a page of their own."""

import datetime as dt
from typing import Final

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, NotFound
from tympan_hub.domain.ids import GroupId, PrinterId
from tympan_hub.domain.people import Act
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, Offers, PullSettings, check_pull
from tympan_hub.http.portal import _held_rows, views
from tympan_hub.http.portal import _held_words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit, after

router = APIRouter(prefix="/printers")

_SECTION: Final = "printers"
_MIB: Final = 1 << 20
_HOUR: Final = dt.timedelta(hours=1)
_MINUTE: Final = dt.timedelta(minutes=1)
_NUMBERS: Final = {
    "hold_hours": (1, 336, marked("Jobs are held for 1 to 336 hours.")),
    "warn_minutes": (0, 20_160, marked("The warning comes before the end, and after the job.")),
    "jobs_most": (1, 1_000, marked("One person holds 1 to 1,000 jobs.")),
    "mib_most": (1, 65_536, marked("One person holds 1 to 65,536 MiB.")),
    "pages_a_month": (1, 1_000_000, marked("A quota has 1 to 1,000,000 pages, or is left empty.")),
    "grant_minutes": (1, 15, marked("A permission is good for 1 to 15 minutes.")),
}
"""Fields that are whole numbers: the least, the most, and what is wrong with any other."""

_OPTIONAL: Final = frozenset({"pages_a_month"})


@router.get("/{printer}/pull")
async def ask(visit: Member, printer: str) -> Response:
    """The form with the rules as they are."""
    known, rules = await _known(visit, printer)
    return await _page(visit, known, views.Form(values=_values(rules)))


@router.post("/{printer}/pull")
async def change(visit: Member, printer: str) -> Response:
    """Changes them."""
    fields = await visit.fields()
    known, _ = await _known(visit, printer)
    faults = _faults(fields)
    if fields.get("keepers") and fields["keepers"] not in await _groups(visit):
        faults[""] = marked("This group is gone. Choose another one.")
    if not faults:
        rules = _rules(fields)
        try:
            check_pull(rules)
        except BadInput:
            faults = {"warn_minutes": _NUMBERS["warn_minutes"][2]}
        else:
            await visit.services.printers.change(visit.home, visit.actor, attrs.evolve(known, pull=rules))
            return after(f"/printers/{known.id}", "printer-changed")
    return await _page(visit, known, views.Form(values=fields, faults=faults), 422)


async def _known(visit: Visit, printer: str) -> tuple[Printer, PullSettings]:
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    known = (await visit.services.printers.get(visit.home, visit.actor, PrinterId(printer))).printer
    if known.pull is None:
        raise NotFound("this printer holds no jobs")
    return known, known.pull


def _values(rules: PullSettings) -> dict[str, str]:
    return {
        "offers": rules.offers.value,
        "adapt": "yes" if rules.adapt else "",
        "hold_hours": str(max(round(rules.hold / _HOUR), 1)),
        "warn_minutes": str(round(rules.warn_before / _MINUTE)),
        "jobs_most": str(rules.jobs_most),
        "mib_most": str(max(rules.bytes_most // _MIB, 1)),
        "pages_a_month": "" if rules.pages_a_month is None else str(rules.pages_a_month),
        "mirror": rules.mirror.value,
        "keepers": rules.keepers or "",
        "proximity": rules.proximity.value,
        "offline": "yes" if rules.offline else "",
        "grant_minutes": str(round(rules.grant_lasts / _MINUTE)),
    }


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = {}
    for name, (least, most, fault) in _NUMBERS.items():
        text = fields.get(name, "").strip()
        if not text and name in _OPTIONAL:
            continue
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            faults[name] = fault
    return faults


def _rules(fields: dict[str, str]) -> PullSettings:
    number = {name: int(fields[name]) for name in _NUMBERS if fields.get(name, "").strip()}
    usual = PullSettings()
    return PullSettings(
        offers=next((each for each in Offers if each.value == fields.get("offers")), usual.offers),
        adapt="adapt" in fields,
        hold=number["hold_hours"] * _HOUR,
        warn_before=number["warn_minutes"] * _MINUTE,
        jobs_most=number["jobs_most"],
        bytes_most=number["mib_most"] * _MIB,
        pages_a_month=number.get("pages_a_month"),
        mirror=next((each for each in Mirroring if each.value == fields.get("mirror")), usual.mirror),
        keepers=GroupId(fields["keepers"]) if fields.get("keepers") else None,
        proximity=next((each for each in Proximity if each.value == fields.get("proximity")), usual.proximity),
        offline="offline" in fields,
        grant_lasts=number["grant_minutes"] * _MINUTE,
    )


async def _groups(visit: Visit) -> dict[str, str]:
    return {shown.group.id: shown.group.name for shown in await visit.services.groups.list(visit.home, visit.actor)}


async def _keepers(visit: Visit, chosen: str) -> tuple[views.Choice, ...]:
    """Any computer that reaches a release point, or those of one group that do."""
    any_of_them = views.Choice(value="", label=words.ANY_COMPUTER, chosen=not chosen)
    return (
        any_of_them,
        *(
            views.Choice(value=group, label=name, chosen=group == chosen, translated=False)
            for group, name in (await _groups(visit)).items()
        ),
    )


async def _page(visit: Visit, known: Printer, form: views.Form, status: int = 200) -> Response:
    view = views.PullForm(
        id=known.id,
        name=known.name,
        form=form,
        offers=_held_rows.choices(words.OFFERS, form.value("offers")),
        mirrors=_held_rows.choices(words.MIRRORS, form.value("mirror")),
        keepers=await _keepers(visit, form.value("keepers")),
        proximities=_held_rows.choices(words.PROXIMITIES, form.value("proximity")),
    )
    return visit.page("pull_form", _SECTION, view, status=status)
