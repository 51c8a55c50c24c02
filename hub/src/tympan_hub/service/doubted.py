"""Jobs that were in the tunnel when a backup was made: the hub that is made of it does not know what became of them.

- Since the backup an agent may have been allowed to begin, and may have printed: none of them is given to anybody
  again, and a person decides. To give them away would print twice what was printed in between.
- The agent that had begun with one may tell its end still; its word is the truth.
"""

import datetime as dt

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.tunnel import SETTLED_AT_ONCE
from tympan_hub.ports import Unit
from tympan_hub.service.tunnel_ends import changed

_ALL_BEFORE = dt.timedelta(days=1)
"""Agents whose clocks run ahead were heard of before then, too."""


async def doubt_crossings(unit: Unit, tenant: TenantId, now: dt.datetime) -> None:
    """Gives up for lost what is open in a tenant's tunnel; its bytes go with the next clearance."""
    while some := await unit.crossings.unbegun_but_at(tenant, (), (), SETTLED_AT_ONCE):
        for one in some:
            await changed(unit, one.doubted(now), one)
    while some := await unit.crossings.silent(tenant, now + _ALL_BEFORE, SETTLED_AT_ONCE):
        for one in some:
            await changed(unit, one.doubted(now), one)
