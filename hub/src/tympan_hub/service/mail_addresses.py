"""Addresses to which people send what shall be printed: one each, made, aimed and revoked by themselves.

- One is made where the hub has a mail door and policy has it on (``mobility.mail``); its secret is shown that once.
- A new one is in place of the old one, to which nothing comes any more.
"""

import uuid

from tympan_hub.domain.errors import NotAllowed, NotFound
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.ids import SERVICE, MailAddressId, PrinterId, TenantId, hash_of
from tympan_hub.domain.mail_addresses import SHOWN_CHARS, MailAddress, MailPlace, new_mail_secret
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.policy import MOBILITY_MAIL, is_on
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.standing import require_still
from tympan_hub.service.usable import seen


class MailAddressService:
    """Addresses of people.

    Args:
        units: Of work.
        clock: The time.
        place: For which letters the hub is there; None for a hub without a mail door.
    """

    def __init__(self, units: Units, clock: Clock, place: MailPlace | None) -> None:
        self._units = units
        self._clock = clock
        self._place = place

    async def is_open(self, tenant: TenantId) -> bool:
        """Whether people of a tenant may have what they send by e-mail printed."""
        async with self._units.reading() as unit:
            return self._place is not None and await mail_on(unit, tenant)

    def label(self, address: MailAddress) -> str:
        """An address as far as it is shown again."""
        return self._place.address(f"{address.shown}…") if self._place else f"{address.shown}…"

    async def mine(self, tenant: TenantId, by: Person) -> MailAddress | None:
        """One's own; without its secret, which was shown once."""
        _check(tenant, by)
        async with self._units.reading() as unit:
            return await unit.mail_addresses.get(tenant, by.id)

    async def make(self, tenant: TenantId, by: Person, printer: PrinterId, wishes: Wishes) -> tuple[str, MailAddress]:
        """Makes one in place of what they had; the first of the answer is shown this once and never again.

        Raises:
            NotAllowed: The hub has no mail door, or policy has it off.
            NotFound: They have no such printer.
        """
        _check(tenant, by)
        if self._place is None:
            raise _closed()
        secret, now = new_mail_secret(), self._clock.now()
        made = MailAddress(
            id=MailAddressId(uuid.uuid4()),
            tenant=tenant,
            person=by.id,
            hash=hash_of(secret),
            shown=secret[:SHOWN_CHARS],
            printer=printer,
            wishes=wishes,
            made_at=now,
        )
        async with self._units.writing() as unit:
            await require_still(unit, tenant, by.actor, Act.SEE_OWN_JOBS)
            if not await mail_on(unit, tenant):
                raise _closed()
            await seen(unit, tenant, by.actor, printer)
            await unit.mail_addresses.put(tenant, made)
            await record(unit, tenant, by.actor, "mail-address.make", made.shown, f"for {printer}", at=now)
        return self._place.address(secret), made

    async def aim(self, tenant: TenantId, by: Person, printer: PrinterId, wishes: Wishes) -> MailAddress:
        """Says where and how what comes to it is printed; raises ``NotFound`` for no such address or printer."""
        _check(tenant, by)
        async with self._units.writing() as unit:
            known = await unit.mail_addresses.get(tenant, by.id)
            if known is None:
                raise NotFound("you have no address to print by e-mail", next_step="Make one.")
            await seen(unit, tenant, by.actor, printer)
            aimed = known.aimed(printer, wishes)
            if aimed != known:
                await unit.mail_addresses.put(tenant, aimed)
                detail = f"for {printer}"
                await record(unit, tenant, by.actor, "mail-address.change", aimed.shown, detail, at=self._clock.now())
        return aimed

    async def revoke(self, tenant: TenantId, by: Person) -> None:
        """Ends one's own: no letter to it is taken from now on; raises ``NotFound`` for none."""
        _check(tenant, by)
        async with self._units.writing() as unit:
            known = await unit.mail_addresses.get(tenant, by.id)
            if known is None:
                raise NotFound("you have no address to print by e-mail")
            await unit.mail_addresses.remove(tenant, by.id)
            await record(unit, tenant, by.actor, "mail-address.revoke", known.shown, at=self._clock.now())


async def mail_on(unit: Unit, tenant: TenantId) -> bool:
    """Whether policy lets people of a tenant print by e-mail."""
    return is_on(await unit.policies.current(SERVICE), await unit.policies.current(tenant), MOBILITY_MAIL)


def _check(tenant: TenantId, by: Person) -> None:
    by.actor.require(Act.SEE_OWN_JOBS, tenant)
    if by.tenant != tenant:
        raise NotAllowed("such an address is a person's, where they belong", next_step="Sign in as one of them.")


def _closed() -> NotAllowed:
    return NotAllowed("printing by e-mail is switched off", next_step="Ask an administrator.")
