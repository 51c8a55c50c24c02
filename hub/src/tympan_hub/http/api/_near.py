"""For apps on phones: proof by network, and signed permissions for while the hub is away."""

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.ids import PrinterId
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._kinds import Moment, Page, PrinterIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["releases"], route_class=ApiRoute)


class NearChallenge(Told):
    """Where a phone goes to show that it is in the device's network; it comes back with a proof as ``p``."""

    places: list[str] = Field(description="Pages to open, one of them; the first that answers does.")
    expires_at: Moment


class Grant(Told):
    """A signed permission: the agent at one of these addresses releases this job once, without asking the hub."""

    job: str
    grant: str
    points: list[str]
    addresses: list[str]
    expires_at: Moment


@router.post("/release-points/{printer}/challenge", operation_id="challenge-near-release-point")
async def challenge(ask: InTenant, printer: PrinterIn) -> NearChallenge:
    """A challenge for a phone to bring to a computer that reaches the device."""
    given = await ask.services.near.challenge(ask.tenant, ask.person, PrinterId(printer))
    return NearChallenge(places=list(given.places), expires_at=given.expires_at)


@router.post("/held-jobs/grants", operation_id="grant-held-jobs")
async def grants(ask: InTenant) -> Page[Grant]:
    """Permissions for one's own held jobs whose queue allows it; until they end, nobody else gets those jobs."""
    given = await ask.services.grants.mine(ask.tenant, ask.person)
    items = [
        Grant(
            job=str(one.grant.job),
            grant=one.envelope,
            points=list(one.points),
            addresses=list(one.places),
            expires_at=one.grant.expires_at,
        )
        for one in given
    ]
    return Page(items=items, next=None)
