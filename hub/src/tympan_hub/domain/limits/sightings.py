"""Numbers of what agents may tell of devices."""

import datetime as dt
from typing import Final

SIGHTINGS_PER_AGENT: Final = 3_000
"""Sightings of one agent that are in view: 500 devices by three methods, and as many again."""

SIGHTINGS_PER_HOUR: Final = 6_000
"""Sightings, new, changed or told again, and sweeps of one agent within an hour: all it may have in view, twice."""

SIGHTINGS_KEPT: Final = 6_000
"""Sightings of one agent that are kept, in view or ended: as many ended ones as may be in view."""

SIGHTING_METHODS: Final = 8
"""Methods of one agent: three that are known, and those of plugins of others."""

SIGHTING_FORGOTTEN: Final = dt.timedelta(days=30)
"""A sighting that ended so long ago says nothing of where a device is any more."""

SIGHTING_BYTES: Final = 48 << 10
"""What a device says of itself, in all: the wordiest ones say 12 KiB; more is an attack on whoever keeps it."""

SIGHTING_KEY_CHARS: Final = 300
"""An agent's own name of a device."""

DROPPED_KEPT: Final = dt.timedelta(days=30)
"""So long is it told how much of an agent's sightings was dropped."""

TELL_AGAIN: Final = dt.timedelta(hours=6)
"""Between two wishes that an agent tell all it has in view once more: one that is over a bound always differs."""
