"""Room for what people hand in: asked under the lock under which it is added, so that what was counted still holds.

- On its way through the tunnel, each person has so many documents that nobody began with, and their tenant so many in
  all; what lies there of agents counts with it.
- Held at the hub, a person has as much as the queue says, and their tenant as many documents as may be mirrored.
"""

from tympan_hub.domain.errors import Full, NoRoom, TooLarge
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.jobs import Owner
from tympan_hub.domain.limits.hand_ins import WAITING_PER_PERSON
from tympan_hub.domain.limits.pull import MIRRORS_PER_TENANT
from tympan_hub.domain.people import Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.pull import PullSettings
from tympan_hub.ports import Unit
from tympan_hub.service.tunnel_limits import limits_of


async def check_room(unit: Unit, tenant: TenantId, by: Person, printer: Printer, size: int) -> None:
    """Whether one more document of this size may be handed in for a printer.

    Raises:
        TooLarge: The tenant takes no document of this size.
        Full: The person has as many as one may; or the tenant holds as many as it may.
        NoRoom: So much waits in the tunnel that nothing more is taken now.
    """
    if printer.pull is not None:
        await _check_held(unit, tenant, by, printer.pull, size)
    else:
        await _check_waiting(unit, tenant, by, size)


async def _check_waiting(unit: Unit, tenant: TenantId, by: Person, size: int) -> None:
    limits, lying = await limits_of(unit, tenant), await unit.crossings.tally(tenant)
    if size > limits.largest:
        cause = f"a document that goes through the hub has at most {limits.largest >> 20} MiB"
        raise TooLarge(cause, next_step="Print it in parts.")
    if (theirs := await unit.crossings.waiting_of(tenant, by.id)) >= WAITING_PER_PERSON:
        cause = f"{theirs} documents you handed in wait already"
        raise Full(cause, next_step="Wait until some of them are printed, or cancel those you need no more.")
    if lying.count >= limits.jobs_most or lying.size + size > limits.bytes_waiting_most:
        raise NoRoom(f"{lying.count} jobs wait already", next_step="Try again when some of them are printed.")


async def _check_held(unit: Unit, tenant: TenantId, by: Person, queue: PullSettings, size: int) -> None:
    held = await unit.jobs.held(tenant, Owner(person=by.id, login=by.login), queue.jobs_most)
    if len(held) >= queue.jobs_most:
        raise Full(f"{len(held)} jobs are held for you already", next_step="Print or delete some of them.")
    if sum(job.size_bytes for job in held) + size > queue.bytes_most:
        cause = f"{queue.bytes_most >> 20} MiB are held for you at most at this queue"
        raise Full(cause, next_step="Print or delete some of the jobs you hold, or print this in parts.")
    if await unit.mirrors.tally(tenant) >= MIRRORS_PER_TENANT:
        raise Full(f"{MIRRORS_PER_TENANT} documents are held at the hub", next_step="Wait until some are out.")
