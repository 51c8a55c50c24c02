"""Numbers of jobs that go from one agent to another, each with unit and reason."""

from __future__ import annotations

from typing import Final

LOOKS_AT_ONCE: Final = 20
"""Looks at the hub that bring nothing new and follow each other without a pause: a tap has notices over two ways."""

LOOK_EVERY_S: Final = 1.0
"""Between two looks after those: a flood of notices, forged or not, makes no flood of requests."""

FOREIGN_JOBS: Final = 1_000
"""Jobs of other agents that are known as such here; each is gone when it was printed or expired."""

READERS: Final = 500
"""Agents a document's key is enveloped for; an envelope has 1,169 bytes, and a message of the hub's 4 MiB."""

KEPT_MOST: Final = 500
"""Sealed documents kept for other agents: a day of an office, and as many ids as are told with each look."""

KEPT_BYTES: Final = 8 << 30
"""Of all of them together, 8 GiB: what a desktop's disk can spare. What finds no room stays at the hub."""

KEPT_FREE_BYTES: Final = 1 << 30
"""Left free on the disk, 1 GiB: this computer's own jobs come first."""

HALF_KEPT_S: Final = 86_400.0
"""How long a copy that was cut off stays to be gone on with, and one fetched whole for a release that ended: a day, as
long as most jobs are held."""

RESUMED_BYTES: Final = 4 << 20
"""Sealed documents from here on, 4 MiB, go through a file when they are fetched for a release, so that a cut costs
nothing: smaller ones are here within a second, and go straight to the store."""

READ_BYTES: Final = 1 << 20
"""Of a sealed document read at once."""

NOTE_BYTES: Final = 1 << 20
"""Of what belongs to a mirrored job beside its document: a ticket has at most 64 KiB."""

TERMS_KEPT: Final = 64
"""Terms of printers kept parsed; an agent has a few of those that have any."""
