"""People, their roles and what each role may do.

- A role's acts stand in one table; every service asks it first.
- A tenant's people act in their tenant alone. The service owner acts in every tenant, but sees no job of any.
"""

import datetime as dt
import re
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, NeedsPassword, NotAllowed
from tympan_hub.domain.ids import SERVICE, GroupId, PersonId, TenantId
from tympan_hub.domain.limits.pages import PAGE, WORDS_MOST
from tympan_hub.domain.limits.people import PASSWORD_CHARS, PASSWORD_CHARS_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.sessions import OpenSession
from tympan_hub.domain.text import is_name


class Role(StrEnum):
    """What a person is to the hub."""

    OWNER = "service-owner"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    USER = "user"


class Act(StrEnum):
    """What a role may do."""

    MANAGE_TENANTS = "manage-tenants"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_PROVIDERS = "manage-providers"
    MANAGE_AGENTS = "manage-agents"
    SEE_AGENTS = "see-agents"
    MANAGE_PRINTERS = "manage-printers"
    SEE_PRINTERS = "see-printers"
    SEE_ALL_PRINTERS = "see-all-printers"
    SWITCH_POLICY = "switch-policy"
    SEE_POLICY = "see-policy"
    INSTALL_PRINTERS = "install-printers"
    SEE_OWN_JOBS = "see-own-jobs"
    SEE_ALL_JOBS = "see-all-jobs"
    CANCEL_ALL_JOBS = "cancel-all-jobs"
    SEE_AUDIT = "see-audit"
    SIGN_IN_AT_AGENTS = "sign-in-at-agents"
    USE_API = "use-api"
    MANAGE_WEBHOOKS = "manage-webhooks"
    SEE_SCANS = "see-scans"
    ORDER_SCANS = "order-scans"


_USER = frozenset({Act.SEE_PRINTERS, Act.INSTALL_PRINTERS, Act.SEE_OWN_JOBS, Act.SIGN_IN_AT_AGENTS, Act.USE_API})
_OPERATOR = _USER | {Act.SEE_ALL_JOBS, Act.CANCEL_ALL_JOBS, Act.SEE_AGENTS, Act.SEE_ALL_PRINTERS, Act.SEE_SCANS}
_ADMINISTRATOR = _OPERATOR | {
    Act.MANAGE_PEOPLE,
    Act.MANAGE_PROVIDERS,
    Act.MANAGE_AGENTS,
    Act.MANAGE_PRINTERS,
    Act.MANAGE_WEBHOOKS,
    Act.ORDER_SCANS,
    Act.SWITCH_POLICY,
    Act.SEE_POLICY,
    Act.SEE_AUDIT,
}
_OWNER = frozenset(
    {
        Act.USE_API,
        Act.MANAGE_TENANTS,
        Act.MANAGE_PEOPLE,
        Act.MANAGE_PROVIDERS,
        Act.MANAGE_AGENTS,
        Act.SEE_AGENTS,
        Act.SWITCH_POLICY,
        Act.SEE_POLICY,
        Act.SEE_AUDIT,
    }
)
ACTS = {Role.OWNER: _OWNER, Role.ADMINISTRATOR: _ADMINISTRATOR, Role.OPERATOR: _OPERATOR, Role.USER: _USER}
"""The one table of what each role may do."""


@frozen(kw_only=True)
class Actor:
    """Who does something: for permission, and for the audit log.

    Attributes:
        label: As the log names them.
        tenant: Where they belong.
        role: What they may do.
        person: Who they are; None when it is no person.
        makes_administrators: Whether they may make and unmake who manages the tenant; a program only when its token
            says so.
        vouched: Whether a provider vouches for them now, so that they did not prove a password of their own.
    """

    label: str
    tenant: TenantId
    role: Role
    person: PersonId | None = None
    makes_administrators: bool = True
    vouched: bool = False

    def may(self, act: Act, tenant: TenantId) -> bool:
        """Whether they may do this in a tenant."""
        at_home = self.tenant == tenant or self.role is Role.OWNER
        return at_home and act in ACTS[self.role]

    def require(self, act: Act, tenant: TenantId) -> None:
        """Raises ``NotAllowed`` unless they may."""
        if not self.may(act, tenant):
            raise NotAllowed("your role does not allow this", next_step="Ask an administrator of your organisation.")

    def require_making(self, role: Role) -> None:
        """Raises ``NotAllowed`` for who must not make or unmake people of a role, nor touch how they sign in.

        That is a program about those who manage, for a stolen one could stay; and about service owners everybody who
        did not prove a password of their own, for a provider would decide then who runs the service.
        """
        if not self.makes_administrators and Act.MANAGE_PEOPLE in ACTS[role]:
            cause = "this token may not make or unmake administrators, nor touch how they sign in"
            raise NotAllowed(cause, next_step="Do it in the portal, or make a token that may.")
        if self.vouched and role is Role.OWNER:
            cause = "who is a service owner is decided by owners who signed in with a password"
            raise NeedsPassword(cause, next_step="Sign out, and sign in with your password here.")


