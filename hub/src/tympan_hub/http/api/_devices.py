"""Devices found in networks, who sees them, and printers made of them."""

import csv
import datetime as dt
import io
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from tympan_hub.domain.device_lists import COLUMNS, guarded
from tympan_hub.domain.devices import DeviceFilter, Standing
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId
from tympan_hub.domain.limits.devices import DEVICE_LIST_BYTES
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.moves import certificate_at
from tympan_hub.domain.sightings import Pause
from tympan_hub.domain.text import fit
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, place_of
from tympan_hub.http.api._etag import TAGGED, tagged
from tympan_hub.http.api._kinds import (
    DEFAULT_LIMIT,
    HEX,
    After,
    AgentIn,
    Given,
    Limit,
    Moment,
    Name,
    Page,
    PrinterIn,
    Told,
)
from tympan_hub.http.api._printers import Printer
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.device_lists import ListRead
from tympan_hub.service.devices import DeviceListed, DeviceShown

router = APIRouter(tags=["devices"], route_class=ApiRoute)

DeviceIn = Annotated[str, Path(pattern=HEX, description="A device's id.")]
_TEXT: Final = 200
"""Characters looked for."""

_SHEET: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "CSV in UTF-8.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


class Supply(Told):
    """A supply; the percentage is what is left, of a waste box what is taken."""

    name: str
    kind: str
    color: str
    percent: int | None


class Description(Told):
    """What a device says of itself; nobody has proved it."""

    uuid: str
    serial: str
    name: str
    make_and_model: str
    location: str
    firmware: str
    formats: list[str]
    color: bool | None
    sides: list[str]
    media: list[str]
    state: str
    reasons: list[str]
    supplies: list[Supply]
    more_info: str


class FoundDevice(Told):
    """A device. Agents hear nothing of it until somebody makes a printer of it."""

    id: str
    name: str = Field(description="What people call it: from an administrator's list, else as it calls itself.")
    location: str
    standing: Standing = Field(description="known: a printer was made of it.")
    in_view: int = Field(description="How many agents see it now.")
    printers: int = Field(description="How many printers were made of it.")
    methods: list[str] = Field(description="By which discoveries it is or was seen.")
    first_seen_at: Moment
    seen_at: Moment | None
    ignored_at: Moment | None
    place: str = Field(description="Its address in the network, else its name there.")
    host_name: str
    mac: str
    fingerprint: str = Field(description="SHA-256 of its certificate as told last, hex; empty where it has none.")
    description: Description


class DeviceSighting(Told):
    """Who sees a device, how, and since when."""

    agent: str | None = Field(description="Null for an administrator's list.")
    method: str
    in_view: bool
    paused: Literal["", "away", "off"] = Field(
        description="Why the agent does not look for the time being: it is away, or the discovery off there."
    )
    away_since: Moment | None = Field(description="When the agent was last heard of, where it is away.")
    first_seen_at: Moment
    seen_at: Moment
    uri: str
    addresses: list[str]
    services: list[str]
    detail: str


class Difference(Told):
    """What was and what is; of lists what went and what came."""

    field: str
    before: list[str]
    after: list[str]


class DeviceChange(Told):
    """A device told something else than before."""

    at: Moment
    agent: str | None
    method: str
    differences: list[Difference]


class DevicePrinter(Told):
    """A printer made of a device; ``moved_to`` is where the device is said to be now, where that is another address."""

    printer: str
    name: str
    uri: str
    moved_to: str | None
    moved_proven: bool = Field(description="The certificate that is pinned is shown there.")


class DeviceSeen(FoundDevice):
    """A device with who sees it, how it changed, and printers made of it."""

    fingerprint: str = Field(description="SHA-256 of the certificate that is shown at ``uri``, hex; empty for none.")
    uri: str = Field(description="The address a printer would be made with; empty when nobody knows one.")
    sightings: list[DeviceSighting]
    changes: list[DeviceChange]
    made: list[DevicePrinter]


class PrinterOfDevice(Given):
    """What is said of a printer made of a device; what is left out the device says."""

    name: Name | None = None
    uri: Annotated[str | None, Field(min_length=1, max_length=URI_OCTETS)] = None
    location: Annotated[str | None, Field(max_length=NAME_OCTETS)] = None
    pin: Annotated[
        bool, Field(strict=True, description="Whether agents shall take no other certificate than it has now.")
    ] = True
    everybody: Annotated[bool, Field(description="False: for nobody until it is given to people or groups.")] = True


class NewAddress(Given):
    """The address that was shown as the device's."""

    uri: Annotated[str, Field(min_length=1, max_length=URI_OCTETS)]
    unproven: Annotated[
        bool, Field(strict=True, description="Take it although nothing proves that the same device is there.")
    ] = False


