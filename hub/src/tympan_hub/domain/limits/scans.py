"""Numbers of scans, and of who is known to reach a network."""

import datetime as dt
from typing import Final

SCANS: Final = 500
"""Scans of one tenant that are kept, those that run among them; with one more the oldest that ended is forgotten."""

SCANS_RUNNING: Final = 10
"""Scans of one tenant that run at once."""

SCANS_KEPT: Final = dt.timedelta(days=400)
"""How a scan ended is told so long, as with jobs."""

RANGES: Final = 500
"""Entries of the targets of one scan, and of its exclusions: what a person can still look through."""

SCAN_ADDRESSES: Final = 1 << 20
"""Addresses of one scan: a private /12. At the default speed one agent is busy with it for 15 hours."""

SCAN_PER_S: Final = 20
"""Addresses a second that each agent of a scan asks, when nothing else is said: a /24 in 13 seconds."""

SCAN_PER_S_MOST: Final = 500
"""The most: faster than that switches and firewalls take it for an attack."""

SCAN_AGENTS: Final = 40
"""Agents an administrator may name for one scan: as many as one form takes."""

SCAN_SHARERS: Final = 8
"""Agents that share what all of them reach: more would be felt in the network, and are not felt in the time."""

SCAN_BLOCK_BITS: Final = 8
"""Agents share a range in blocks of 256 addresses: each keeps to a few connections at a time in such a block, and so
do all of them together."""

SCAN_SILENT: Final = dt.timedelta(minutes=10)
"""An agent that is not connected and told nothing of its part for so long is said to be silent."""

REACHERS: Final = 20
"""Agents of one network that are looked at for a scan of it: those heard of last."""

REACH_AGENTS: Final = 8
"""Agents of one network that the map of reach names: those on which the most depends."""

NETWORKS_PER_AGENT: Final = 64
"""Networks one agent may tell of; a computer with many virtual ones has some dozens."""

SIGHTINGS_LOOKED_AT: Final = 5_000
"""Sightings looked through for who reaches a range that no agent is in: those heard of last."""
