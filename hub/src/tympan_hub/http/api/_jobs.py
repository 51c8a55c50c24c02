"""Jobs."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from tympan_hub.domain.ids import JobId, PersonId
from tympan_hub.domain.jobs import JobFilter, Owner, Place, Standing
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, place_of
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HEX, After, Limit, Moment, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["jobs"], route_class=ApiRoute)

_TEXT = 200
"""Characters looked for; the longest name of a printer or user is shorter."""


class Whose(StrEnum):
    """Whose jobs."""

    MINE = "mine"
    ALL = "all"


class Pages(Told):
    """What a document puts on paper; null where it is not known."""

    format: str
    pages: int | None
    sizes: list[str]
    color_pages: int | None
    copies: int
    impressions: int | None
    color_impressions: int | None
    sheets: int | None
    sides: str
    problem: str


class StoryLine(Told):
    """One line of a job's timeline."""

    at: Moment
    what: str
    why: str
    then: str
    standing: Standing


class Job(Told):
    """A job, without its story."""

    id: UUID
    agent: str | None = Field(description="Null for what was handed in at the hub, until an agent begins with it.")
    agent_name: str
    printer: str
    title: str
    title_hidden: bool
    user: str
    person: str | None
    person_name: str
    standing: Standing
    reason: str
    detail: str
    created_at: Moment
    ended_at: Moment | None
    size_bytes: int
    pages: Pages | None


class JobTold(Job):
    """A job with its story, oldest line first."""

    story: list[StoryLine]


@router.get("/jobs", operation_id="list-jobs")
async def every(
    ask: InTenant,
    whose: Annotated[Whose, Query(description="One's own, or everybody's.")] = Whose.MINE,
    user: Annotated[str | None, Query(max_length=_TEXT, description="Exactly this user's.")] = None,
    person: Annotated[str | None, Query(pattern=HEX, description="Exactly this person's.")] = None,
    who: Annotated[
        str, Query(max_length=_TEXT, description="Words of a person's name or address, or part of user.")
    ] = "",
    printer: Annotated[str, Query(max_length=63, description="Exactly this printer's.")] = "",
    standing: Annotated[list[Standing] | None, Query(max_length=len(Standing), description="One of these.")] = None,
    text: Annotated[str, Query(max_length=_TEXT, description="Part of user, printer, or a title one may see.")] = "",
    since: Annotated[Moment | None, Query(description="Created then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Created before.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[Job]:
    """Jobs, newest first."""
    wanted = JobFilter(
        user=user,
        owner=Owner(person=PersonId(person)) if person is not None else None,
        who=who,
        printer=printer,
        standings=tuple(standing or ()),
        text=text,
        since=since,
        until=until,
        after=Place.read(place_of(after, 1)[0]) if after is not None else None,
        limit=limit,
    )
    jobs = ask.services.jobs
    page = await (jobs.mine if whose is Whose.MINE else jobs.all)(ask.tenant, ask.person, wanted)
    return Page(
        items=[Job.model_validate(job) for job in page.jobs], next=cursor(str(page.after)) if page.after else None
    )


@router.get("/jobs/{job}", operation_id="get-job")
async def one(ask: InTenant, job: Annotated[UUID, Path(description="Its job-uuid.")]) -> JobTold:
    """One job with its story."""
    return JobTold.model_validate(await ask.services.jobs.get(ask.tenant, ask.person, JobId(job)))
