"""The overview of a tenant."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from tympan_hub.domain.jobs import Standing
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._commands import Command
from tympan_hub.http.api._invitations import Invitation
from tympan_hub.http.api._kinds import Moment, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["jobs"], route_class=ApiRoute)


class FewAgents(Told):
    """A printer for which one agent or none prints what comes through the hub."""

    printer: str
    name: str
    alive: int = Field(description="How many agents can print now.")


class Overview(Told):
    """What there is to know at a glance."""

    jobs: dict[Standing, int] = Field(description="How many jobs stand where; where none does is left out.")
    failed: list[Command] = Field(description="Commands that failed within a week and were not asked for anew.")
    few: list[FewAgents] = Field(description="Printers for which one agent or none prints what comes through the hub.")
    ending: list[Invitation] = Field(description="Unused invitations that end within two days.")


@router.get("/overview", operation_id="get-overview")
async def one(
    ask: InTenant, counted_since: Annotated[Moment, Query(description="Jobs created then or later are counted.")]
) -> Overview:
    """Jobs since a moment, and what failed or ends soon."""
    return Overview.model_validate(await ask.services.overview.look(ask.tenant, ask.actor, counted_since))
