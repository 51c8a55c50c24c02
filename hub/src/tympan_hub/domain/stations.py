"""Trusted stations: machines beside devices, such as badge readers, which release for whoever shows there."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import PrinterId, StationId, TenantId
from tympan_hub.domain.limits.pull import POINTS_PER_STATION
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import is_name


@frozen(kw_only=True)
class Station:
    """A machine the tenant trusts to say who stands before it.

    Attributes:
        id: Its id.
        tenant: Whose it is.
        name: For people.
        points: Release points it stands beside; it releases nowhere else.
        created_at: When it was made.
        last_used_at: When it was heard of last.
    """

    id: StationId
    tenant: TenantId
    name: str
    points: tuple[PrinterId, ...]
    created_at: dt.datetime
    last_used_at: dt.datetime | None = None


@frozen(kw_only=True)
class StationMade:
    """A new station, and the token it signs in with: shown once."""

    station: Station
    token: str


def check_station(name: str, points: tuple[PrinterId, ...]) -> None:
    """Raises ``BadInput`` for what no station can be."""
    if not is_name(name, NAME_OCTETS):
        raise BadInput(f"a station's name has 1 to {NAME_OCTETS} octets and no control characters", field="name")
    if not 1 <= len(points) <= POINTS_PER_STATION:
        cause = f"a station stands beside 1 to {POINTS_PER_STATION} release points"
        raise BadInput(cause, next_step="Name the devices it stands beside.", field="points")
