"""What a tenant may send through the tunnel: as for everybody where it never said."""

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.ports import Unit


async def limits_of(_: Unit, __: TenantId) -> TunnelLimits:
    """The limits of a tenant."""
    return TunnelLimits()
