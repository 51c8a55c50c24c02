"""Proofs of being at a device: a code of its sticker or screen, or a ticket for one, exchanged for a ticket.

- A wrong proof is counted in a unit of work of its own, so that the refusal does not take the count back.
- A screen's code is taken once of each person; who needs longer has the ticket it was exchanged for.
- A ticket is sealed with the hub's key, and names person and device: another's is worth nothing.
"""

import base64
import binascii
import datetime as dt
from typing import Final

from tympan_hub.domain.errors import BadInput, NotAllowed
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId
from tympan_hub.domain.limits.attempts import ATTEMPTS_WINDOW
from tympan_hub.domain.limits.proximity import PROOF_CHARS, PROOFS_OF_PERSON, TICKET
from tympan_hub.domain.people import Person
from tympan_hub.domain.proximity import (
    SUFFICES,
    Proximity,
    Ticket,
    is_same,
    shown_in,
    ticket_from,
    ticket_text,
)
from tympan_hub.domain.release_points import ReleasePoint, sealed_about
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.attempts import count
from tympan_hub.service.guesses import limits_of, part_of

_MARK: Final = "t."
_WRONG: Final = "wrong proofs of standing at a device"
_MORE: Final = {
    Proximity.NONE: "",
    Proximity.STATIC: "Scan the code on the device, or type it.",
    Proximity.ROTATING: "Scan the code on the screen beside the device, or type it.",
    Proximity.NEAR: "Join the network of the device with your phone, and show that you are there.",
}


class Proofs:
    """What somebody shows at a device, and what it is worth."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def check(self, by: Person, point: ReleasePoint, wanted: Proximity, shown: str) -> None:
        """Whether what a person shows does for what is wanted.

        Raises:
            NotAllowed: It proves nothing, or too little, or was used before.
            TooMany: Too many wrong ones lately.
        """
        if wanted is Proximity.NONE:
            return
        if not shown:
            raise NotAllowed("nothing shows that you stand at the device", next_step=_MORE[wanted])
        ticket = await self.ticket(by, point, shown)
        if not ticket.admits(by.id, point.printer, wanted, self._clock.now()):
            raise NotAllowed("this code does not show that you stand at the device now", next_step=_MORE[wanted])

    def holds(self, by: Person, point: ReleasePoint, ticket: str) -> bool:
        """Whether a text is a ticket that is good for this person and device now."""
        held = opened_ticket(self._secrets, point.tenant, ticket)
        return held is not None and held.admits(by.id, point.printer, held.how, self._clock.now())

    async def prove(self, by: Person, point: ReleasePoint, shown: str, source: str = "") -> str:
        """A ticket for a proof, as text; raises as `check`."""
        return sealed_ticket(self._secrets, point.tenant, await self.ticket(by, point, shown, source))

    async def ticket(self, by: Person, point: ReleasePoint, shown: str, source: str = "") -> Ticket:
        """What a proof shows; one ticket is never exchanged for a longer one. Raises as `check`."""
        now = self._clock.now()
        held = opened_ticket(self._secrets, point.tenant, shown)
        if held is not None and held.admits(by.id, point.printer, held.how, now):
            return held
        if held is not None:
            raise NotAllowed("the proof that you stand at the device has ended", next_step="Scan the code again.")
        tried = limits_of(point.tenant, source, {f"proofs {by.id}": PROOFS_OF_PERSON})
        async with self._units.writing(part_of(point.tenant)) as unit:
            await count(unit, tried, now, _WRONG, add=False)
            how = await self._how(unit, by.id, point, shown, now)
            if how is None:
                await count(unit, tried, now, _WRONG)
        if how is None:
            raise NotAllowed("this is not the code of the device", next_step="Look at the device again, and repeat.")
        return Ticket(person=by.id, point=point.printer, how=how, until=now + TICKET)

    async def _how(
        self, unit: Unit, person: PersonId, point: ReleasePoint, shown: str, now: dt.datetime
    ) -> Proximity | None:
        secret = self._secrets.unseal(point.secret, sealed_about(point.tenant, point.printer))
        step = shown_in(secret, shown, now)
        if step is None:
            return Proximity.STATIC if is_same(point.code, shown) else None
        used = f"screen {point.tenant} {point.printer} {person} {step}"
        if await unit.attempts.times(SERVICE, used, now - ATTEMPTS_WINDOW):
            raise NotAllowed("you used this code of the screen before", next_step="Wait for the next one.")
        await unit.attempts.add(SERVICE, used, now)
        return Proximity.ROTATING


def check_wanted(wanted: Proximity, how: Proximity) -> None:
    """Raises ``NotAllowed`` when what was proved does not do for what is wanted."""
    if how not in SUFFICES[wanted]:
        raise NotAllowed("nothing shows that you stand at the device", next_step=_MORE[wanted])


def strongest(wanted: set[Proximity]) -> Proximity:
    """The one of several that fewest proofs do for."""
    return min(wanted, key=lambda each: len(SUFFICES[each]), default=Proximity.NONE)


def sealed_ticket(secrets: Secrets, tenant: TenantId, ticket: Ticket) -> str:
    """A ticket to be given away."""
    return _MARK + base64.urlsafe_b64encode(secrets.seal(ticket_text(ticket), _about(tenant))).decode().rstrip("=")


def opened_ticket(secrets: Secrets, tenant: TenantId, text: str) -> Ticket | None:
    """A ticket of this hub for this tenant; None for everything else."""
    if not text.startswith(_MARK) or len(text) > PROOF_CHARS:
        return None
    try:
        sealed = base64.b64decode(text[len(_MARK) :] + "==", altchars=b"-_", validate=False)
        return ticket_from(secrets.unseal(sealed, _about(tenant)))
    except (BadInput, binascii.Error, ValueError, UnicodeEncodeError):
        return None


def _about(tenant: TenantId) -> str:
    return f"release ticket {tenant}"