class DeviceList(Given):
    """A list of devices: CSV whose first line names the columns."""

    csv: Annotated[str, Field(min_length=1, max_length=DEVICE_LIST_BYTES, description="Columns: " + ", ".join(COLUMNS))]
    preview: Annotated[bool, Field(strict=True, description="True: only say what would come of it.")] = False


class ListFault(Told):
    """What is wrong with a line."""

    line: int
    why: str
    cell: str


class ListTaken(Told):
    """What came of a list, or would."""

    taken: int = Field(description="Lines that told something new.")
    same: int = Field(description="Lines that told nothing new.")
    wrong: int = Field(description="Lines that were left out.")
    faults: list[ListFault] = Field(description="Why, of the first hundred of them.")
    unknown: list[str] = Field(description="Columns that tell nothing here.")


class Dropped(Told):
    """What was dropped of an agent's sightings on a day."""

    agent: str
    day: dt.date
    too_many: int
    too_fast: int
    strange: int
    no_room: int


class Sweep(Told):
    """The last sweep of an agent by one discovery."""

    method: str
    at: Moment
    in_view: int
    took_ms: int
    packets: int | None
    dropped: int


@router.get("/devices", operation_id="list-devices")
async def every(
    ask: InTenant,
    text: Annotated[str, Query(max_length=_TEXT, description="Words that stand in what is known of it.")] = "",
    method: Annotated[str, Query(max_length=32, description="Seen by this discovery.")] = "",
    agent: Annotated[str | None, Query(pattern=HEX, description="Seen by this agent.")] = None,
    standing: Annotated[Standing | None, Query(description="Where it stands.")] = None,
    in_view: Annotated[bool | None, Query(description="Whether an agent sees it now.")] = None,
    printer: Annotated[bool | None, Query(description="Whether a printer was made of it.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[FoundDevice]:
    """Devices, by name."""
    wanted = DeviceFilter(
        text=fit(text),
        method=fit(method),
        agent=AgentId(agent) if agent else None,
        standing=standing,
        in_view=in_view,
        printer=printer,
        limit=limit + 1,
    )
    found = await ask.services.devices.following(ask.tenant, ask.actor, wanted, _place(after))
    page, last = found[:limit], found[:limit][-1:]
    following = cursor(last[0].device.name, last[0].device.id) if len(found) > limit else None
    return Page(items=[FoundDevice(**_told(listed)) for listed in page], next=following)


@router.get("/devices/file", operation_id="export-devices", response_class=Response, responses=_SHEET)
async def file(ask: InTenant) -> Response:
    """All devices as CSV, with no cell that a spreadsheet would run; to be imported again, here or elsewhere."""
    written = io.StringIO()
    sheet = csv.writer(written, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    after: tuple[str, DeviceId] | None = None
    while part := await ask.services.device_lists.part(ask.tenant, ask.actor, DeviceFilter(), after):
        sheet.writerows([guarded(cells.get(name, "")) for name in COLUMNS] for _, cells in part)
        after = (part[-1][0].name, part[-1][0].id)
        if len(part) < PAGE_MOST:
            break
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8")


@router.post("/devices/import", operation_id="import-devices")
async def take(ask: InTenant, given: DeviceList) -> ListTaken:
    """Takes a list of devices; lines with a mistake are left out, and told."""
    lists = ask.services.device_lists
    if given.preview:
        return _taken(await lists.preview(ask.tenant, ask.actor, fit(given.csv)))
    return _taken(await lists.take(ask.tenant, ask.actor, fit(given.csv)))


@router.get("/devices/dropped", operation_id="list-dropped-sightings")
async def dropped(ask: InTenant) -> list[Dropped]:
    """What was dropped of agents' sightings within 30 days, because it was too much, or nothing a device says."""
    found = await ask.services.devices.dropped(ask.tenant, ask.actor)
    return [Dropped.model_validate(one.intake) for one in found]


@router.get("/devices/{device}", operation_id="get-device")
async def one(ask: InTenant, device: DeviceIn) -> DeviceSeen:
    """One device, with who sees it."""
    return _seen(await ask.services.devices.get(ask.tenant, ask.actor, DeviceId(device)))


@router.delete("/devices/{device}", operation_id="forget-device", status_code=204)
async def forget(ask: InTenant, device: DeviceIn) -> None:
    """Forgets a device that no agent sees and no printer was made of."""
    await ask.services.devices.forget(ask.tenant, ask.actor, DeviceId(device))


@router.post("/devices/{device}/ignore", operation_id="ignore-device", status_code=204)
async def ignore(ask: InTenant, device: DeviceIn) -> None:
    """Ignores a device: it stands in the list no more as one that is new."""
    await ask.services.devices.ignore(ask.tenant, ask.actor, DeviceId(device), ignored=True)


@router.post("/devices/{device}/heed", operation_id="heed-device", status_code=204)
async def heed(ask: InTenant, device: DeviceIn) -> None:
    """Ignores a device no more."""
    await ask.services.devices.ignore(ask.tenant, ask.actor, DeviceId(device), ignored=False)


@router.post("/devices/{device}/printer", operation_id="make-printer", status_code=201, responses={201: TAGGED})
async def make_printer(ask: InTenant, device: DeviceIn, given: PrinterOfDevice, response: Response) -> Printer:
    """Makes a printer of a device; agents hear of it at once."""
    shown = await ask.services.devices.get(ask.tenant, ask.actor, DeviceId(device))
    uri = given.uri or shown.uri
    if not uri:
        raise BadInput("nobody knows an address at which this device takes jobs", next_step="Give one as uri.")
    made = await ask.services.printers.add(
        ask.tenant,
        ask.actor,
        name=given.name or shown.device.printer_name,
        uri=uri,
        location=shown.device.printer_location if given.location is None else given.location,
        fingerprint=certificate_at(uri, shown.sightings) if given.pin else "",
        everybody=given.everybody,
        device=shown.device.id,
    )
    told = Printer.model_validate(made)
    tagged(response, told)
    return told


@router.post("/printers/{printer}/move", operation_id="move-printer")
async def move(ask: InTenant, printer: PrinterIn, given: NewAddress) -> Printer:
    """Gives a printer the address that its device is said to have now. Without a pin, the one shown there is pinned."""
    move_to = ask.services.printers.move
    moved = await move_to(ask.tenant, ask.actor, PrinterId(printer), given.uri, unproven=given.unproven)
    return Printer.model_validate(moved)


@router.get("/agents/{agent}/sweeps", operation_id="list-sweeps")
async def sweeps(ask: InTenant, agent: AgentIn) -> list[Sweep]:
    """The last sweep of an agent by each discovery: what it took, and what it saw."""
    found = await ask.services.devices.sweeps(ask.tenant, ask.actor, AgentId(agent))
    return [Sweep.model_validate(sweep) for sweep in found]


def _place(after: str | None) -> tuple[str, DeviceId] | None:
    if after is None:
        return None
    name, device = place_of(after, 2)
    return fit(name), DeviceId(fit(device))


def _told(listed: DeviceListed) -> dict[str, Any]:
    device, reach = listed.device, listed.reach
    return {
        "id": device.id,
        "name": device.name,
        "location": device.location,
        "standing": device.standing,
        "in_view": device.in_view,
        "printers": device.printers,
        "methods": list(reach.methods) if reach else [],
        "first_seen_at": device.first_seen_at,
        "seen_at": reach.seen_at if reach else None,
        "ignored_at": device.ignored_at,
        "place": device.place,
        "host_name": device.host_name,
        "mac": device.mac,
        "fingerprint": device.fingerprint,
        "description": Description.model_validate(device.description),
    }


def _seen(shown: DeviceShown) -> DeviceSeen:
    return DeviceSeen(
        **(_told(DeviceListed(device=shown.device, reach=shown.reach)) | {"fingerprint": shown.fingerprint}),
        uri=shown.uri,
        sightings=[
            DeviceSighting(
                agent=one.trace.name.agent or None,
                method=one.trace.name.method,
                in_view=one.trace.in_view,
                paused=one.trace.paused.value,
                away_since=shown.away.get(one.trace.name.agent) if one.trace.paused is Pause.AWAY else None,
                first_seen_at=one.trace.first_seen_at,
                seen_at=one.trace.seen_at,
                uri=one.uri,
                addresses=list(one.addresses),
                services=list(one.services),
                detail=one.detail,
            )
            for one in shown.sightings
        ],
        changes=[
            DeviceChange(
                at=change.at,
                agent=change.agent or None,
                method=change.method,
                differences=[Difference.model_validate(each) for each in change.differences],
            )
            for change in shown.changes
        ],
        made=[
            DevicePrinter(
                printer=one.printer,
                name=one.name,
                uri=one.uri,
                moved_to=move.uri if move else None,
                moved_proven=move is not None and move.proven,
            )
            for one, move in ((one, shown.moved.get(one.printer)) for one in shown.printers)
        ],
    )


def _taken(read: ListRead) -> ListTaken:
    return ListTaken(
        taken=len(read.taken),
        same=read.same,
        wrong=read.wrong,
        faults=[ListFault.model_validate(fault) for fault in read.faults],
        unknown=list(read.unknown),
    )
