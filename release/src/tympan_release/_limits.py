"""Numbers of a repository of updates, each with unit and reason."""

from __future__ import annotations

from typing import Final

ROOT_DAYS: Final = 365
"""A root of trust holds a year: whoever has its keys comes together once in that time."""

TARGETS_DAYS: Final = 180
"""A list of files holds so long; each new version begins it anew."""

SNAPSHOT_DAYS: Final = 30
"""The snapshot is signed at every publishing."""

TIMESTAMP_DAYS: Final = 1
"""The timestamp holds a day: for so long a mirror can hide a new version. ``publish`` signs it anew, by a timer."""

TIMESTAMP_DAYS_MOST: Final = 30
"""For offline archives; agents refuse one that holds longer than 35."""

ROOT_KEYS: Final = 3
"""Keys of the root, unless it is told: one may be lost."""

ROOT_THRESHOLD: Final = 2
"""Of them that must sign: one may be stolen."""

FILE_BYTES: Final = 512 << 20
"""Of one file that is added, as agents take it."""

PASSPHRASE_CHARACTERS: Final = 12
"""The fewest of a passphrase; keys lie on a stick that may be lost."""
