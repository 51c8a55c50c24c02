"""Numbers of the key book."""

from typing import Final

ENTRIES_AT_ONCE: Final = 200
"""Entries an agent is told at once: one has some 2 kB, for keys that no quantum computer breaks are long."""

WAITING_SHOWN: Final = 100
"""Keys that wait for an administrator, shown at once: more of them is a roll-out, and those confirmed make room."""

ENTRY_NUMBER_MOST: Final = (1 << 31) - 1
"""The largest number an entry can have in every database; an agent that asks behind it is told of nothing."""
