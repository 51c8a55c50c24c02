"""Who may print what comes through the tunnel for a printer: the one place that says so."""

import base64

from tympan_hub.domain.ids import PrinterId, TenantId
from tympan_hub.domain.limits.pull import READERS
from tympan_hub.ports import Unit
from tympan_wire.hub import Reader


async def readers_of(unit: Unit, tenant: TenantId, printer: PrinterId) -> tuple[Reader, ...]:
    """Agents that see the printer's device, have a key for envelopes and are not revoked.

    A device that does not answer one of them for a while changes nothing.
    """
    beside = await unit.agents.beside(tenant, [printer], True, READERS)
    return tuple(Reader(agent=name, recipient=base64.b64encode(key).decode()) for name, key in beside.items())
