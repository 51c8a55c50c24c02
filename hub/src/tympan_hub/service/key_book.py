"""The key book as agents follow it, and as administrators read it and confirm a changed key."""

from attrs import frozen

from tympan_hub.domain.errors import Changed, NotFound, SoAlready
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.key_book import KeyEntry, KeyEvent
from tympan_hub.domain.limits.keys import ENTRIES_AT_ONCE, ENTRY_NUMBER_MOST, WAITING_SHOWN
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.wakes import LookAtKeys
from tympan_hub.ports import Bearer, Clock, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.key_entries import add_entry, digest, told
from tympan_hub.service.known import welcome_agent
from tympan_hub.service.new_readers import NewReaders
from tympan_wire.hub import Keys, KeysRequest
from tympan_wire.key_proofs import fingerprint


@frozen(kw_only=True)
class KeyEntryShown:
    """An entry, with what people compare.

    Attributes:
        entry: It.
        digest: By which the next one names it.
        fingerprint: Of the key for envelopes; "" where there is none.
    """

    entry: KeyEntry
    digest: str
    fingerprint: str


class KeyBookService:
    """Key books of tenants."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, readers: NewReaders) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._readers = readers

    async def of(self, bearer: Bearer, request: KeysRequest) -> Keys:
        """Entries behind a number, for an agent that follows its tenant's book."""
        async with self._units.reading() as unit:
            await welcome_agent(unit, bearer.tenant, bearer.agent)
            after = min(max(request.after, 0), ENTRY_NUMBER_MOST)
            entries = await unit.key_book.following(bearer.tenant, after, ENTRIES_AT_ONCE)
            newest = await unit.key_book.newest(bearer.tenant)
        return Keys(entries=tuple(map(told, entries)), newest=newest.number if newest else 0)

    async def older(self, tenant: TenantId, by: Actor, before: int | None, limit: int) -> tuple[KeyEntryShown, ...]:
        """Entries before a number, the newest first; from the newest one on before None."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return tuple(map(_shown, await unit.key_book.older(tenant, before, limit)))

    async def waiting(self, tenant: TenantId, by: Actor) -> tuple[KeyEntryShown, ...]:
        """The newest entries of agents whose key waits for an administrator; the first some of them."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return tuple(map(_shown, await unit.key_book.waiting(tenant, WAITING_SHOWN)))

    async def confirm(self, tenant: TenantId, by: Actor, agent: AgentId, seen: str) -> None:
        """Says that the newest key of an agent is its own: from now on others give it the keys of documents.

        Args:
            tenant: Whose agent.
            by: Who says so.
            agent: Which.
            seen: Fingerprint of the key that was compared.

        Raises:
            NotFound: There is no such agent, or it was revoked.
            Changed: It has another key by now.
            SoAlready: Nothing waits.
        """
        by.require(Act.MANAGE_AGENTS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await welcome_agent(unit, tenant, agent)
            newest = await unit.key_book.of_agent(tenant, agent)
            if newest is None:
                raise NotFound("there is no key of this agent")
            if fingerprint(newest.recipient) != seen:
                raise Changed("the agent has another key by now", next_step="Compare the new one, then confirm it.")
            if not newest.waits:
                raise SoAlready(f"the key of {known.name} does not wait to be confirmed")
            await add_entry(unit, tenant, KeyEvent.CONFIRMED, known, proof=newest.proof, by=by.label, at=now)
            await unit.agents.trust(tenant, agent, True)
            await record(unit, tenant, by, "agent.confirm-key", agent, f"{known.name}, {seen[:16]}", at=now)
        self._readers.keyed(tenant)
        await self._wakeups.send(tenant, LookAtKeys())


def _shown(entry: KeyEntry) -> KeyEntryShown:
    key = fingerprint(entry.recipient) if entry.recipient else ""
    return KeyEntryShown(entry=entry, digest=digest(entry), fingerprint=key)
