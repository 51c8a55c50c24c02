"""Held jobs of whoever asks, and their release at a device."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from tympan_hub.domain.held import Changes as Changed
from tympan_hub.domain.held import ColorMode, Sides, Whereabouts
from tympan_hub.domain.ids import BatchId, JobId, PrinterId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.limits.proximity import PROOF_CHARS
from tympan_hub.domain.limits.pull import COPIES_MOST, JOBS_AT_ONCE
from tympan_hub.domain.releases import Fit, Step, Why
from tympan_hub.domain.releases import Preview as Previewed
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._jobs import Pages
from tympan_hub.http.api._kinds import HEX, WORD, Given, Moment, Number, PrinterIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["releases"], route_class=ApiRoute)

_Jobs = Annotated[list[UUID], Field(max_length=JOBS_AT_ONCE, description="Ids of jobs.")]
_JobIn = Annotated[UUID, Path(description="Its job-uuid.")]


class ChangesTold(Told):
    """What its owner wants otherwise than a job was ordered; null stays."""

    copies: int | None
    sides: Sides | None
    color: ColorMode | None


class Held(Told):
    """A held job."""

    job: UUID
    title: str
    printer: str = Field(description="The pull queue it was printed to.")
    printer_name: str
    created_at: Moment
    size_bytes: int
    pages: Pages | None
    changes: ChangesTold
    held_until: Moment | None
    expires_soon: bool
    computer: str
    whereabouts: Whereabouts = Field(description="Whether its computer is connected, or who else can print it.")
    reason: str
    detail: str
    under_way: bool = Field(description="It is released, and no word came back yet.")


class HeldJobs(Told):
    """One's held jobs, in the order one wants them."""

    items: list[Held]


class Changes(Given):
    """What is wanted otherwise than a job was ordered; null stays."""

    copies: Annotated[Number | None, Field(ge=1, le=COPIES_MOST)] = None
    sides: Sides | None = None
    color: ColorMode | None = None


class JobsGiven(Given):
    """Some of one's held jobs."""

    jobs: _Jobs


class Nearest(Told):
    """A release point that can do it."""

    printer: str
    name: str
    location: str


class Preview(Told):
    """How a job would come out at a device."""

    job: UUID
    fit: Fit
    whys: list[Why]
    nearest: Nearest | None
    sentence: str


class Previews(Told):
    """How jobs would come out."""

    items: list[Preview]


class JobChanges(Changes):
    """Changes of one job."""

    job: Annotated[UUID, Field(description="Which.")]


class Wish(Given):
    """Which held jobs shall come out where."""

    point: Annotated[str, Field(pattern=WORD, description="The release point: the printer's id.")]
    jobs: _Jobs = Field(default_factory=list, description="In the order they shall come out in; none for all.")
    proof: Annotated[
        str, Field(max_length=PROOF_CHARS, description="The code of sticker or screen, or a ticket; empty for none.")
    ] = ""
    changes: list[JobChanges] = Field(
        default_factory=list, max_length=JOBS_AT_ONCE, description="Beside what was wished before."
    )


class Released(Told):
    """A job on its way."""

    id: UUID
    job: UUID


class Batch(Told):
    """What became of a wish."""

    id: str
    point: str
    releases: list[Released]
    refused: list[Preview] = Field(description="Those that stay held, and why.")
    notes: list[Preview] = Field(description="What will be otherwise with those on their way.")


class Progress(Told):
    """How far a released job is."""

    release: UUID
    job: UUID
    title: str
    step: Step
    page: int | None
    pages: int | None
    standing: Standing
    reason: str
    detail: str
    is_over: bool


class BatchProgress(Told):
    """How far the jobs of a wish are."""

    items: list[Progress]


@router.get("/held-jobs", operation_id="list-held-jobs")
async def mine(ask: InTenant) -> HeldJobs:
    """One's own held jobs."""
    return _held(await ask.services.held.mine(ask.tenant, ask.person))


@router.put("/held-jobs/{held_job}", operation_id="change-held-job")
async def change(ask: InTenant, held_job: _JobIn, given: Changes) -> Held:
    """Replaces what is wanted of a held job otherwise than it was ordered."""
    changed = await ask.services.held.change(ask.tenant, ask.person, JobId(held_job), _changes(given))
    return Held.model_validate(changed)


@router.post("/held-jobs/order", operation_id="order-held-jobs")
async def reorder(ask: InTenant, given: JobsGiven) -> HeldJobs:
    """Puts held jobs into this order; those not named stay behind them as they were."""
    return _held(await ask.services.held.reorder(ask.tenant, ask.person, [JobId(job) for job in given.jobs]))


@router.post("/held-jobs/delete", operation_id="delete-held-jobs", status_code=204)
async def delete(ask: InTenant, given: JobsGiven) -> None:
    """Deletes held jobs: they are never printed."""
    await ask.services.held.delete(ask.tenant, ask.person, [JobId(job) for job in given.jobs])


@router.post("/release-points/{printer}/preview", operation_id="preview-release")
async def preview(ask: InTenant, printer: PrinterIn, given: JobsGiven) -> Previews:
    """How held jobs would come out at a device; none named is all of them."""
    jobs = [JobId(job) for job in given.jobs]
    found = await ask.services.releases.preview(ask.tenant, ask.person, PrinterId(printer), jobs)
    return Previews(items=[_preview(each) for each in found])


@router.post("/releases", operation_id="release-jobs", status_code=202)
async def release(ask: InTenant, given: Wish) -> Batch:
    """Releases one's held jobs at a device: the app of whoever stands there."""
    batch = await ask.services.releases.ask(
        ask.tenant,
        ask.person,
        PrinterId(given.point),
        [JobId(job) for job in given.jobs],
        given.proof,
        {JobId(each.job): _changes(each) for each in given.changes},
        source=ask.source,
    )
    return Batch(
        id=batch.id,
        point=batch.point,
        releases=[Released.model_validate(each) for each in batch.releases],
        refused=[_preview(each) for each in batch.refused],
        notes=[_preview(each) for each in batch.notes],
    )


@router.get("/releases/{batch}", operation_id="get-release")
async def progress(
    ask: InTenant, batch: Annotated[str, Path(pattern=HEX, description="As `release-jobs` told it.")]
) -> BatchProgress:
    """How far the jobs of a wish are."""
    told = await ask.services.releases.progress(ask.tenant, ask.person, BatchId(batch))
    return BatchProgress(items=[Progress.model_validate(each) for each in told])


def _held(jobs: tuple[object, ...]) -> HeldJobs:
    return HeldJobs(items=[Held.model_validate(job) for job in jobs])


def _preview(each: Previewed) -> Preview:
    return Preview.model_validate(each)


def _changes(given: Changes) -> Changed:
    return Changed(copies=given.copies, sides=given.sides, color=given.color)
