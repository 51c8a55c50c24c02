"""Storage: one repository a noun, reached through a unit of work.

- Every method of a repository takes the tenant first, without default. Rows of another tenant do not exist for it.
- A value that names its tenant is only ever kept under that one.
- ``Directory`` alone knows all tenants, and tells nothing but whose something is.
- Reading units see one moment; writing units of a tenant come one after the other, and all of one is kept or nothing.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from tympan_hub.domain.agents import Agent, EnrolmentToken, KeyInUse, SelfReport, Touched
from tympan_hub.domain.api_tokens import ApiToken
from tympan_hub.domain.arrivals import Identity, Vouched
from tympan_hub.domain.assignment import Audience
from tympan_hub.domain.audit import Entry
from tympan_hub.domain.commands import Command
from tympan_hub.domain.device_codes import DeviceCode
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import (
    AgentId,
    ApiTokenId,
    CapabilityKey,
    CommandId,
    DeliveryId,
    GroupId,
    InvitationId,
    JobId,
    PersonId,
    PrinterId,
    ProcessId,
    ProviderId,
    SignInId,
    TenantId,
    TokenHash,
    WebhookId,
)
from tympan_hub.domain.invitations import Ending, Invitation
from tympan_hub.domain.jobs import Job, JobFilter, Owner
from tympan_hub.domain.keeping import Keeping
from tympan_hub.domain.people import Person, PersonFilter, Session
from tympan_hub.domain.policy import AgentPolicy, Edition
from tympan_hub.domain.printers import DeviceSeen, Look, Printer, PrinterName, QueueSeen
from tympan_hub.domain.providers import Provider
from tympan_hub.domain.repeats import Repeat
from tympan_hub.domain.second_factor import HalfSignedIn, SecondFactor
from tympan_hub.domain.sessions import OpenSession
from tympan_hub.domain.sign_ins import Present, SignIn
from tympan_hub.domain.tenants import Tenant
from tympan_hub.domain.usage import By, Counted, UsageFilter, UsageRow
from tympan_hub.domain.webhooks import Backlog, Delivery, Webhook


class Directory(Protocol):
    """Whose something is: asked before a tenant is known, and answered with nothing but the tenant."""

    async def tenants(self) -> tuple[Tenant, ...]:
        """All tenants by name; the service itself is none."""
        ...

    async def of_email(self, email: str) -> TenantId | None:
        """Whose person signs in with this address."""
        ...

    async def of_session(self, session: TokenHash) -> TenantId | None:
        """Whose person's session it is."""
        ...

    async def with_webhooks(self) -> tuple[TenantId, ...]:
        """Who has a webhook that is not switched off."""
        ...

    async def of_domain(self, domain: str) -> TenantId | None:
        """Whose provider people of this e-mail domain are shown."""
        ...

    async def of_api_token(self, hashed: TokenHash) -> TenantId | None:
        """Whose token of the API it is."""
        ...

    async def of_half_sign_in(self, half: TokenHash) -> TenantId | None:
        """Whose person is half signed in with it."""
        ...

    async def of_invitation(self, hashed: TokenHash) -> TenantId | None:
        """Whose invitation it is."""
        ...

    async def of_enrolment(self, token: TokenHash) -> TenantId | None:
        """Whose agent the token makes."""
        ...

    async def of_agent(self, agent: AgentId) -> TenantId | None:
        """Whose agent it is."""
        ...

    async def of_device_code(self, code: TokenHash) -> TenantId | None:
        """Whose device code it is."""
        ...

    async def of_user_code(self, user_code: str) -> TenantId | None:
        """Whose device code has this short code."""
        ...


class Tenants(Protocol):
    """The tenants."""

    async def add(self, tenant: TenantId, name: str, created_at: dt.datetime) -> None:
        """Makes one."""
        ...

    async def get(self, tenant: TenantId) -> Tenant | None:
        """One."""
        ...


