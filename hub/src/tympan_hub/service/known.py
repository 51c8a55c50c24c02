"""Things of a tenant that must be there: had by their id, or ``NotFound``.

- What belongs to another tenant looks the same as what is not there.
- An agent that was revoked is still known; where one is asked to do something, or put somewhere, it is `welcome_agent`
  that is meant, for which a revoked one is gone.
"""

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.errors import Changed, NotFound
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, GroupId, PersonId, PrinterId, ProviderId, TenantId, WebhookId
from tympan_hub.domain.people import Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.providers import Provider
from tympan_hub.domain.webhooks import Webhook
from tympan_hub.ports import Unit


def check_same(known: object, read: object | None) -> None:
    """Raises ``Changed`` when something is not any more as it was ``read``; None means whatever it is now."""
    if read is not None and known != read:
        raise Changed("it is not any more what was read", next_step="Read it again, then decide.")


async def check_tenant(unit: Unit, tenant: TenantId) -> None:
    """Raises ``NotFound`` for a tenant that is none; the service itself is none."""
    if await unit.tenants.get(tenant) is None:
        raise NotFound(f"there is no tenant {tenant!r:.80}")


async def known_agent(unit: Unit, tenant: TenantId, agent: AgentId) -> Agent:
    """An agent, revoked or not."""
    known = await unit.agents.get(tenant, agent)
    if known is None:
        raise NotFound("there is no such agent")
    return known


async def welcome_agent(unit: Unit, tenant: TenantId, agent: AgentId) -> Agent:
    """An agent that was not revoked."""
    known = await known_agent(unit, tenant, agent)
    if known.revoked_at is not None:
        raise NotFound("there is no such agent")
    return known


async def known_group(unit: Unit, tenant: TenantId, group: GroupId) -> Group:
    """A group."""
    known = await unit.groups.get(tenant, group)
    if known is None:
        raise NotFound(f"there is no group {group!r:.80}")
    return known


async def known_person(unit: Unit, tenant: TenantId, person: PersonId) -> Person:
    """A person, locked out or not."""
    known = await unit.people.get(tenant, person)
    if known is None:
        raise NotFound("there is no such person")
    return known


async def known_printer(unit: Unit, tenant: TenantId, printer: PrinterId) -> Printer:
    """A printer, whoever may see it."""
    known = await unit.printers.get(tenant, printer)
    if known is None:
        raise NotFound(f"there is no printer {printer!r:.80}")
    return known


async def known_provider(unit: Unit, tenant: TenantId, provider: ProviderId) -> Provider:
    """An OpenID provider."""
    known = await unit.providers.get(tenant, provider)
    if known is None:
        raise NotFound("there is no such provider")
    return known


async def known_webhook(unit: Unit, tenant: TenantId, webhook: WebhookId) -> Webhook:
    """A webhook, switched off or not."""
    known = await unit.webhooks.get(tenant, webhook)
    if known is None:
        raise NotFound("there is no such webhook")
    return known