CONSOLE = Actor(label="console", tenant=SERVICE, role=Role.OWNER)
"""Whoever runs ``tympan-hub`` on the hub's machine."""

HUB = Actor(label="hub", tenant=SERVICE, role=Role.OWNER)
"""The hub itself, where it acts without being asked."""


@frozen(kw_only=True)
class Person:
    """A person who may sign in.

    Attributes:
        id: Never used again for another.
        tenant: Whose they are; ``SERVICE`` for service owners.
        email: What they sign in with; lower case, unique in the tenant. What other tenants have is their business.
        name: For people.
        login: Their name at the computers they print from: tells which jobs are theirs; "" when none are.
        role: What they may do.
        created_at: When they were added.
        disabled_at: When they were locked out; None while they may sign in.
    """

    id: PersonId
    tenant: TenantId
    email: str
    name: str
    login: str = ""
    role: Role
    created_at: dt.datetime
    disabled_at: dt.datetime | None = None

    @property
    def actor(self) -> Actor:
        """This person as one who acts."""
        return Actor(label=self.email, tenant=self.tenant, role=self.role, person=self.id)


@frozen(kw_only=True)
class PersonFilter:
    """Which people of a tenant are wanted; what is not given is no condition.

    Attributes:
        text: Words, each of which stands in name, address or login, in whatever case.
        role: What they are.
        disabled: Whether they are locked out.
        group: In this group.
        outside: Not in this group.
        local: Whether they have a password here.
        first: So many of the first ones, by name, are passed over.
        limit: So many at most.
    """

    text: str = ""
    role: Role | None = None
    disabled: bool | None = None
    group: GroupId | None = None
    outside: GroupId | None = None
    local: bool | None = None
    first: int = 0
    limit: int = PAGE

    def beginning(self, first: int) -> "PersonFilter":
        """The same question, from another place in the list on."""
        return attrs.evolve(self, first=first)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text in the form they are looked for."""
        return tuple(dict.fromkeys(self.text.casefold().split()))[:WORDS_MOST]


@frozen(kw_only=True)
class Found:
    """Some of the people who were wanted, by name, and how many there are in all."""

    people: tuple[Person, ...]
    total: int


@frozen(kw_only=True)
class Session:
    """A signed-in person.

    Attributes:
        person: Who.
        csrf: The secret every form of this session carries.
        opened: Since when, from where.
        due_at: When the provider they came through is to be asked again; None for those who came with a password.
    """

    person: Person
    csrf: str
    opened: OpenSession
    due_at: dt.datetime | None = None

    @property
    def actor(self) -> Actor:
        """The person as one who acts in this session."""
        return attrs.evolve(self.person.actor, vouched=self.due_at is not None)

    @property
    def expires_at(self) -> dt.datetime:
        """When they must sign in again."""
        return self.opened.expires_at


def sought(person: Person) -> str:
    """The text in which words about a person are looked for, and by which people are listed."""
    return f"{person.name} {person.email} {person.login}".casefold()


NO_PASSWORD: Final = "-"
"""Kept in place of a password's hash for those who have none: they come in through a provider."""

_EMAIL = re.compile(r"[^\s@\"<>(),:;\\\[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*")


def email_address(text: str) -> str:
    """An address in the form it is kept in, or ``BadInput``."""
    address = text.strip().lower()
    encoded = "=?" in address  # the start of an encoded word (RFC 2047): mail programs read another address in it
    if len(address) > 254 or encoded or not _EMAIL.fullmatch(address) or not is_name(address, 254):
        raise BadInput(f"{text!r:.120} is no e-mail address", next_step="Give one such as ada@example.org.")
    return address


def check_password(password: str) -> None:
    """Raises ``BadInput`` for a password that is too short, or so long that hashing it is an attack."""
    if not PASSWORD_CHARS <= len(password) <= PASSWORD_CHARS_MOST:
        cause = f"a password has {PASSWORD_CHARS} to {PASSWORD_CHARS_MOST} characters"
        raise BadInput(cause, next_step="A few unrelated words make a good one.")


def check_person(name: str, role: Role, tenant: TenantId, login: str) -> None:
    """Raises ``BadInput`` for a name nobody has, or a role that does not exist where they are."""
    if not is_name(name, NAME_OCTETS) or (login and not is_name(login, NAME_OCTETS)):
        raise BadInput(f"a name has 1 to {NAME_OCTETS} octets and no control characters")
    if (role is Role.OWNER) != (tenant == SERVICE):
        raise BadInput(f"there are no people with the role {role.value} here", next_step="Choose another role.")