class People(Protocol):
    """People of a tenant."""

    async def add(self, tenant: TenantId, person: Person, password: str) -> None:
        """Adds one, with the hash of the password; raises ``Conflict`` when the address is taken."""
        ...

    async def get(self, tenant: TenantId, person: PersonId) -> Person | None:
        """One."""
        ...

    async def by_email(self, tenant: TenantId, email: str) -> Person | None:
        """The one who signs in with this address."""
        ...

    async def by_login(self, tenant: TenantId, login: str) -> Person | None:
        """The one whose name at computers this is; None when several have it."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Person, ...]:
        """All, by name."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many."""
        ...

    async def find(self, tenant: TenantId, wanted: PersonFilter) -> tuple[Person, ...]:
        """Those wanted, by name."""
        ...

    async def tally(self, tenant: TenantId, wanted: PersonFilter) -> int:
        """How many are wanted, whatever the limit."""
        ...

    async def password(self, tenant: TenantId, person: PersonId) -> str | None:
        """The hash of the password."""
        ...

    async def set_password(self, tenant: TenantId, person: PersonId, password: str) -> bool:
        """Replaces the hash; tells whether there is such a person."""
        ...

    async def change(self, tenant: TenantId, person: Person) -> bool:
        """Replaces name, login and role of the one of that id; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """Removes one with all that is theirs alone; tells whether there was one."""
        ...

    async def set_disabled(self, tenant: TenantId, person: PersonId, at: dt.datetime | None) -> bool:
        """Locks one out, or lets one in again; tells whether there is such a person."""
        ...


class Groups(Protocol):
    """Groups of people."""

    async def add(self, tenant: TenantId, group: Group) -> None:
        """Adds one; raises ``Conflict`` when id or name is taken."""
        ...

    async def get(self, tenant: TenantId, group: GroupId) -> Group | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Group, ...]:
        """All, by name."""
        ...

    async def sizes(self, tenant: TenantId) -> Mapping[GroupId, int]:
        """How many people are in each; those with nobody are left out."""
        ...

    async def rename(self, tenant: TenantId, group: GroupId, name: str) -> bool:
        """Gives another name; tells whether there is such a group. Raises ``Conflict`` when the name is taken."""
        ...

    async def remove(self, tenant: TenantId, group: GroupId) -> bool:
        """Removes one, and nobody with it; tells whether there was one."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Group, ...]:
        """The groups a person is in, by name."""
        ...

    async def of_people(self, tenant: TenantId, people: Collection[PersonId]) -> Mapping[PersonId, tuple[GroupId, ...]]:
        """The groups of some people; those in none are left out."""
        ...

    async def memberships(self, tenant: TenantId) -> Mapping[PersonId, tuple[GroupId, ...]]:
        """The groups of everybody who is in one."""
        ...

    async def join(self, tenant: TenantId, group: GroupId, person: PersonId) -> bool:
        """Puts a person in; False when they were in. Group and person must be there."""
        ...

    async def leave(self, tenant: TenantId, group: GroupId, person: PersonId) -> bool:
        """Takes a person out; False when they were not in."""
        ...


