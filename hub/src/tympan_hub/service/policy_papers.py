"""The policy document of one scope, whichever it is, and how it is signed."""

from collections.abc import Mapping

from attrs import frozen

from tympan_hub.domain.ids import CapabilityKey, GroupId, TenantId
from tympan_hub.domain.policy import AgentPolicy, Edition, agent_payload, envelope, payload, to_be_signed
from tympan_hub.ports import Secrets, Unit
from tympan_hub.service.known import known_group


@frozen
class Paper:
    """A document within a unit of work: a tenant's, the service's, or with ``group`` that of a group."""

    unit: Unit
    tenant: TenantId
    group: GroupId | None = None

    async def current(self) -> Edition | None:
        """The newest edition."""
        if self.group is None:
            return await self.unit.policies.current(self.tenant)
        return await self.unit.group_policies.current(self.tenant, self.group)

    async def add(self, edition: Edition) -> None:
        """Adds the next edition; raises ``Conflict`` when its number is taken."""
        if self.group is None:
            await self.unit.policies.add(self.tenant, edition)
        else:
            await self.unit.group_policies.add(self.tenant, edition)

    async def editions(self, before: int | None, limit: int) -> tuple[Edition, ...]:
        """The newest ones first, those with a smaller number than ``before``."""
        if self.group is None:
            return await self.unit.policies.editions(self.tenant, before, limit)
        return await self.unit.group_policies.editions(self.tenant, self.group, before, limit)

    async def last_changes(self) -> Mapping[CapabilityKey, Edition]:
        """The edition that last touched each key."""
        if self.group is None:
            return await self.unit.policies.last_changes(self.tenant)
        return await self.unit.group_policies.last_changes(self.tenant, self.group)


async def paper(unit: Unit, tenant: TenantId, group: GroupId | None) -> Paper:
    """A scope's document; raises ``NotFound`` for a group that is none."""
    if group is not None:
        await known_group(unit, tenant, group)
    return Paper(unit, tenant, group)


def sealed(secrets: Secrets, document: Edition | AgentPolicy) -> str:
    """A document in its signed form."""
    content = payload(document) if isinstance(document, Edition) else agent_payload(document)
    return envelope(content, secrets.sign_policy(to_be_signed(content)))
