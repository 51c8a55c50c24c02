"""Printers, and how agents see them."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.printers import Printer as Defined
from tympan_hub.http.api._ask import Ask, InTenant
from tympan_hub.http.api._cursor import cursor, place_of
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, After, Given, Limit, Moment, Name, Page, PrinterIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["printers"], route_class=ApiRoute)


class Printer(Told):
    """A printer."""

    id: str
    name: str
    uri: str
    delivery: Delivery
    location: str
    fingerprint: str
    everybody: bool = Field(description="Whether it is for everybody; its assignment says for whom else.")
    created_at: Moment
    device: str | None = Field(description="The device it was made of; null for one that was typed in.")


class PrinterGiven(Given):
    """What an administrator says of a printer."""

    name: Name
    uri: Annotated[str, Field(min_length=1, max_length=URI_OCTETS, description="The device: ipp, ipps, http, https.")]
    delivery: Delivery = Delivery.PUSH
    location: Annotated[str, Field(max_length=NAME_OCTETS)] = ""
    fingerprint: Annotated[
        str, Field(pattern="^([0-9a-f]{64})?$", description="SHA-256 of the device's certificate, hex; empty for any.")
    ] = ""


class PrinterAdded(PrinterGiven):
    """What an administrator says of a new printer."""

    everybody: Annotated[bool, Field(description="False: for nobody until it is given to people or groups.")] = True


class Device(Told):
    """How an agent saw the device, last."""

    agent: str
    reachable: bool
    observed_at: Moment
    make_and_model: str
    formats: list[str]
    color: bool | None
    duplex: bool | None
    media: list[str]
    reason: str
    detail: str


class Queue(Told):
    """The queue of an operating system, as its agent reported it last."""

    agent: str
    installed: bool
    usable: bool
    detail: str
    observed_at: Moment


class Seen(Told):
    """How agents see a printer: those first that reach its device, and the latest queues; 50 of each at most."""

    devices: list[Device]
    queues: list[Queue]


@router.get("/printers", operation_id="list-printers")
async def every(ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Printer]:
    """Printers whoever asks may use, by name; operators and administrators see all."""
    place = place_of(after, 2) if after is not None else ()
    page, more = await ask.services.printers.page(ask.tenant, ask.actor, place, limit)
    following = cursor(page[-1].name, page[-1].id) if more else None
    return Page(items=[Printer.model_validate(printer) for printer in page], next=following)


@router.post("/printers", operation_id="add-printer", status_code=201, responses={201: TAGGED})
async def add(ask: InTenant, given: PrinterAdded, response: Response) -> Printer:
    """Defines a printer; its id is made from its name."""
    made = await ask.services.printers.add(
        ask.tenant,
        ask.actor,
        name=given.name,
        uri=given.uri,
        delivery=given.delivery,
        location=given.location,
        fingerprint=given.fingerprint,
        everybody=given.everybody,
    )
    return _tagged(response, made)


@router.get("/printers/{printer}", operation_id="get-printer", responses={200: TAGGED})
async def one(ask: InTenant, printer: PrinterIn, response: Response) -> Printer:
    """One printer."""
    return _tagged(response, await _known(ask, printer))


@router.get("/printers/{printer}/seen", operation_id="get-printer-seen")
async def seen(ask: InTenant, printer: PrinterIn) -> Seen:
    """How agents see its device, and the queues they have for it."""
    return Seen.model_validate(await ask.services.printers.get(ask.tenant, ask.actor, PrinterId(printer)))


@router.put("/printers/{printer}", operation_id="change-printer", responses={200: TAGGED})
async def change(
    ask: InTenant, printer: PrinterIn, given: PrinterGiven, response: Response, if_match: IfMatch = None
) -> Printer:
    """Replaces all that is said of a printer but for whom it is; what is left out gets its default."""
    read = await _known(ask, printer)
    wanted = Defined(
        id=read.id,
        tenant=read.tenant,
        name=given.name,
        uri=given.uri,
        delivery=given.delivery,
        location=given.location,
        fingerprint=given.fingerprint,
        created_at=read.created_at,
    )
    meant = read if check_same(if_match, Printer.model_validate(read)) else None
    return _tagged(response, await ask.services.printers.change(ask.tenant, ask.actor, wanted, read=meant))


@router.delete("/printers/{printer}", operation_id="remove-printer", status_code=204)
async def remove(ask: InTenant, printer: PrinterIn, if_match: IfMatch = None) -> None:
    """Removes a printer; its jobs stay."""
    read = await _known(ask, printer)
    meant = read if check_same(if_match, Printer.model_validate(read)) else None
    await ask.services.printers.remove(ask.tenant, ask.actor, read.id, read=meant)


async def _known(ask: Ask, printer: str) -> Defined:
    return (await ask.services.printers.get(ask.tenant, ask.actor, PrinterId(printer))).printer


def _tagged(response: Response, printer: Defined) -> Printer:
    told = Printer.model_validate(printer)
    tagged(response, told)
    return told
