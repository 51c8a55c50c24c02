"""One's own address to print by e-mail: made and shown once, aimed at a printer, renewed, revoked."""

import datetime as dt
from typing import Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.errors import BadInput, NotAllowed, NotFound
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.limits.mail import SECOND_CLICK
from tympan_hub.domain.limits.pull import COPIES_MOST
from tympan_hub.domain.mail_addresses import MailAddress
from tympan_hub.http.portal import _held_words as held
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Visit, Visiting, after

router = APIRouter(prefix="/account/mail")

_SECTION: Final = "account"
_USUAL: Final = marked("As the device is set")
_NO_PRINTER: Final = marked("Choose a printer.")
_CLOSED: Final = marked("Printing by e-mail is switched off. Ask an administrator.")


@router.get("")
async def page(visit: Visiting) -> Response:
    """The form: for a new address, or for the one there is."""
    known = await visit.services.mail_addresses.mine(visit.home, visit.person)
    return await _form(visit, known, views.Form(values=_typed(known)))


@router.post("")
async def keep(visit: Visiting) -> Response:
    """Makes an address, or aims the one there is.

    Of two clicks on a new one's button the browser shows the second answer alone: that one has to have an address, too.
    """
    fields = await visit.fields()
    known = await visit.services.mail_addresses.mine(visit.home, visit.person)
    try:
        printer, wishes = PrinterId(fields.get("printer", "")), _wishes(fields)
        if known is None or ("new" in fields and _is_just_made(known, visit.portal.clock.now())):
            return await _made(visit, printer, wishes)
        await visit.services.mail_addresses.aim(visit.home, visit.person, printer, wishes)
    except (BadInput, NotFound, NotAllowed) as error:
        faults = {"copies": error.sentence} if isinstance(error, BadInput) else {"": _fault(error)}
        return await _form(visit, known, views.Form(values=fields, faults=faults), 422)
    return after("/account", "mail-aimed")


@router.get("/renew")
async def ask_renew(visit: Visiting) -> Response:
    """The question before another address is made."""
    return await _asked(
        visit,
        "renew",
        title=marked("Make a new address?"),
        consequences=(
            marked("Letters to the old address are refused at once, and for ever."),
            marked("The new one prints on the same printer."),
        ),
        label=marked("Make a new address"),
    )


@router.post("/renew")
async def renew(visit: Visiting) -> Response:
    """Makes another one in place of the old."""
    await visit.fields()
    known = await _known(visit)
    try:
        return await _made(visit, known.printer, known.wishes)
    except (NotFound, NotAllowed) as error:
        return await _form(visit, known, views.Form(values=_typed(known), faults={"": _fault(error)}), 422)


@router.get("/revoke")
async def ask_revoke(visit: Visiting) -> Response:
    """The question before it is revoked."""
    return await _asked(
        visit,
        "revoke",
        title=marked("Revoke your address?"),
        consequences=(
            marked("Letters to it are refused at once, and for ever."),
            marked("What was printed stays in your list."),
        ),
        label=marked("Revoke the address"),
    )


@router.post("/revoke")
async def revoke(visit: Visiting) -> Response:
    """Revokes it."""
    await visit.fields()
    try:
        await visit.services.mail_addresses.revoke(visit.home, visit.person)
    except NotFound:
        return after("/account", "already-so")
    return after("/account", "mail-revoked")


async def door(visit: Visit) -> views.MailDoor | None:
    """What the account page shows of it; None where nobody prints by e-mail."""
    if visit.is_owner or not await visit.services.mail_addresses.is_open(visit.home):
        return None
    known = await visit.services.mail_addresses.mine(visit.home, visit.person)
    return views.MailDoor(shown=None if known is None else await _shown(visit, known))


async def _made(visit: Visit, printer: PrinterId, wishes: Wishes) -> HTMLResponse:
    """The new address, shown this once: the answer is the page itself, so it stands in no address."""
    address, _ = await visit.services.mail_addresses.make(visit.home, visit.person, printer, wishes)
    return visit.page("mail_form", _SECTION, views.MailForm(email=visit.person.email, made=address))


def _is_just_made(known: MailAddress, now: dt.datetime) -> bool:
    """Whether whoever sent the form again may not have seen it: then it is of no use to them."""
    return now - known.made_at <= SECOND_CLICK


async def _asked(visit: Visit, deed: str, *, title: str, consequences: tuple[str, ...], label: str) -> HTMLResponse:
    known = await _known(visit)
    view = views.Confirm(
        title=title,
        subject=visit.services.mail_addresses.label(known),
        consequences=consequences,
        label=label,
        action=f"/account/mail/{deed}",
        back="/account/mail",
    )
    return visit.page("confirm", _SECTION, view)


async def _known(visit: Visit) -> MailAddress:
    known = await visit.services.mail_addresses.mine(visit.home, visit.person)
    if known is None:
        raise NotFound("you have no address to print by e-mail")
    return known


async def _shown(visit: Visit, known: MailAddress) -> views.MailShown:
    names = {one.printer: one.name for one in await visit.services.sealed_hand_ins.targets(visit.home, visit.person)}
    label = visit.services.mail_addresses.label(known)
    return views.MailShown(label=label, printer=names.get(known.printer, ""), since=known.made_at)


async def _form(visit: Visit, known: MailAddress | None, form: views.Form, status: int = 200) -> HTMLResponse:
    targets = await visit.services.sealed_hand_ins.targets(visit.home, visit.person)
    view = views.MailForm(
        email=visit.person.email,
        printers=tuple(
            views.Choice(
                value=one.printer,
                label=f"{one.name} · {one.location}" if one.location else one.name,
                chosen=one.printer == form.value("printer"),
                translated=False,
            )
            for one in targets
        ),
        sides=_choices(held.SIDES, form.value("sides")),
        colors=_choices(held.COLORS, form.value("color")),
        shown=None if known is None else await _shown(visit, known),
        form=form,
    )
    return visit.page("mail_form", _SECTION, view, status=status)


def _choices(words: dict[str, str], chosen: str) -> tuple[views.Choice, ...]:
    return tuple(
        views.Choice(value=value, label=label if value else _USUAL, chosen=value == chosen)
        for value, label in words.items()
    )


def _typed(known: MailAddress | None) -> dict[str, str]:
    if known is None:
        return {"copies": "1"}
    wishes = known.wishes
    return {
        "printer": known.printer,
        "copies": str(wishes.copies),
        "sides": wishes.sides.value if wishes.sides else "",
        "color": wishes.color.value if wishes.color else "",
    }


def _wishes(fields: dict[str, str]) -> Wishes:
    copies = fields.get("copies", "1").strip()
    if not copies.isascii() or not copies.isdigit() or len(copies) > len(str(COPIES_MOST)):
        raise BadInput(_COPIES)
    sides, color = fields.get("sides", ""), fields.get("color", "")
    try:
        return Wishes(
            copies=int(copies), sides=Sides(sides) if sides else None, color=ColorMode(color) if color else None
        )
    except (BadInput, ValueError) as error:
        raise BadInput(_COPIES) from error


def _fault(error: NotFound | NotAllowed) -> str:
    return _NO_PRINTER if isinstance(error, NotFound) else _CLOSED


_COPIES: Final = marked("Give a number of copies from 1 on.")
