"""What people may do as it stands now, and that somebody is always left to manage a tenant.

- A request knows its person as they were when it came in. What must not be done by one who was locked out meanwhile
  asks again within the unit of work that does it.
- Roles change here alone, whoever changes them: an administrator, or a provider's claims.
"""

import datetime as dt

from tympan_hub.domain.errors import Conflict, NotAllowed
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import NO_PASSWORD, Act, Actor, Person, PersonFilter, Role
from tympan_hub.ports import Unit
from tympan_hub.service.endings import end_admissions_by


async def require_still(unit: Unit, tenant: TenantId, by: Actor, act: Act) -> None:
    """Raises ``NotAllowed`` when who acts was locked out, removed, or given a lesser role since they asked."""
    if by.person is None:
        return
    known = await unit.people.get(by.tenant, by.person)
    if known is None or known.disabled_at is not None or not known.actor.may(act, tenant):
        raise NotAllowed("you may not do this any more", next_step="Ask another administrator.")


async def check_managed(unit: Unit, leaving: Person) -> None:
    """Raises ``Conflict`` where one who leaves, or gets another role, is the last who may manage the tenant."""
    if leaving.role not in (Role.ADMINISTRATOR, Role.OWNER) or leaving.disabled_at is not None:
        return
    if leaving.role is Role.OWNER:
        await _check_local_owner(unit, leaving)
        return
    there = await unit.people.tally(leaving.tenant, PersonFilter(role=leaving.role, disabled=False))
    if there <= 1:
        raise Conflict(f"{leaving.name} is the last {leaving.role.value}", next_step="Give the role to another first.")


async def _check_local_owner(unit: Unit, leaving: Person) -> None:
    """Somebody runs the service who needs no provider to sign in."""
    if await unit.people.password(leaving.tenant, leaving.id) == NO_PASSWORD:
        return
    there = await unit.people.tally(leaving.tenant, PersonFilter(role=Role.OWNER, disabled=False, local=True))
    if there <= 1:
        cause = f"{leaving.name} is the last service-owner who signs in with a password"
        raise Conflict(cause, next_step="Add another first: tympan-hub owner add.")


async def change_person(unit: Unit, before: Person, after: Person, at: dt.datetime) -> None:
    """Keeps what changed of a person; another role ends what they let others in with.

    Raises:
        Conflict: Nobody would be left to manage the tenant; nothing is changed then.
    """
    if after.role is not before.role:
        await check_managed(unit, before)
        await end_admissions_by(unit, before, at)
    await unit.people.change(before.tenant, after)
