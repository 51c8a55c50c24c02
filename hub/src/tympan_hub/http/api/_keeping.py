"""How long jobs are kept."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.limits.keeping import AUDIT_DAYS_LEAST, JOBS_DAYS_MOST
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._kinds import Given, Moment, Number, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["jobs"], route_class=ApiRoute)

Days = Annotated[Number, Field(ge=1, le=JOBS_DAYS_MOST)]


class Keeping(Told):
    """How long, and before when all is gone."""

    jobs_days: int
    titles_days: int
    audit_days: int | None
    jobs_gone: Moment | None
    titles_gone: Moment | None


class KeepingGiven(Given):
    """How long jobs and the titles of their documents shall be kept."""

    jobs_days: Days
    titles_days: Days
    audit_days: Annotated[Number, Field(ge=AUDIT_DAYS_LEAST, le=JOBS_DAYS_MOST)] | None = Field(
        default=None, description="Entries of the audit log; null for ever."
    )


@router.get("/keeping", operation_id="get-keeping")
async def one(ask: InTenant) -> Keeping:
    """How long jobs are kept."""
    return Keeping.model_validate(await ask.services.keeping.get(ask.tenant, ask.actor))


@router.put("/keeping", operation_id="change-keeping")
async def change(ask: InTenant, given: KeepingGiven) -> Keeping:
    """Says how long; what is older goes within the hour, for good. Its sums stay."""
    changed = await ask.services.keeping.change(
        ask.tenant, ask.actor, jobs_days=given.jobs_days, titles_days=given.titles_days, audit_days=given.audit_days
    )
    return Keeping.model_validate(changed)