class Sessions(Protocol):
    """Signed-in people."""

    async def add(self, tenant: TenantId, session: TokenHash, person: PersonId, csrf: str, opened: OpenSession) -> None:
        """Begins one."""
        ...

    async def get(self, tenant: TenantId, session: TokenHash) -> Session | None:
        """One, with its person."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[OpenSession, ...]:
        """Those of a person, the one used last first."""
        ...

    async def saw(self, tenant: TenantId, session: TokenHash, at: dt.datetime) -> None:
        """It was used."""
        ...

    async def end(self, tenant: TenantId, person: PersonId, session_id: str) -> bool:
        """Ends a person's own, named by its id; tells whether there was one."""
        ...

    async def remove(self, tenant: TenantId, session: TokenHash) -> None:
        """Ends one."""
        ...

    async def remove_all(self, tenant: TenantId, person: PersonId) -> None:
        """Ends all of a person."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime, unused_since: dt.datetime) -> None:
        """Forgets those that ended earlier, or were last used earlier."""
        ...


class Providers(Protocol):
    """OpenID providers of a tenant, or of the service."""

    async def add(self, tenant: TenantId, provider: Provider, secret: bytes) -> None:
        """Adds one, with its sealed client secret; raises ``Conflict`` when issuer or a domain is taken."""
        ...

    async def get(self, tenant: TenantId, provider: ProviderId) -> Provider | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Provider, ...]:
        """All, by name."""
        ...

    async def secret(self, tenant: TenantId, provider: ProviderId) -> bytes | None:
        """The sealed client secret."""
        ...

    async def change(self, tenant: TenantId, provider: Provider) -> bool:
        """Replaces the one of that id; tells whether there is one. Raises ``Conflict`` as `add`."""
        ...

    async def set_secret(self, tenant: TenantId, provider: ProviderId, secret: bytes) -> bool:
        """Replaces the sealed client secret; tells whether there is such a provider."""
        ...

    async def remove(self, tenant: TenantId, provider: ProviderId) -> bool:
        """Removes one; tells whether there was one. People stay."""
        ...


class Identities(Protocol):
    """People as providers know them."""

    async def get(self, tenant: TenantId, issuer: str, subject: str) -> Identity | None:
        """One."""
        ...

    async def put(self, tenant: TenantId, identity: Identity) -> None:
        """Keeps one, in place of what was kept; the person must be there."""
        ...


class Vouchings(Protocol):
    """Sessions that providers vouch for; each goes with its session."""

    async def add(self, tenant: TenantId, vouched: Vouched) -> None:
        """Keeps one; the session must be there."""
        ...

    async def get(self, tenant: TenantId, session: TokenHash) -> Vouched | None:
        """One."""
        ...

    async def take(self, tenant: TenantId, vouched: Vouched, due_at: dt.datetime) -> bool:
        """Puts off the time to ask again; False when somebody else did so meanwhile and asks."""
        ...

    async def keep(self, tenant: TenantId, vouched: Vouched) -> bool:
        """Keeps tokens and times; False when the session ended meanwhile."""
        ...

    async def end(self, tenant: TenantId, whose: TenantId, provider: ProviderId) -> int:
        """Ends every session a provider vouches for; returns how many."""
        ...


class Departures(Protocol):
    """States of sign-ins at providers that somebody came back with."""

    async def spend(self, tenant: TenantId, state: TokenHash, until: dt.datetime) -> bool:
        """Accepts a state once; False when it was accepted before."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class SecondFactors(Protocol):
    """Second factors of people."""

    async def get(self, tenant: TenantId, person: PersonId) -> SecondFactor | None:
        """A person's."""
        ...

    async def put(self, tenant: TenantId, factor: SecondFactor) -> None:
        """Keeps one, in place of what was kept of it."""
        ...

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """Removes a person's with its recovery codes; tells whether there was one."""
        ...

    async def keep_codes(self, tenant: TenantId, person: PersonId, codes: Collection[TokenHash]) -> None:
        """Keeps these recovery codes, and no others."""
        ...

    async def spend_code(self, tenant: TenantId, person: PersonId, recovery: TokenHash) -> bool:
        """Uses a recovery code up; False when it is none."""
        ...

    async def codes_left(self, tenant: TenantId, person: PersonId) -> int:
        """How many recovery codes there are."""
        ...


class HalfSignIns(Protocol):
    """People who have proved their password, and not yet the second factor."""

    async def add(self, tenant: TenantId, half: HalfSignedIn) -> None:
        """One more."""
        ...

    async def get(self, tenant: TenantId, half: TokenHash) -> HalfSignedIn | None:
        """One, with their person."""
        ...

    async def remove(self, tenant: TenantId, half: TokenHash) -> bool:
        """Removes one; tells whether there was one."""
        ...

    async def remove_all(self, tenant: TenantId, person: PersonId) -> None:
        """Removes all of a person."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those who waited for too long."""
        ...


class Invitations(Protocol):
    """Invitations."""

    async def add(self, tenant: TenantId, invitation: Invitation) -> None:
        """One more."""
        ...

    async def get(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        """One."""
        ...

    async def by_hash(self, tenant: TenantId, invited: TokenHash) -> Invitation | None:
        """The one whose link has this secret."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Invitation, ...]:
        """All that are kept, the newest first."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many are kept."""
        ...

    async def end(self, tenant: TenantId, invitation: InvitationId, why: Ending, at: dt.datetime) -> bool:
        """Ends one; False when it is not known or had ended."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those whose time was over earlier."""
        ...


class Attempts(Protocol):
    """Failed sign-ins, counted by what was tried and from where; kept under ``SERVICE``."""

    async def times(self, tenant: TenantId, key: str, since: dt.datetime) -> tuple[dt.datetime, ...]:
        """When, oldest first."""
        ...

    async def add(self, tenant: TenantId, key: str, at: dt.datetime) -> None:
        """One more."""
        ...

    async def clear(self, tenant: TenantId, key: str) -> None:
        """All of a key are forgiven."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets earlier ones."""
        ...


class ApiTokens(Protocol):
    """Tokens of the API."""

    async def add(self, tenant: TenantId, token: ApiToken) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, token_id: ApiTokenId) -> ApiToken | None:
        """One."""
        ...

    async def by_hash(self, tenant: TenantId, hashed: TokenHash) -> ApiToken | None:
        """The one with this hash."""
        ...

    async def all(self, tenant: TenantId) -> tuple[ApiToken, ...]:
        """All, the newest first."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many are not revoked."""
        ...

    async def used(self, tenant: TenantId, token_id: ApiTokenId, at: dt.datetime) -> None:
        """One was used."""
        ...

    async def revoke(self, tenant: TenantId, token_id: ApiTokenId, at: dt.datetime) -> bool:
        """Ends one; False when there is none, or it was ended before."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended or were revoked earlier."""
        ...


