"""Entries of the key book, added within the unit of work of what they tell of, so that neither is without the other."""

import base64
import datetime as dt

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.key_book import KeyEntry, KeyEvent
from tympan_hub.ports import Unit
from tympan_wire.hub import BEFORE_FIRST, entry_digest
from tympan_wire.hub import KeyEntry as Told
from tympan_wire.hub import KeyEvent as ToldEvent


async def add_entry(
    unit: Unit, tenant: TenantId, event: KeyEvent, agent: Agent, *, proof: bytes, by: str, at: dt.datetime
) -> KeyEntry:
    """Adds one of an agent as it is, to the end of a tenant's book."""
    last = await unit.key_book.newest(tenant)
    entry = KeyEntry(
        tenant=tenant,
        number=last.number + 1 if last else 1,
        at=at,
        event=event,
        agent=agent.id,
        name=agent.name,
        identity=agent.public_key,
        recipient=agent.recipient,
        proof=proof,
        by=by,
        before=digest(last) if last else BEFORE_FIRST,
    )
    await unit.key_book.add(tenant, entry)
    return entry


async def add_revoked(unit: Unit, tenant: TenantId, agent: Agent, *, by: str, at: dt.datetime) -> None:
    """Adds that an agent is shut out."""
    known = await unit.key_book.of_agent(tenant, agent.id)
    await add_entry(unit, tenant, KeyEvent.REVOKED, agent, proof=known.proof if known else b"", by=by, at=at)


def told(entry: KeyEntry) -> Told:
    """An entry as agents are told of it."""
    return Told(
        number=entry.number,
        at=entry.at,
        event=ToldEvent(entry.event.value),
        agent=entry.agent,
        name=entry.name,
        identity=_text(entry.identity),
        recipient=_text(entry.recipient),
        proof=_text(entry.proof),
        by=entry.by,
        before=entry.before,
    )


def digest(entry: KeyEntry) -> str:
    """What the next entry names this one by."""
    return entry_digest(told(entry))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
