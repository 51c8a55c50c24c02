"""Codes of devices and of their screens that are tried: counted for the person, for where they ask, and for the tenant.

- Looked at, tried and counted in one unit of work that holds `part_of` the tenant, through the database: a burst is one
  try after the other, in whatever process, and none is answered that is not counted.
- A refusal is raised behind the unit, so that it does not take the count back.
"""

from collections.abc import Mapping

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.attempts import POINT_GUESSES_PER_SOURCE, POINT_GUESSES_PER_TENANT
from tympan_hub.domain.sources import source_key


def part_of(tenant: TenantId) -> str:
    """What a unit of work keeps to that tries a code."""
    return f"guesses {tenant}"


def limits_of(tenant: TenantId, source: str, of_person: Mapping[str, int]) -> Mapping[str, int]:
    """How often may be tried what one person tries from a network address, or at an agent; "" where it is not known."""
    there = {f"point guesses {tenant} from {source_key(source)}": POINT_GUESSES_PER_SOURCE} if source else {}
    return {**of_person, **there, f"point guesses {tenant}": POINT_GUESSES_PER_TENANT}