class Webhooks(Protocol):
    """Webhooks of a tenant."""

    async def add(self, tenant: TenantId, webhook: Webhook) -> None:
        """Adds one."""
        ...

    async def get(self, tenant: TenantId, webhook_id: WebhookId) -> Webhook | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Webhook, ...]:
        """All, by name."""
        ...

    async def change(self, tenant: TenantId, webhook: Webhook) -> bool:
        """Replaces the one of that id; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, webhook_id: WebhookId) -> bool:
        """Removes one with its deliveries; tells whether there was one."""
        ...


class Deliveries(Protocol):
    """What is on its way to webhooks."""

    async def add(self, tenant: TenantId, deliveries: Collection[Delivery]) -> None:
        """Adds some; one of an id that is there already is not added."""
        ...

    async def get(self, tenant: TenantId, delivery_id: DeliveryId) -> Delivery | None:
        """One."""
        ...

    async def of(
        self, tenant: TenantId, webhook_id: WebhookId, after: Delivery | None, limit: int
    ) -> tuple[Delivery, ...]:
        """Those of a webhook, the newest first, after this one."""
        ...

    async def waiting(self, tenant: TenantId, webhook_id: WebhookId) -> int:
        """How many wait for a webhook."""
        ...

    async def backlog(self, tenant: TenantId) -> Backlog | None:
        """What waits for webhooks that are not switched off; None when nothing does."""
        ...

    async def lease(
        self, tenant: TenantId, holder: str, now: dt.datetime, until: dt.datetime, limit: int
    ) -> tuple[Delivery, ...]:
        """Gives some that are due to a holder alone, until then."""
        ...

    async def end(self, tenant: TenantId, delivery: Delivery, holder: str) -> bool:
        """Writes an attempt down and gives the lease back; False when another holds it meanwhile."""
        ...

    async def renew(self, tenant: TenantId, delivery: Delivery) -> bool:
        """Lets one that has ended wait again; tells whether there was one."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class Repeats(Protocol):
    """Answers kept for requests that are repeated under the same key, sealed with the token that asked."""

    async def get(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> Repeat | None:
        """What is kept under a key."""
        ...

    async def begin(self, tenant: TenantId, repeat: Repeat) -> bool:
        """Takes a key; False when it is taken."""
        ...

    async def end(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash, status: int, sealed: bytes) -> None:
        """Keeps the answer."""
        ...

    async def drop(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> None:
        """Gives a key back: nothing was done under it."""
        ...

    async def count(self, tenant: TenantId, token_id: ApiTokenId) -> int:
        """How many keys of a token are taken."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those begun earlier."""
        ...


class Enrolments(Protocol):
    """Enrolment tokens."""

    async def add(self, tenant: TenantId, token: EnrolmentToken) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, token: TokenHash) -> EnrolmentToken | None:
        """One."""
        ...

    async def use(self, tenant: TenantId, token: TokenHash, agent: AgentId) -> bool:
        """Gives it to an agent; False when it was used before."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class Agents(Protocol):
    """Enrolled agents."""

    async def add(self, tenant: TenantId, agent: Agent) -> None:
        """Adds one."""
        ...

    async def get(self, tenant: TenantId, agent: AgentId) -> Agent | None:
        """One, with what it told about itself."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Agent, ...]:
        """All, by name, with what each told."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many are not revoked."""
        ...

    async def heard_between(self, tenant: TenantId, since: dt.datetime, before: dt.datetime) -> tuple[Agent, ...]:
        """Those not revoked that were last heard of in this time."""
        ...

    async def rename(self, tenant: TenantId, agent: AgentId, name: str) -> bool:
        """Gives another name; tells whether there is such an agent."""
        ...

    async def revoke(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> bool:
        """Ends one; False when there is none, or it was ended before."""
        ...

    async def certify(self, tenant: TenantId, agent: AgentId, certificate: str) -> None:
        """Replaces its certificate."""
        ...

    async def saw(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> None:
        """It was here."""
        ...

    async def describe(self, tenant: TenantId, agent: AgentId, told: SelfReport) -> None:
        """Keeps what it tells about itself, unless what is kept is newer."""
        ...

    async def keys(self, tenant: TenantId) -> tuple[KeyInUse, ...]:
        """Capability keys of all agents that are not revoked."""
        ...


class Processes(Protocol):
    """Processes that serve; kept under the service, for each serves every tenant."""

    async def beat(self, tenant: TenantId, process: ProcessId, at: dt.datetime) -> bool:
        """A process lives; tells whether it was known already."""
        ...

    async def alive(self, tenant: TenantId, since: dt.datetime) -> tuple[ProcessId, ...]:
        """Those that said so since then."""
        ...

    async def silent(self, tenant: TenantId, before: dt.datetime) -> tuple[ProcessId, ...]:
        """Those that said so last before then."""
        ...

    async def forget(self, tenant: TenantId, processes: Collection[ProcessId]) -> None:
        """They are gone; what is connected to them is forgotten first."""
        ...


class Presences(Protocol):
    """Agents connected, and to which process."""

    async def add(self, tenant: TenantId, process: ProcessId, agents: Collection[AgentId]) -> None:
        """They are connected; said twice it means no more."""
        ...

    async def remove(self, tenant: TenantId, process: ProcessId, agents: Collection[AgentId]) -> None:
        """They are connected to this process no more."""
        ...

    async def all(self, tenant: TenantId, processes: Collection[ProcessId]) -> frozenset[AgentId]:
        """Who is connected to one of these."""
        ...

    async def any_of(
        self, tenant: TenantId, processes: Collection[ProcessId], agents: Collection[AgentId]
    ) -> frozenset[AgentId]:
        """Which of some agents are connected to one of these."""
        ...

    async def forget(self, tenant: TenantId, processes: Collection[ProcessId]) -> None:
        """Nobody is connected to these any more."""
        ...


class CapabilityUse(Protocol):
    """What agents have, run and use."""

    async def of_tenant(self, tenant: TenantId, capability: CapabilityKey, since: dt.datetime) -> Touched:
        """Of all agents of a tenant that are not revoked."""
        ...

    async def of_group(
        self, tenant: TenantId, group: GroupId, capability: CapabilityKey, since: dt.datetime
    ) -> Touched:
        """Of those agents that a group's policy reaches."""
        ...


class DeviceCodes(Protocol):
    """Codes by which people let machines in, or sign in at them."""

    async def add(self, tenant: TenantId, code: DeviceCode) -> None:
        """Keeps a new one; raises ``Conflict`` when its short code is taken."""
        ...

    async def get(self, tenant: TenantId, code: TokenHash) -> DeviceCode | None:
        """One."""
        ...

    async def by_user_code(self, tenant: TenantId, user_code: str) -> DeviceCode | None:
        """The one with this short code."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many."""
        ...

    async def change(self, tenant: TenantId, code: DeviceCode) -> bool:
        """Replaces when it was asked about and what was decided; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, code: TokenHash) -> None:
        """Forgets one."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class SignIns(Protocol):
    """People signed in at agents."""

    async def add(self, tenant: TenantId, sign_in: SignIn) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, sign_in: SignInId) -> SignIn | None:
        """One, also when it has ended."""
        ...

    async def present(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> tuple[Present, ...]:
        """Those at an agent that last and whose people are not locked out, by account."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId, at: dt.datetime) -> tuple[SignIn, ...]:
        """Those of a person that last, the latest first."""
        ...

    async def of_users(self, tenant: TenantId, agent: AgentId, users: Collection[str]) -> tuple[SignIn, ...]:
        """Those of accounts of an agent, ended ones too."""
        ...

    async def renew(self, tenant: TenantId, sign_in: SignIn) -> None:
        """Replaces tokens and times."""
        ...

    async def end(self, tenant: TenantId, sign_in: SignInId, at: dt.datetime) -> bool:
        """Ends one; False when it is not known or had ended."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended, or expired, earlier."""
        ...


class Assertions(Protocol):
    """Ids of assertions that were accepted."""

    async def spend(self, tenant: TenantId, agent: AgentId, assertion: str, until: dt.datetime) -> bool:
        """Accepts an id once; False when it was accepted before."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class Keepings(Protocol):
    """How long a tenant keeps its jobs."""

    async def get(self, tenant: TenantId) -> Keeping:
        """What it keeps; as for everybody when it never said."""
        ...

    async def put(self, tenant: TenantId, keeping: Keeping) -> None:
        """Keeps what it said, and the marks."""
        ...

    async def erase_jobs(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """Erases the oldest jobs created earlier, at most so many; tells how many."""
        ...

    async def erase_titles(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """Erases the titles of the oldest jobs created earlier that have one, at most so many; tells how many."""
        ...


class ReportIds(Protocol):
    """Ids of reports that were taken."""

    async def known(self, tenant: TenantId, agent: AgentId, ids: Collection[UUID]) -> frozenset[UUID]:
        """Which of these were taken before."""
        ...

    async def keep(self, tenant: TenantId, agent: AgentId, ids: Collection[UUID], at: dt.datetime) -> None:
        """These are taken now."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those taken earlier."""
        ...


class Printers(Protocol):
    """Printers, and how agents see their devices and queues."""

    async def add(self, tenant: TenantId, printer: Printer) -> None:
        """Adds one."""
        ...

    async def get(self, tenant: TenantId, printer: PrinterId) -> Printer | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Printer, ...]:
        """All, by name."""
        ...

    async def some(self, tenant: TenantId, printers: Collection[PrinterId]) -> tuple[Printer, ...]:
        """Those of these ids, by name."""
        ...

    async def names(self, tenant: TenantId) -> tuple[PrinterName, ...]:
        """All, by name, with what a list shows of them."""
        ...

    async def change(self, tenant: TenantId, printer: Printer) -> bool:
        """Replaces the one of that id, but for whom it is; tells whether there is one."""
        ...

    async def set_everybody(self, tenant: TenantId, printer: PrinterId, everybody: bool) -> bool:
        """Makes it everybody's, or theirs alone whom it was given to; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, printer: PrinterId) -> bool:
        """Removes one with all that was seen of it; tells whether there was one."""
        ...

    async def saw_device(self, tenant: TenantId, seen: DeviceSeen) -> None:
        """Keeps how an agent sees the device, unless what is kept is newer."""
        ...

    async def saw_queue(self, tenant: TenantId, seen: QueueSeen) -> None:
        """Keeps how an agent sees its queue, unless what is kept is newer."""
        ...

    async def queues_at(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[QueueSeen, ...]:
        """The queues some agents have."""
        ...

    async def looks(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[PrinterId, Look]:
        """How the devices of these printers are; one nobody saw is left out."""
        ...

    async def devices(self, tenant: TenantId, printer: PrinterId) -> tuple[DeviceSeen, ...]:
        """How agents see the device of a printer, the latest look first."""
        ...

    async def devices_at(
        self, tenant: TenantId, agent: AgentId, printers: Collection[PrinterId]
    ) -> tuple[DeviceSeen, ...]:
        """How one agent sees the devices of these printers."""
        ...

    async def queues(self, tenant: TenantId, printer: PrinterId) -> tuple[QueueSeen, ...]:
        """The queues agents have for a printer, the latest look first."""
        ...


class Assignments(Protocol):
    """Whom printers were given to."""

    async def people_of(self, tenant: TenantId, printer: PrinterId) -> tuple[Person, ...]:
        """The people one was given to, by name."""
        ...

    async def groups_of(self, tenant: TenantId, printer: PrinterId) -> tuple[Group, ...]:
        """The groups one was given to, by name."""
        ...

    async def naming(
        self, tenant: TenantId, people: Collection[PersonId], groups: Collection[GroupId]
    ) -> Mapping[PrinterId, Audience]:
        """Printers that were given to any of these people or groups, and to which of these alone."""
        ...

    async def give_person(self, tenant: TenantId, printer: PrinterId, person: PersonId) -> bool:
        """Gives one to a person; False when they had it. Printer and person must be there."""
        ...

    async def take_person(self, tenant: TenantId, printer: PrinterId, person: PersonId) -> bool:
        """Takes one from a person; False when they did not have it."""
        ...

    async def give_group(self, tenant: TenantId, printer: PrinterId, group: GroupId) -> bool:
        """Gives one to a group; False when it had it. Printer and group must be there."""
        ...

    async def take_group(self, tenant: TenantId, printer: PrinterId, group: GroupId) -> bool:
        """Takes one from a group; False when it did not have it."""
        ...


class Commands(Protocol):
    """Commands for agents."""

    async def add(self, tenant: TenantId, command: Command) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, command: CommandId) -> Command | None:
        """One."""
        ...

    async def waiting(self, tenant: TenantId, agent: AgentId) -> tuple[Command, ...]:
        """Those an agent may still do, oldest first."""
        ...

    async def about(self, tenant: TenantId, about: str, limit: int) -> tuple[Command, ...]:
        """The newest about a printer, job or address first."""
        ...

    async def at(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[Command, ...]:
        """Those of some agents, the newest first."""
        ...

    async def keep(self, tenant: TenantId, command: Command) -> bool:
        """Replaces the one of that id; tells whether there is one."""
        ...

    async def expire(self, tenant: TenantId, at: dt.datetime) -> None:
        """Gives up those whose time ran out."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class Jobs(Protocol):
    """Jobs as reported."""

    async def revisions(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, tuple[AgentId, int]]:
        """Who reports each of these, and the revision kept; those not known are left out."""
        ...

    async def counted(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Counted]:
        """What each of these has put into the sums; those that have put nothing are left out."""
        ...

    async def put(self, tenant: TenantId, jobs: Collection[Job], counted: Mapping[JobId, Counted]) -> None:
        """Keeps these and what each has put into the sums, unless what was kept is newer or another agent's."""
        ...

    async def get(self, tenant: TenantId, job: JobId) -> Job | None:
        """One, with its story."""
        ...

    async def find(self, tenant: TenantId, wanted: JobFilter, titles_of: Owner | None) -> tuple[Job, ...]:
        """Jobs without their stories, newest first, and one more than the limit when there are more.

        Text is looked for in the titles of ``titles_of``'s jobs alone; with None in all.
        """
        ...


class Usage(Protocol):
    """Sums of what was printed."""

    async def add(self, tenant: TenantId, counted: Collection[Counted]) -> None:
        """Adds these to the sums of their days and months; what is to be taken out is negative."""
        ...

    async def sums(self, tenant: TenantId, wanted: UsageFilter, by: By, limit: int) -> tuple[UsageRow, ...]:
        """A report: most impressions first, or by time where that is what is told apart."""
        ...

    async def forget(self, tenant: TenantId, days_before: dt.date, months_before: dt.date) -> None:
        """Forgets older sums."""
        ...


class Policies(Protocol):
    """Editions of the policy document of a tenant, or of the service."""

    async def current(self, tenant: TenantId) -> Edition | None:
        """The newest."""
        ...

    async def add(self, tenant: TenantId, edition: Edition) -> None:
        """Adds the next; raises ``Conflict`` when its number is taken."""
        ...

    async def editions(self, tenant: TenantId, before: int | None, limit: int) -> tuple[Edition, ...]:
        """The newest ones first, those with a smaller number than ``before``."""
        ...

    async def last_changes(self, tenant: TenantId) -> Mapping[CapabilityKey, Edition]:
        """The edition that last touched each key."""
        ...


class GroupPolicies(Protocol):
    """Editions of the policy documents of groups, each with numbers of its own."""

    async def current(self, tenant: TenantId, group: GroupId) -> Edition | None:
        """The newest."""
        ...

    async def add(self, tenant: TenantId, edition: Edition) -> None:
        """Adds the next of its group; raises ``Conflict`` when its number is taken."""
        ...

    async def editions(self, tenant: TenantId, group: GroupId, before: int | None, limit: int) -> tuple[Edition, ...]:
        """The newest ones first, those with a smaller number than ``before``."""
        ...

    async def last_changes(self, tenant: TenantId, group: GroupId) -> Mapping[CapabilityKey, Edition]:
        """The edition that last touched each key."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[str, Edition], ...]:
        """The newest one of each group that reaches an agent, with the group's name."""
        ...


class AgentPolicies(Protocol):
    """The documents that agents get for their groups."""

    async def get(self, tenant: TenantId, agent: AgentId) -> AgentPolicy | None:
        """The newest of an agent."""
        ...

    async def put(self, tenant: TenantId, policy: AgentPolicy) -> None:
        """Keeps the next of an agent; raises ``Conflict`` when the one kept is as new."""
        ...


class GroupAgents(Protocol):
    """Which agents are in which groups."""

    async def join(self, tenant: TenantId, group: GroupId, agent: AgentId) -> bool:
        """Puts an agent in; False when it was in. Group and agent must be there."""
        ...

    async def leave(self, tenant: TenantId, group: GroupId, agent: AgentId) -> bool:
        """Takes an agent out; False when it was not in."""
        ...

    async def of_group(self, tenant: TenantId, group: GroupId) -> tuple[AgentId, ...]:
        """The agents in a group."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[Group, ...]:
        """The groups an agent is in, by name."""
        ...


class AuditLog(Protocol):
    """The audit log of a tenant, or of the service."""

    async def last(self, tenant: TenantId) -> Entry | None:
        """The newest entry."""
        ...

    async def add(self, tenant: TenantId, entry: Entry) -> None:
        """Adds the next."""
        ...

    async def page(self, tenant: TenantId, before: int | None, limit: int, text: str) -> tuple[Entry, ...]:
        """Entries newest first, those with a smaller number than ``before``; with a text, those that mention it."""
        ...

    async def since(self, tenant: TenantId, number: int, limit: int) -> tuple[Entry, ...]:
        """Entries oldest first, from this number on."""
        ...


class Unit(Protocol):
    """A unit of work: all repositories within one transaction."""

    @property
    def directory(self) -> Directory:
        """Whose something is."""
        ...

    @property
    def tenants(self) -> Tenants:
        """The tenants."""
        ...

    @property
    def people(self) -> People:
        """People."""
        ...

    @property
    def groups(self) -> Groups:
        """Groups of people."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Signed-in people."""
        ...

    @property
    def providers(self) -> Providers:
        """OpenID providers."""
        ...

    @property
    def identities(self) -> Identities:
        """People as providers know them."""
        ...

    @property
    def vouchings(self) -> Vouchings:
        """Sessions that providers vouch for."""
        ...

    @property
    def departures(self) -> Departures:
        """States spent."""
        ...

    @property
    def second_factors(self) -> SecondFactors:
        """Second factors."""
        ...

    @property
    def half_sign_ins(self) -> HalfSignIns:
        """People who are half signed in."""
        ...

    @property
    def invitations(self) -> Invitations:
        """Invitations."""
        ...

    @property
    def attempts(self) -> Attempts:
        """Failed sign-ins."""
        ...

    @property
    def api_tokens(self) -> ApiTokens:
        """Tokens of the API."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Webhooks."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """What is on its way to webhooks."""
        ...

    @property
    def repeats(self) -> Repeats:
        """Answers kept for repetitions."""
        ...

    @property
    def enrolments(self) -> Enrolments:
        """Enrolment tokens."""
        ...

    @property
    def agents(self) -> Agents:
        """Agents."""
        ...

    @property
    def processes(self) -> Processes:
        """Processes that serve."""
        ...

    @property
    def presences(self) -> Presences:
        """Agents connected."""
        ...

    @property
    def device_codes(self) -> DeviceCodes:
        """Codes that people approve."""
        ...

    @property
    def sign_ins(self) -> SignIns:
        """People signed in at agents."""
        ...

    @property
    def assertions(self) -> Assertions:
        """Assertions spent."""
        ...

    @property
    def report_ids(self) -> ReportIds:
        """Reports taken."""
        ...

    @property
    def printers(self) -> Printers:
        """Printers."""
        ...

    @property
    def assignments(self) -> Assignments:
        """Whom printers were given to."""
        ...

    @property
    def commands(self) -> Commands:
        """Commands."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Jobs."""
        ...

    @property
    def usage(self) -> Usage:
        """Sums of what was printed."""
        ...

    @property
    def policies(self) -> Policies:
        """Policy documents."""
        ...

    @property
    def group_policies(self) -> GroupPolicies:
        """Policy documents of groups."""
        ...

    @property
    def agent_policies(self) -> AgentPolicies:
        """Policy documents of agents, from their groups."""
        ...

    @property
    def group_agents(self) -> GroupAgents:
        """Agents in groups."""
        ...

    @property
    def capability_use(self) -> CapabilityUse:
        """What agents have, run and use."""
        ...

    @property
    def keepings(self) -> Keepings:
        """How long jobs are kept."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit log."""
        ...


class Units(Protocol):
    """Opens units of work."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that changes nothing. Raises ``Unavailable`` when storage does not answer."""
        ...

    def writing(self, *parts: str) -> AbstractAsyncContextManager[Unit]:
        """A unit that is kept when its block ends well, and undone when it raises. Raises as `reading`.

        Units of one tenant come one after the other, so that what one reads still holds when it writes. One that
        neither reads nor writes anything but parts of the tenant, such as what one agent reports, names them: units of
        different parts may run beside each other. What several parts touch must be safe statement by statement.
        """
        ...
