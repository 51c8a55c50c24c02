"""Devices found in networks, who sees them, and printers made of them."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from tympan_hub.domain.devices import DeviceFilter, Standing
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.moves import certificate_at
from tympan_hub.domain.text import fit
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, place_of
from tympan_hub.http.api._device_values import DeviceSeen, Dropped, FoundDevice, Sweep, found_device, seen_device
from tympan_hub.http.api._etag import TAGGED, tagged
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HEX, After, AgentIn, Given, Limit, Name, Page, PrinterIn, Truth
from tympan_hub.http.api._printers import Printer, printer_told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["devices"], route_class=ApiRoute)

DeviceIn = Annotated[str, Path(pattern=HEX, description="A device's id.")]
_TEXT: Final = 200
"""Characters looked for."""


class PrinterOfDevice(Given):
    """What is said of a printer made of a device; what is left out the device says."""

    name: Name | None = None
    uri: Annotated[str | None, Field(min_length=1, max_length=URI_OCTETS)] = None
    location: Annotated[str | None, Field(max_length=NAME_OCTETS)] = None
    pin: Annotated[Truth, Field(description="Whether agents shall take no other certificate than it has now.")] = True
    everybody: Annotated[Truth, Field(description="False: for nobody until it is given to people or groups.")] = True


class NewAddress(Given):
    """The address that was shown as the device's."""

    uri: Annotated[str, Field(min_length=1, max_length=URI_OCTETS)]
    unproven: Annotated[Truth, Field(description="Take it although nothing proves that the same device is there.")] = (
        False
    )


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
    return Page(items=[found_device(listed) for listed in page], next=following)


@router.get("/devices/dropped", operation_id="list-dropped-sightings")
async def dropped(ask: InTenant) -> list[Dropped]:
    """What was dropped of agents' sightings within 30 days, because it was too much, or nothing a device says."""
    found = await ask.services.devices.dropped(ask.tenant, ask.actor)
    return [Dropped.model_validate(one.intake) for one in found]


@router.get("/devices/{device}", operation_id="get-device")
async def one(ask: InTenant, device: DeviceIn) -> DeviceSeen:
    """One device, with who sees it."""
    return seen_device(await ask.services.devices.get(ask.tenant, ask.actor, DeviceId(device)))


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
    told = printer_told(made)
    tagged(response, told)
    return told


@router.post("/printers/{printer}/move", operation_id="move-printer")
async def move(ask: InTenant, printer: PrinterIn, given: NewAddress) -> Printer:
    """Gives a printer the address that its device is said to have now. Without a pin, the one shown there is pinned."""
    move_to = ask.services.printers.move
    moved = await move_to(ask.tenant, ask.actor, PrinterId(printer), given.uri, unproven=given.unproven)
    return printer_told(moved)


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
