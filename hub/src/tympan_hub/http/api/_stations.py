"""Trusted stations: made by administrators; with a token of its own each releases for whoever stands before it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field

from tympan_hub.domain.errors import BadInput, NotSignedIn
from tympan_hub.domain.ids import PrinterId, StationId
from tympan_hub.domain.limits.proximity import BADGE_CHARS
from tympan_hub.domain.limits.pull import POINTS_PER_STATION
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.releases import Batch, Preview
from tympan_hub.domain.stations import Station as Known
from tympan_hub.http.api._ask import InTenant, services_of
from tympan_hub.http.api._kinds import WORD, Given, Moment, Name, Page, Told
from tympan_hub.http.api._route import ApiRoute


class _StationRoute(ApiRoute):
    """A route for stations themselves: what is asked twice is released once, so it takes no key of a program's."""

    once = False


router = APIRouter(tags=["stations"], route_class=ApiRoute)
own_router = APIRouter(tags=["stations"], route_class=_StationRoute)

_bearer = HTTPBearer(
    scheme_name="station", bearerFormat="opaque", description="A station's own token.", auto_error=False
)
_StationIn = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="The id of a station.")]
_Point = Annotated[str, Field(pattern=WORD)]


class Station(Told):
    """A machine that is trusted to say who stands before it."""

    id: str
    name: str
    points: list[str]
    created_at: Moment
    last_used_at: Moment | None


class StationMade(Station):
    """A new station, with the token it shows: told this once."""

    token: str


class StationGiven(Given):
    """What an administrator says of a station."""

    name: Name
    points: Annotated[
        list[_Point], Field(min_length=1, max_length=POINTS_PER_STATION, description="Devices it stands beside.")
    ]


class ReleaseGiven(Given):
    """Who stands before a station: one of both."""

    point: Annotated[str, Field(pattern=WORD, description="At which of its devices.")]
    login: Annotated[str, Field(max_length=NAME_OCTETS, description="Their name at the computers, or address.")] = ""
    badge: Annotated[str, Field(max_length=4 * BADGE_CHARS, description="The number of their badge.")] = ""


class StaysHeld(Told):
    """A job that was not released, and why."""

    job: str
    reason: str


class Released(Told):
    """What became of it: no titles, for a station has a screen."""

    released: list[str]
    held: list[StaysHeld]
    notes: list[str]


@router.get("/stations", operation_id="list-stations")
async def every(ask: InTenant) -> Page[Station]:
    """All stations, by name."""
    return Page(items=[_told(one) for one in await ask.services.stations.all(ask.tenant, ask.person)], next=None)


@router.post("/stations", operation_id="make-station", status_code=201)
async def make(ask: InTenant, given: StationGiven) -> StationMade:
    """Makes a station."""
    made = await ask.services.stations.make(ask.tenant, ask.person, given.name, tuple(map(PrinterId, given.points)))
    return StationMade(token=made.token, **_told(made.station).model_dump())


@router.delete("/stations/{station}", operation_id="remove-station", status_code=204)
async def remove(ask: InTenant, station: _StationIn) -> None:
    """Ends a station: its token is worth nothing from now on."""
    await ask.services.stations.remove(ask.tenant, ask.person, StationId(station))


async def _token(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> str:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn("there is no token", next_step="Send the station's: Authorization: Bearer …")
    return secret.strip()


@own_router.post("/station/releases", operation_id="release-at-station")
async def release(request: Request, token: Annotated[str, Depends(_token)], given: ReleaseGiven) -> Released:
    """Releases all that is held for whoever stands before the station; shown again, nothing comes out twice."""
    if bool(given.login) is bool(given.badge):
        raise BadInput("either a login or a badge is told", next_step="Send one of both.", field="login")
    batch = await services_of(request).stations.release(token, given.login, PrinterId(given.point), badge=given.badge)
    return _released(batch)


router.include_router(own_router)


def _told(station: Known) -> Station:
    return Station(
        id=station.id,
        name=station.name,
        points=list(station.points),
        created_at=station.created_at,
        last_used_at=station.last_used_at,
    )


def _released(batch: Batch) -> Released:
    return Released(
        released=[str(one.job) for one in batch.releases],
        held=[_held(one) for one in batch.refused],
        notes=[one.sentence for one in batch.notes],
    )


def _held(refused: Preview) -> StaysHeld:
    return StaysHeld(job=str(refused.job), reason=refused.sentence)
