"""Printers, and how agents see them."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from tympan_hub.domain.ids import GroupId, PrinterId
from tympan_hub.domain.limits.pull import BYTES_HELD, BYTES_HELD_MOST, JOBS_HELD_MOST, PAGES_A_MONTH_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.printers import Printer as Defined
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, Offers, PullSettings
from tympan_hub.http.api._ask import Ask, InTenant
from tympan_hub.http.api._cursor import cursor, place_of
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import (
    DEFAULT_LIMIT,
    After,
    Given,
    Limit,
    Moment,
    Name,
    Number,
    Page,
    PrinterIn,
    Told,
    Truth,
)
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["printers"], route_class=ApiRoute)


class Pull(Told):
    """How a pull queue holds jobs."""

    offers: Offers = Field(description="What it offers programs: what all of its devices can do, or any of them.")
    adapt: bool = Field(description="Whether jobs are adapted to a device that cannot do all; else refused there.")
    hold_s: int
    warn_before_s: int
    jobs_most: int
    bytes_most: int
    pages_a_month: int | None
    mirror: Mirroring
    keepers: str | None = Field(description="The group whose agents keep held jobs, where agents do; null for any.")
    proximity: Proximity
    offline: bool
    grant_lasts_s: int


class PullGiven(Given):
    """What an administrator says of a pull queue."""

    offers: Offers = Offers.ALL
    adapt: Truth = True
    hold_s: Annotated[Number, Field(ge=300, le=1_209_600, description="How long a job is held.")] = 86_400
    warn_before_s: Annotated[Number, Field(ge=0, le=1_209_600, description="How long before its owner is warned.")] = (
        3_600
    )
    jobs_most: Annotated[Number, Field(ge=1, le=JOBS_HELD_MOST, description="Held for one account at one agent.")] = 100
    bytes_most: Annotated[Number, Field(ge=1, le=BYTES_HELD_MOST, description="Held for one account.")] = BYTES_HELD
    pages_a_month: Annotated[
        Number | None, Field(ge=1, le=PAGES_A_MONTH_MOST, description="Sides one person may release; null for any.")
    ] = None
    mirror: Mirroring = Mirroring.NONE
    keepers: Annotated[
        str | None, Field(max_length=63, description="The group whose agents keep held jobs, where agents do.")
    ] = None
    proximity: Proximity = Proximity.STATIC
    offline: Annotated[
        Truth,
        Field(description="Whether signed grants release while the hub is away; none where a screen's code is wanted."),
    ] = False
    grant_lasts_s: Annotated[Number, Field(ge=60, le=900, description="How long a grant is good.")] = 600


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
    pull: Pull | None = Field(description="How it holds jobs; null for one that does not.")
    share: str | None = Field(description="The queue of a computer it is; null for one with a device.")


class PrinterGiven(Given):
    """What an administrator says of a printer."""

    name: Name
    uri: Annotated[
        str, Field(max_length=URI_OCTETS, description="The device: ipp, ipps, http, https; empty for a pull queue.")
    ] = ""
    delivery: Delivery = Delivery.PUSH
    location: Annotated[str, Field(max_length=NAME_OCTETS)] = ""
    fingerprint: Annotated[
        str, Field(pattern="^([0-9a-f]{64})?$", description="SHA-256 of the device's certificate, hex; empty for any.")
    ] = ""
    pull: Annotated[PullGiven | None, Field(description="How it holds jobs; null for one that does not.")] = None


class PrinterAdded(PrinterGiven):
    """What an administrator says of a new printer."""

    everybody: Annotated[Truth, Field(description="False: for nobody until it is given to people or groups.")] = True


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
    return Page(items=[printer_told(printer) for printer in page], next=following)


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
        pull=_settings(given.pull),
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
        pull=_settings(given.pull),
    )
    meant = read if check_same(if_match, printer_told(read)) else None
    return _tagged(response, await ask.services.printers.change(ask.tenant, ask.actor, wanted, read=meant))


@router.delete("/printers/{printer}", operation_id="remove-printer", status_code=204)
async def remove(ask: InTenant, printer: PrinterIn, if_match: IfMatch = None) -> None:
    """Removes a printer; its jobs stay.

    One for which jobs are held stays: 409 says how many there are, and none of them is lost. Give it to nobody any
    more, and remove it when they came out, were deleted by their owners, or expired.
    """
    read = await _known(ask, printer)
    meant = read if check_same(if_match, printer_told(read)) else None
    await ask.services.printers.remove(ask.tenant, ask.actor, read.id, read=meant)


async def _known(ask: Ask, printer: str) -> Defined:
    return (await ask.services.printers.get(ask.tenant, ask.actor, PrinterId(printer))).printer


def _tagged(response: Response, printer: Defined) -> Printer:
    shown = printer_told(printer)
    tagged(response, shown)
    return shown


def printer_told(printer: Defined) -> Printer:
    """A printer for programs."""
    return Printer(
        id=printer.id,
        name=printer.name,
        uri=printer.uri,
        delivery=printer.delivery,
        location=printer.location,
        fingerprint=printer.fingerprint,
        everybody=printer.everybody,
        created_at=printer.created_at,
        device=printer.device,
        share=printer.share,
        pull=_pull(printer.pull) if printer.pull else None,
    )


def _pull(settings: PullSettings) -> Pull:
    return Pull(
        offers=settings.offers,
        adapt=settings.adapt,
        hold_s=int(settings.hold.total_seconds()),
        warn_before_s=int(settings.warn_before.total_seconds()),
        jobs_most=settings.jobs_most,
        bytes_most=settings.bytes_most,
        pages_a_month=settings.pages_a_month,
        mirror=settings.mirror,
        keepers=settings.keepers,
        proximity=settings.proximity,
        offline=settings.offline,
        grant_lasts_s=int(settings.grant_lasts.total_seconds()),
    )


def _settings(given: PullGiven | None) -> PullSettings | None:
    if given is None:
        return None
    return PullSettings(
        offers=given.offers,
        adapt=given.adapt,
        hold=dt.timedelta(seconds=given.hold_s),
        warn_before=dt.timedelta(seconds=given.warn_before_s),
        jobs_most=given.jobs_most,
        bytes_most=given.bytes_most,
        pages_a_month=given.pages_a_month,
        mirror=given.mirror,
        keepers=GroupId(given.keepers) if given.keepers else None,
        proximity=given.proximity,
        offline=given.offline,
        grant_lasts=dt.timedelta(seconds=given.grant_lasts_s),
    )
