"""Invitations: made by administrators, opened by whoever holds the link, used once.

- The hub keeps the hash of the link's secret; the link is told once, to who made it, and mailed where the hub can mail.
- The person, their groups and the end of the invitation are one unit of work: of two who open it at once one comes in.
- Nobody invites to more than they may give themselves; who leaves takes their open invitations with them.
"""

from collections.abc import Collection

from attrs import frozen

from tympan_hub.domain.errors import BadInput, Full, NotFound, SoAlready, Taken, TokenRefused
from tympan_hub.domain.groups import Source
from tympan_hub.domain.ids import (
    SERVICE,
    GroupId,
    InvitationId,
    PersonId,
    TenantId,
    hash_of,
    new_id,
    new_secret,
)
from tympan_hub.domain.invitations import Ending, Invitation
from tympan_hub.domain.limits.people import GROUPS_PER_PERSON, INVITATION, INVITATIONS, PEOPLE
from tympan_hub.domain.people import (
    Act,
    Actor,
    Person,
    Role,
    check_password,
    check_person,
    email_address,
)
from tympan_hub.domain.sessions import Visitor
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Mail, Passwords, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_tenant, known_group
from tympan_hub.service.second_factor import SecondFactorService
from tympan_hub.service.sessions import Entered, HalfEntered
from tympan_hub.service.standing import require_still


@frozen(kw_only=True)
class Opened:
    """An invitation as the invited person sees it."""

    invitation: Invitation
    tenant: str


class InvitationService:
    """Invitations."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        passwords: Passwords,
        wakeups: WakeUps,
        second_factor: SecondFactorService,
        mail: Mail | None,
    ) -> None:
        self._units = units
        self._clock = clock
        self._passwords = passwords
        self._wakeups = wakeups
        self._second_factor = second_factor
        self._mail = mail

    @property
    def mails(self) -> bool:
        """Whether the hub can mail."""
        return self._mail is not None

    async def make(
        self, tenant: TenantId, by: Actor, *, email: str, role: Role, groups: Collection[GroupId] = ()
    ) -> tuple[str, Invitation]:
        """Invites somebody; an open invitation to the same address ends.

        Returns:
            The link's secret, told this once, and the invitation.

        Raises:
            Conflict: They sign in here already, or too many are invited.
            NotFound: There is no such group.
        """
        by.require(Act.MANAGE_PEOPLE, tenant)
        by.require_making(role)
        address = email_address(email)
        check_person(address[:63], role, tenant, "")
        secret, now = new_secret(), self._clock.now()
        made = Invitation(
            id=InvitationId(new_id()),
            tenant=tenant,
            hash=hash_of(secret),
            email=address,
            role=role,
            groups=tuple(dict.fromkeys(groups)),
            made_by=by.label,
            maker=by.person,
            made_at=now,
            expires_at=now + INVITATION,
        )
        async with self._units.writing() as unit:
            await _check(unit, made)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            for other in await unit.invitations.all(tenant):
                if other.email == address and other.ending(now) is None:
                    by.require_making(other.role)
                    await unit.invitations.end(tenant, other.id, Ending.REVOKED, now)
            await unit.invitations.add(tenant, made)
            await record(unit, tenant, by, "invitation.make", address, role.value, at=now)
        return secret, made

    async def list(self, tenant: TenantId, by: Actor) -> tuple[Invitation, ...]:
        """Those made lately, the newest first; ended ones too."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            return await unit.invitations.all(tenant)

    async def revoke(self, tenant: TenantId, by: Actor, invitation: InvitationId) -> None:
        """Ends one that is open; raises ``Conflict`` for one that has ended."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await unit.invitations.get(tenant, invitation)
            if known is None:
                raise NotFound("there is no such invitation")
            if known.ending(now) is not None or not await unit.invitations.end(tenant, known.id, Ending.REVOKED, now):
                raise SoAlready("the invitation has ended already")
            by.require_making(known.role)
            await record(unit, tenant, by, "invitation.revoke", known.email, at=now)

    async def send(self, tenant: TenantId, by: Actor, invitation: Invitation, *, subject: str, text: str) -> None:
        """Mails an invitation to whom it invites; raises ``Unavailable`` when it cannot be mailed."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        if self._mail is None:
            raise BadInput("this hub does not mail", next_step="Hand the link over yourself.")
        await self._mail.send(invitation.email, subject, text)

    async def open(self, secret: str) -> Opened:
        """An invitation by its secret.

        Raises:
            TokenRefused: There is none; as ``InvitationEnded`` when it was used, was revoked, or is too old.
        """
        async with self._units.reading() as unit:
            known = await _by_secret(unit, secret)
            known.require_open(self._clock.now())
            home = await unit.tenants.get(known.tenant)
        return Opened(invitation=known, tenant=home.name if home and known.tenant != SERVICE else "")

    async def accept(self, secret: str, *, name: str, password: str, visitor: Visitor) -> Entered | HalfEntered:
        """Makes the invited person, who is signed in then, or has a second factor to set up first; raises as `open`."""
        invited = (await self.open(secret)).invitation
        login = invited.email.partition("@")[0]
        check_person(name, invited.role, invited.tenant, login)
        check_password(password)
        kept, now = await self._passwords.hash(password), self._clock.now()
        person = Person(
            id=PersonId(new_id()),
            tenant=invited.tenant,
            email=invited.email,
            name=name,
            login=login,
            role=invited.role,
            created_at=now,
        )
        async with self._units.writing() as unit:
            invitation = await _by_secret(unit, secret)
            invitation.require_open(now)
            await unit.invitations.end(person.tenant, invitation.id, Ending.USED, now)
            await unit.people.add(person.tenant, person, kept)
            await _join(unit, person, invitation.groups)
            detail = f"{person.role.value}, invited by {invitation.made_by}"
            await record(unit, person.tenant, person.actor, "invitation.accept", person.email, detail, at=now)
            entered = await self._second_factor.enter(unit, person, visitor)
        await self._wakeups.send(person.tenant, LookAgain())
        return entered


async def _check(unit: Unit, made: Invitation) -> None:
    if made.tenant != SERVICE:
        await check_tenant(unit, made.tenant)
    if await unit.people.by_email(made.tenant, made.email) is not None:
        raise Taken(f"{made.email} signs in here already", next_step="Give another address.")
    if await unit.invitations.count(made.tenant) >= INVITATIONS:
        raise Full(f"{INVITATIONS} invitations were made lately", next_step="Wait for the oldest to be forgotten.")
    if await unit.people.count(made.tenant) >= PEOPLE:
        raise Full(f"there are {PEOPLE} people already")
    if len(made.groups) > GROUPS_PER_PERSON:
        raise BadInput(f"a person is in at most {GROUPS_PER_PERSON} groups")
    for group in made.groups:
        known = await known_group(unit, made.tenant, group)
        if known.source is not Source.LOCAL:
            raise BadInput(f"the provider says who is in {known.name}", next_step="Leave the group out.")


async def _join(unit: Unit, person: Person, groups: Collection[GroupId]) -> None:
    """Puts a new person into the groups that are still there."""
    for group in groups:
        known = await unit.groups.get(person.tenant, group)
        if known is not None and known.source is Source.LOCAL:
            await unit.groups.join(person.tenant, group, person.id)


async def _by_secret(unit: Unit, secret: str) -> Invitation:
    hashed = hash_of(secret)
    tenant = await unit.directory.of_invitation(hashed)
    known = None if tenant is None else await unit.invitations.by_hash(tenant, hashed)
    if known is None:
        raise TokenRefused("this is no invitation", next_step="Look at the link again, or ask for a new one.")
    return known
