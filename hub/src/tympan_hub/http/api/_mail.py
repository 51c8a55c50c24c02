"""The address to which a person sends what shall be printed."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.limits.pull import COPIES_MOST
from tympan_hub.domain.mail_addresses import MailAddress as Known
from tympan_hub.http.api._ask import Ask, InTenant
from tympan_hub.http.api._kinds import WORD, Given, Moment, Number, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["account"], route_class=ApiRoute)


class MailAddress(Told):
    """An address of a person; its secret was shown once."""

    shown: str = Field(description="As far as it is shown again.")
    printer: str
    copies: int
    sides: Sides | None
    color: ColorMode | None
    made_at: Moment


class MailAddressMade(MailAddress):
    """A new one."""

    address: str = Field(description="Where to send what shall be printed; shown this once.")


class MailAimed(Given):
    """Where and how what comes is printed."""

    printer: Annotated[str, Field(pattern=WORD)]
    copies: Annotated[Number, Field(ge=1, le=COPIES_MOST)] = 1
    sides: Annotated[Sides | None, Field(description="Else as the device is set.")] = None
    color: Annotated[ColorMode | None, Field(description="Else as the device is set.")] = None


@router.get("/me/mail-address", operation_id="get-mail-address")
async def mine(ask: InTenant) -> MailAddress:
    """One's own address to print by e-mail."""
    known = await ask.services.mail_addresses.mine(ask.tenant, ask.person)
    if known is None:
        raise NotFound("you have no address to print by e-mail", next_step="Make one.")
    return _told(ask, known)


@router.post("/me/mail-address", operation_id="make-mail-address", status_code=201)
async def make(ask: InTenant, given: MailAimed) -> MailAddressMade:
    """Makes an address in place of the one there was. The hub takes letters of its person alone, and sees them."""
    addresses = ask.services.mail_addresses
    address, made = await addresses.make(ask.tenant, ask.person, PrinterId(given.printer), _wishes(given))
    return MailAddressMade(address=address, **_told(ask, made).model_dump())


@router.put("/me/mail-address", operation_id="aim-mail-address")
async def aim(ask: InTenant, given: MailAimed) -> MailAddress:
    """Says where and how what comes to the address is printed."""
    addresses = ask.services.mail_addresses
    return _told(ask, await addresses.aim(ask.tenant, ask.person, PrinterId(given.printer), _wishes(given)))


@router.delete("/me/mail-address", operation_id="revoke-mail-address", status_code=204)
async def revoke(ask: InTenant) -> None:
    """Ends the address: no letter to it is taken from now on."""
    await ask.services.mail_addresses.revoke(ask.tenant, ask.person)


def _wishes(given: MailAimed) -> Wishes:
    return Wishes(copies=given.copies, sides=given.sides, color=given.color)


def _told(ask: Ask, known: Known) -> MailAddress:
    return MailAddress(
        shown=ask.services.mail_addresses.label(known),
        printer=known.printer,
        copies=known.wishes.copies,
        sides=known.wishes.sides,
        color=known.wishes.color,
        made_at=known.made_at,
    )
