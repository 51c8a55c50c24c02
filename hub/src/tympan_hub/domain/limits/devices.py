"""Numbers of devices, and of what agents and administrators may tell of them."""

import datetime as dt
from typing import Final

DEVICES: Final = 20_000
"""Devices of one tenant: twice a large campus. Whoever fakes more in a network fills no database."""

DEVICE_FORGOTTEN: Final = dt.timedelta(days=90)
"""A device nobody has seen for so long, and no printer was made of, is forgotten: a quarter with its holidays."""

DEVICES_FORGOTTEN_AT_ONCE: Final = 500
"""Devices forgotten in one transaction."""

ROOM_AT_ONCE: Final = 200
"""Devices that make room in a full tenant in one go: looking for them costs more than forgetting them."""

CHANGES_KEPT: Final = 50
"""Changes of one device that are kept, the latest."""

DEVICE_FORMATS: Final = 64
"""Media types of one device; those that print everything name forty."""

DEVICE_MEDIA: Final = 256
"""Paper sizes of one device; those with many trays name a hundred."""

DEVICE_WORDS: Final = 32
"""Entries of the other lists a device tells: sides, reasons, supplies, services, addresses."""

DEVICE_LIST_BYTES: Final = 1 << 20
"""An administrator's list of devices: 2,000 lines of 500 bytes."""

DEVICE_LIST_ROWS: Final = 2_000
"""Lines of such a list, taken in one go while nobody else tells of devices; more come in a second one."""

DEVICE_LIST_FAULTS: Final = 100
"""Lines with a mistake that are told at once."""

AGENTS_SEEING: Final = 50
"""Agents of which it is told how they see one device: thousands may."""

DEVICES_SEEING: Final = 100
"""Sightings of one device that are shown: those in view first."""

KIN: Final = 20_000
"""Sightings looked at together to tell devices apart, at most; what shares more than that with others is no device."""

KIN_AT_ONCE: Final = 1_000
"""Sightings that are told apart within the hub's loop; more are beside it, so that nobody else waits."""

PLACES_COMPARED: Final = 32
"""Different places under one identity that are compared; more are several devices without looking."""
