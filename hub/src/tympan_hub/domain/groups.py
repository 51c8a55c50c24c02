"""Groups: people taken together, so that printers and policy can be given to many at once."""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, GroupId, TenantId
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import is_name


class Source(StrEnum):
    """Who says which people are in a group."""

    LOCAL = "local"
    PROVIDER = "provider"


@frozen(kw_only=True)
class Group:
    """A group of people.

    Attributes:
        id: A word, unique in the tenant and never changed: others refer to it.
        tenant: Whose it is.
        name: For people.
        source: Administrators of this hub, or the provider the people sign in with.
        created_at: When it was made.
    """

    id: GroupId
    tenant: TenantId
    name: str
    source: Source = Source.LOCAL
    created_at: dt.datetime


def check_group(tenant: TenantId, name: str) -> None:
    """Raises ``BadInput`` for a name no group has, or a place where there are none."""
    if tenant == SERVICE:
        raise BadInput("groups belong to tenants", next_step="Name a tenant.")
    if not is_name(name, NAME_OCTETS):
        raise BadInput(f"a name has 1 to {NAME_OCTETS} octets and no control characters")
