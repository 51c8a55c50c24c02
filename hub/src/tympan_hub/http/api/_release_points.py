"""Release points: devices at which held jobs may come out."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.limits.proximity import PROOF_CHARS
from tympan_hub.domain.proximity import Proximity
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._kinds import WORD, Given, Moment, PrinterIn, Told
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.points import PointShown

router = APIRouter(tags=["release points"], route_class=ApiRoute)

_AT_ONCE = 100
"""Release points made with one request."""


class Look(Told):
    """How a device is, by the agents that saw it."""

    reachable: bool
    reason: str = Field(description="What hinders it, an IPP keyword; `none` for nothing.")
    model: str


class ReleasePoint(Told):
    """A release point, for those who oversee it."""

    printer: str = Field(description="The id of the printer that was defined on the device.")
    name: str
    location: str
    code: str = Field(description="Its short code; the QR code is of `/r/<code>`.")
    proximity: Proximity | None = Field(description="The proof that is wanted here; null: as each queue says.")
    kiosk: bool = Field(description="Whether there is a link for a screen beside it.")
    created_at: Moment
    look: Look | None = Field(description="Null when nobody saw the device.")


class ReleasePoints(Told):
    """All of a tenant, by name."""

    items: list[ReleasePoint]


class PointSeen(Told):
    """A release point, for who stands before it."""

    printer: str
    name: str
    location: str
    code: str = Field(description="As it was found by; empty where the printer was named, for it proves being there.")
    look: Look | None = Field(description="Null when nobody saw the device.")
    wanted: Proximity = Field(description="The strongest proof that any of their held jobs wants here.")


class PointsGiven(Given):
    """Which printers become release points."""

    printers: Annotated[
        list[Annotated[str, Field(pattern=WORD)]], Field(min_length=1, max_length=_AT_ONCE, description="Their ids.")
    ]


class PointGiven(Given):
    """What is said of a release point."""

    proximity: Annotated[
        Proximity | None, Field(description="The proof that is wanted here; null: as each queue says.")
    ]


class ProofGiven(Given):
    """What shows that somebody stands there."""

    proof: Annotated[
        str,
        Field(min_length=1, max_length=PROOF_CHARS, description="The code of the sticker or the screen, or a ticket."),
    ]


class Ticket(Told):
    """A proof that was accepted."""

    ticket: str = Field(description="The proof of a release, good five minutes, for this person and device.")


class Screen(Told):
    """The link of a screen beside a device, told once."""

    token: str = Field(description="The page is `/kiosk/<token>`.")


@router.get("/release-points", operation_id="list-release-points")
async def every(ask: InTenant) -> ReleasePoints:
    """All release points, for operators and administrators."""
    found = await ask.services.points.all(ask.tenant, ask.person)
    return ReleasePoints(items=[_told(point) for point in found])


@router.post("/release-points", operation_id="make-release-points", status_code=201)
async def make(ask: InTenant, given: PointsGiven) -> ReleasePoints:
    """Makes release points of printers; one that is one already stays as it is."""
    printers = tuple(map(PrinterId, given.printers))
    made = await ask.services.points.make(ask.tenant, ask.person, printers)
    return ReleasePoints(items=[_told(point) for point in made])


@router.get("/release-points/{printer}", operation_id="get-release-point")
async def one(ask: InTenant, printer: PrinterIn) -> ReleasePoint:
    """One release point."""
    return _told(await ask.services.points.get(ask.tenant, ask.person, PrinterId(printer)))


@router.put("/release-points/{printer}", operation_id="change-release-point")
async def change(ask: InTenant, printer: PrinterIn, given: PointGiven) -> ReleasePoint:
    """Says what proof is wanted at a release point."""
    points = ask.services.points
    return _told(await points.set_proximity(ask.tenant, ask.person, PrinterId(printer), given.proximity))


@router.delete("/release-points/{printer}", operation_id="remove-release-point", status_code=204)
async def remove(ask: InTenant, printer: PrinterIn) -> None:
    """Nothing is released there any more; its printer stays."""
    await ask.services.points.remove(ask.tenant, ask.person, PrinterId(printer))


@router.post("/release-points/{printer}/renew", operation_id="renew-release-point")
async def renew(ask: InTenant, printer: PrinterIn) -> ReleasePoint:
    """A new code: the old sticker and the old screen are worthless."""
    return _told(await ask.services.points.renew(ask.tenant, ask.person, PrinterId(printer)))


@router.post("/release-points/{printer}/screen", operation_id="make-release-point-screen", status_code=201)
async def screen(ask: InTenant, printer: PrinterIn) -> Screen:
    """A new link for the screen beside a device; the last one is worthless."""
    return Screen(token=await ask.services.points.kiosk_link(ask.tenant, ask.person, PrinterId(printer)))


@router.get("/release-points/{printer}/seen", operation_id="get-release-point-seen")
async def seen(ask: InTenant, printer: PrinterIn) -> PointSeen:
    """A release point as one sees it who stands before it, without its code."""
    return PointSeen.model_validate(await ask.services.points.seen(ask.tenant, ask.person, PrinterId(printer)))


@router.get("/release-point-codes/{code}", operation_id="find-release-point")
async def found(
    ask: InTenant, code: Annotated[str, Path(max_length=40, description="A device's short code, as it was typed.")]
) -> PointSeen:
    """The release point of a code; who guesses too often gets 429."""
    return PointSeen.model_validate(await ask.services.points.found(ask.tenant, ask.person, code))


@router.post("/release-points/{printer}/tickets", operation_id="prove-release-point", status_code=201)
async def prove(ask: InTenant, printer: PrinterIn, given: ProofGiven) -> Ticket:
    """Exchanges what a device or its screen shows for a ticket; a code of a screen is good once."""
    points = ask.services.points
    return Ticket(ticket=await points.prove(ask.tenant, ask.person, PrinterId(printer), given.proof))


def _told(point: PointShown) -> ReleasePoint:
    return ReleasePoint(
        printer=point.printer.id,
        name=point.printer.name,
        location=point.printer.location,
        code=point.code,
        proximity=point.proximity,
        kiosk=point.kiosk,
        created_at=point.created_at,
        look=Look.model_validate(point.look) if point.look else None,
    )
