"""What ends with a person's standing: here for whoever is locked out, removed, given another role or another password.

- What a person let others in with (invitations, enrolment tokens) is theirs whether they made it in the portal or
  through a token of the API, and ends with their right to make it.
- Sign-ins at agents outlive a lock: they hold again when the person is let in again. Another password ends them too.
"""

import datetime as dt

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import Person
from tympan_hub.ports import Unit
from tympan_hub.service.sessions import end_sessions
from tympan_hub.service.sign_ins import end_sign_ins


async def end_everything_of(unit: Unit, person: Person, at: dt.datetime) -> None:
    """Ends all that somebody may hold who had this person's password."""
    await end_access_of(unit, person, at)
    await end_sign_ins(unit, person.tenant, person.id, at)


async def end_access_of(unit: Unit, person: Person, at: dt.datetime) -> None:
    """Ends sessions, what would become one, tokens of the API, and what the person let others in with."""
    await end_sessions(unit, person.tenant, person.id)
    await unit.api_tokens.revoke_of(person.tenant, person.id, at)
    await end_admissions_by(unit, person, at)


async def end_admissions_by(unit: Unit, person: Person, at: dt.datetime) -> None:
    """Ends open invitations and unused enrolment tokens of somebody; a service owner's are in every tenant."""
    places = [person.tenant]
    if person.tenant == SERVICE:
        places += [tenant.id for tenant in await unit.directory.tenants()]
    for place in places:
        await unit.invitations.end_by(place, person.id, at)
        await unit.enrolments.revoke_by(place, person.id, at)
