"""Tenants: customer organisations. Nothing of one is ever seen by another."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import is_name


@frozen(kw_only=True)
class Tenant:
    """A tenant."""

    id: TenantId
    name: str
    created_at: dt.datetime


def check_tenant_name(name: str) -> None:
    """Raises ``BadInput`` for a name no tenant can have."""
    if not is_name(name, NAME_OCTETS):
        raise BadInput(
            f"a tenant's name has 1 to {NAME_OCTETS} octets and no control characters", next_step="Choose another name."
        )
