"""Devices as a file for spreadsheets, and an administrator's list of them taken."""

import csv
import io
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response
from pydantic import Field

from tympan_hub.domain.device_lists import COLUMNS, guarded
from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.ids import DeviceId
from tympan_hub.domain.limits.devices import DEVICE_LIST_BYTES
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.text import fit
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._kinds import Given, Told, Truth
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.device_lists import ListRead

router = APIRouter(tags=["devices"], route_class=ApiRoute)

_SHEET: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "CSV in UTF-8.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


class DeviceList(Given):
    """A list of devices: CSV whose first line names the columns."""

    csv: Annotated[str, Field(min_length=1, max_length=DEVICE_LIST_BYTES, description="Columns: " + ", ".join(COLUMNS))]
    preview: Annotated[Truth, Field(description="True: only say what would come of it.")] = False


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


def _taken(read: ListRead) -> ListTaken:
    return ListTaken(
        taken=len(read.taken),
        same=read.same,
        wrong=read.wrong,
        faults=[ListFault.model_validate(fault) for fault in read.faults],
        unknown=list(read.unknown),
    )
