"""Scans of ranges of addresses."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId
from tympan_hub.domain.limits.scans import RANGES, SCAN_AGENTS, SCAN_PER_S, SCAN_PER_S_MOST
from tympan_hub.domain.policy import Scope
from tympan_hub.domain.scans import PartStanding, ScanStanding, Silence
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, moment_of, place_of
from tympan_hub.http.api._kinds import (
    DEFAULT_LIMIT,
    HEX,
    After,
    Given,
    Limit,
    Moment,
    Number,
    Page,
    ScanIn,
    Told,
    Truth,
)
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.scan_orders import ScanOrder, ScanPreview, ScanShare
from tympan_hub.service.scans import PartShown, ScanListed, ScanShown

router = APIRouter(tags=["scans"], route_class=ApiRoute)

Entry = Annotated[str, Field(min_length=1, max_length=300)]
Entries = Annotated[list[Entry], Field(max_length=RANGES)]
PartIn = Annotated[UUID, Path(description="A part's id.")]
AgentGiven = Annotated[str, Field(pattern=HEX)]


class ScanProgress(Told):
    """How far a scan is, all agents together."""

    probed: int
    total: int
    found: int
    parts: int
    open: int
    failed: int
    heard_at: Moment | None


class Scan(Told):
    """A scan."""

    id: str
    targets: list[str]
    excluded: list[str]
    per_second: int
    addresses: int
    outside: int = Field(description="How many of the addresses are outside private space.")
    confirmed_outside: bool = Field(
        description="Addresses outside private space may be asked, also where names lead there."
    )
    unreached: int = Field(description="How many addresses were left out because no agent reached them.")
    agents: list[str] = Field(description="Agents that were named; empty where the hub chose.")
    ordered_by: str
    ordered_at: Moment
    stopped_by: str
    stopped_at: Moment | None
    standing: ScanStanding
    progress: ScanProgress


class ScanPart(Told):
    """What one agent does of a scan, and why nothing is heard of it where nothing is."""

    id: UUID
    agent: str
    agent_name: str
    targets: list[str]
    standing: PartStanding
    silence: Silence
    probed: int
    total: int
    found: int
    detail: str
    heard_at: Moment


class ScanSeen(Scan):
    """A scan with its parts."""

    parts: list[ScanPart]


class ScanGiven(Given):
    """What shall be scanned, by whom, and how fast."""

    targets: Annotated[
        Entries, Field(min_length=1, description="Addresses, networks (CIDR), from-to, host names; IPv4 and IPv6.")
    ]
    excluded: Annotated[Entries, Field(description="The same, left out.")] = []  # noqa: RUF012 - pydantic copies it
    per_second: Annotated[Number, Field(ge=1, le=SCAN_PER_S_MOST, description="Addresses a second and agent.")] = (
        SCAN_PER_S
    )
    agents: Annotated[
        list[AgentGiven],
        Field(max_length=SCAN_AGENTS, description="Who does it; empty for agents that are in the network."),
    ] = []  # noqa: RUF012 - pydantic copies it
    confirm_outside: Annotated[
        Truth,
        Field(description="Addresses outside private space are meant to be scanned, also where names lead there."),
    ] = False
    leave_out_unreached: Annotated[
        Truth, Field(description="Addresses that no agent reaches are left out; else nothing begins.")
    ] = False

    def order(self) -> ScanOrder:
        """As the hub takes it."""
        return ScanOrder(
            targets=_lines(self.targets),
            excluded=_lines(self.excluded),
            per_second=self.per_second,
            agents=tuple(map(AgentId, self.agents)),
            outside=self.confirm_outside,
            rest=self.leave_out_unreached,
        )


class Share(Told):
    """What one agent would do."""

    agent: str
    name: str
    targets: list[str]
    addresses: int
    lasts_s: int


class Preview(Told):
    """What a scan would be.

    `outside` needs `confirm_outside`; without it agents also pass over what names lead to there. `unreached` is what no
    connected agent is in the network of; `away` is what of that an agent reaches which is not connected. `unable` are
    agents that were named and on which scans do not run.
    """

    addresses: int
    lasts_s: int
    shares: list[Share]
    outside: list[str]
    unreached: list[str]
    away: list[str]
    unable: list[str]
    absent: list[str]


class PartGiven(Given):
    """To whom a part is given; null for an agent that is in its network."""

    agent: AgentGiven | None = None


class SwitchedOff(Told):
    """Who switched a way of finding devices off; `by` is empty for the service owner, `group` for everybody."""

    scope: Scope
    by: str
    at: Moment
    group: str


class Method(Told):
    """How a way of finding devices stands: off for everybody or for groups, and on how many agents it runs."""

    key: str
    off: SwitchedOff | None
    groups: list[SwitchedOff]
    agents: int
    running: int


@router.get("/discovery", operation_id="list-discovery-methods")
async def methods(ask: InTenant) -> Page[Method]:
    """The ways in which agents find devices."""
    found = await ask.services.discovery.methods(ask.tenant, ask.actor)
    return Page(items=list(map(Method.model_validate, found)), next=None)


@router.get("/scans", operation_id="list-scans")
async def every(ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Scan]:
    """All scans, the newest first."""
    found = await ask.services.scans.older(ask.tenant, ask.actor, _place(after), limit)
    last = found[-1].scan if len(found) == limit else None
    following = cursor(last.ordered_at.isoformat(), last.id) if last else None
    return Page(items=[Scan.model_validate(_fields(listed)) for listed in found], next=following)


@router.post("/scans/preview", operation_id="preview-scan")
async def preview(ask: InTenant, given: ScanGiven) -> Preview:
    """What a scan would be: how many addresses, how long, which agents, and what none reaches. Nothing begins."""
    return _preview(await ask.services.scans.preview(ask.tenant, ask.actor, given.order()))


@router.post("/scans", operation_id="order-scan", status_code=201)
async def order(ask: InTenant, given: ScanGiven) -> ScanSeen:
    """Begins a scan."""
    made = await ask.services.scans.order(ask.tenant, ask.actor, given.order())
    return _seen(await ask.services.scans.get(ask.tenant, ask.actor, made.id))


@router.get("/scans/{scan}", operation_id="get-scan")
async def one(ask: InTenant, scan: ScanIn) -> ScanSeen:
    """One scan with how far its agents are."""
    return _seen(await ask.services.scans.get(ask.tenant, ask.actor, ScanId(scan)))


@router.post("/scans/{scan}/stop", operation_id="stop-scan", status_code=204)
async def stop(ask: InTenant, scan: ScanIn) -> None:
    """Stops a scan; what was found stays."""
    await ask.services.scans.stop(ask.tenant, ask.actor, ScanId(scan))


@router.post("/scans/{scan}/resume", operation_id="resume-scan", status_code=204)
async def resume(ask: InTenant, scan: ScanIn) -> None:
    """Goes on with a scan that was stopped: agents that were through stay so, the others go on where they were."""
    await ask.services.scans.resume(ask.tenant, ask.actor, ScanId(scan))


@router.post("/scans/{scan}/parts/{part}/pass-on", operation_id="pass-on-scan-part", status_code=201)
async def pass_on(ask: InTenant, scan: ScanIn, part: PartIn, given: PartGiven) -> ScanSeen:
    """Gives a part to another agent, which begins it anew."""
    agent = AgentId(given.agent) if given.agent else None
    await ask.services.scans.pass_on(ask.tenant, ask.actor, ScanId(scan), ScanPartId(part), agent)
    return _seen(await ask.services.scans.get(ask.tenant, ask.actor, ScanId(scan)))


@router.delete("/scans/{scan}", operation_id="remove-scan", status_code=204)
async def remove(ask: InTenant, scan: ScanIn) -> None:
    """Forgets a scan that has ended or was stopped; what it found stays."""
    await ask.services.scans.remove(ask.tenant, ask.actor, ScanId(scan))


def _seen(shown: ScanShown) -> ScanSeen:
    return ScanSeen.model_validate({**_fields(shown), "parts": list(map(_part, shown.parts))})


def _fields(listed: ScanListed) -> dict[str, object]:
    scan = listed.scan
    return {
        "id": scan.id,
        "targets": list(scan.targets),
        "excluded": list(scan.excluded),
        "per_second": scan.per_second,
        "addresses": scan.addresses,
        "outside": scan.outside,
        "confirmed_outside": scan.confirmed,
        "unreached": scan.unreached,
        "agents": list(scan.agents),
        "ordered_by": scan.ordered_by,
        "ordered_at": scan.ordered_at,
        "stopped_by": scan.stopped_by,
        "stopped_at": scan.stopped_at,
        "standing": listed.standing,
        "progress": listed.progress,
    }


def _part(shown: PartShown) -> ScanPart:
    part = shown.part
    return ScanPart(
        id=part.id,
        agent=part.agent,
        agent_name=shown.name,
        targets=list(part.targets),
        standing=part.standing,
        silence=shown.silence,
        probed=part.probed,
        total=part.total,
        found=part.found,
        detail=part.detail,
        heard_at=part.heard_at,
    )


def _preview(seen: ScanPreview) -> Preview:
    return Preview(
        addresses=seen.wanted.count,
        lasts_s=int(seen.lasts.total_seconds()),
        shares=list(map(_share, seen.shares)),
        outside=list(seen.outside.texts),
        unreached=list(seen.nobody.texts),
        away=list(seen.away.texts),
        unable=list(seen.unable),
        absent=list(seen.absent),
    )


def _share(share: ScanShare) -> Share:
    return Share(
        agent=share.agent,
        name=share.name,
        targets=list(share.targets),
        addresses=share.addresses,
        lasts_s=int(share.lasts.total_seconds()),
    )


def _lines(entries: list[str]) -> str:
    """An entry a line; one that holds a line break is none."""
    return "\n".join(entry.replace("\n", " ") for entry in entries)


def _place(after: str | None) -> tuple[dt.datetime, ScanId] | None:
    if after is None:
        return None
    moment, scan = place_of(after, 2)
    return moment_of(moment), ScanId(scan)
