"""Proof that somebody stands at a device: checked once, then believed for a few minutes by a ticket.

- What is wrong is counted, of a person and at a device: nobody guesses long.
- A code of a screen is good once of a person.
"""

import base64
import binascii
import datetime as dt
from typing import Final

from tympan_hub.domain.errors import BadInput, NotFound, NotThere
from tympan_hub.domain.ids import PersonId, PrinterId, TenantId
from tympan_hub.domain.limits.proximity import PROOF_CHARS, PROOFS_AT_POINT, PROOFS_OF_PERSON, TICKET
from tympan_hub.domain.people import Person
from tympan_hub.domain.proximity import SUFFICES, Proximity, Ticket, is_same, shown_in, ticket_from, ticket_text
from tympan_hub.domain.release_points import ReleasePoint, sealed_about
from tympan_hub.ports import Secrets, Unit, Units
from tympan_hub.service.attempts import count

TICKET_ABOUT: Final = "release ticket"
"""What tickets are sealed as, with the tenant behind it."""

_NEXT: Final = {
    Proximity.NONE: "",
    Proximity.STATIC: "Scan the code on the device, or type it.",
    Proximity.ROTATING: "Scan the code on the screen beside the device, or type it: it changes all the time.",
    Proximity.NEAR: "Join the network of the device with this phone, and open the device's page again.",
}


async def proved(
    unit: Unit, secrets: Secrets, point: ReleasePoint, person: PersonId, proof: str, now: dt.datetime
) -> Proximity:
    """What a proof proves; the unit keeps that it was used.

    Raises:
        NotThere: It proves nothing.
    """
    if not proof:
        return Proximity.NONE
    ticket = _ticket(secrets, point.tenant, proof)
    if ticket is not None and ticket.admits(person, point.printer, ticket.how, now):
        return ticket.how
    step = shown_in(secrets.unseal(point.secret, sealed_about(point.tenant, point.printer)), proof, now)
    if step is not None and await unit.spent_codes.spend(point.tenant, point.printer, person, step, now):
        return Proximity.ROTATING
    if is_same(point.code, proof):
        return Proximity.STATIC
    cause = "this code was used before" if step is not None else "this is no code of the device, or none any more"
    raise NotThere(cause, next_step="Wait for the next one, and try again.")


def check_wanted(wanted: Proximity, how: Proximity) -> None:
    """Raises ``NotThere`` when a proof is weaker than what is wanted."""
    if how not in SUFFICES[wanted]:
        raise NotThere("nothing proves that you are at the device", next_step=_NEXT[wanted])


def new_ticket(
    secrets: Secrets, tenant: TenantId, person: PersonId, point: PrinterId, how: Proximity, now: dt.datetime
) -> str:
    """A ticket for who proved to be at a device."""
    sealed = secrets.seal(
        ticket_text(Ticket(person=person, point=point, how=how, until=now + TICKET)), f"{TICKET_ABOUT} {tenant}"
    )
    return base64.urlsafe_b64encode(sealed).decode()


async def count_wrong(
    unit: Unit, tenant: TenantId, person: PersonId, point: PrinterId, now: dt.datetime, *, add: bool
) -> None:
    """Counts a wrong proof, or only looks; raises ``TooMany``."""
    limits = {
        f"proofs of {tenant} {person}": PROOFS_OF_PERSON,
        f"proofs at {tenant} {point}": PROOFS_AT_POINT,
    }
    await count(unit, limits, now, "wrong codes of devices", add=add)


def _ticket(secrets: Secrets, tenant: TenantId, proof: str) -> Ticket | None:
    try:
        sealed = base64.b64decode(proof[:PROOF_CHARS], altchars=b"-_", validate=True)
        return ticket_from(secrets.unseal(sealed, f"{TICKET_ABOUT} {tenant}"))
    except (BadInput, binascii.Error, ValueError):
        return None


class ProofService:
    """Proves that people stand at devices."""

    def __init__(self, units: Units, secrets: Secrets) -> None:
        self._units = units
        self._secrets = secrets

    async def prove(self, tenant: TenantId, by: Person, printer: PrinterId, proof: str, now: dt.datetime) -> Proximity:
        """What a proof proves at a release point.

        Raises:
            NotFound: There is no such release point for them.
            NotThere: It proves nothing, or was used before.
            TooMany: They guessed too often lately.
        """
        try:
            async with self._units.writing(f"proofs {by.id}") as unit:
                await count_wrong(unit, tenant, by.id, printer, now, add=False)
                point = await unit.release_points.get(tenant, printer)
                if point is None:
                    raise NotFound(f"there is no release point {printer!r:.80}")
                return await proved(unit, self._secrets, point, by.id, proof, now)
        except NotThere:
            async with self._units.writing(f"proofs {by.id}") as unit:
                await count_wrong(unit, tenant, by.id, printer, now, add=True)
            raise
