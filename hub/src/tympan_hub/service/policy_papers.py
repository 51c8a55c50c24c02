"""The policy document of one scope, whichever it is, and how it is signed."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping

from attrs import frozen

from tympan_hub.domain.ids import CapabilityKey, GroupId, TenantId
from tympan_hub.domain.limits.policy import PAPERS_KEPT
from tympan_hub.domain.policy import AgentPolicy, Edition, agent_payload, end_at, envelope, payload, to_be_signed
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


def sealed(secrets: Secrets, document: Edition | AgentPolicy, expires_at: dt.datetime | None = None) -> str:
    """A document in its signed form."""
    made = payload(document, expires_at) if isinstance(document, Edition) else agent_payload(document, expires_at)
    return envelope(made, secrets.sign_policy(to_be_signed(made)))


class DatedPapers:
    """Documents with an end, signed once for many agents; the same in every process."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._made: OrderedDict[tuple[str, dt.datetime], str] = OrderedDict()

    def paper(self, document: Edition | AgentPolicy, now: dt.datetime) -> str:
        """The signed form of a document that is given out now."""
        end = end_at(now)
        key = (document.envelope, end)
        if key not in self._made:
            self._made[key] = sealed(self._secrets, document, end)
            if len(self._made) > PAPERS_KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key]
