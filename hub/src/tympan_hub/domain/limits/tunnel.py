"""Numbers of the tunnel: how long a lease holds, how much waits at the hub and how long."""

import datetime as dt
from typing import Final

LEASE: Final = dt.timedelta(seconds=9)
"""An agent that says nothing so long loses a job it did not begin: with `FAILOVER_S` the next one has it in 10 s."""

LOOK_S: Final = 3
"""Seconds between two looks of an agent that holds a lease: two may be lost and the lease holds still."""

FAILOVER_S: Final = 0.5
"""Seconds between two looks for leases that ran out: what is left of the 10 s is for the notice and the next look."""

PATIENCE: Final = dt.timedelta(seconds=2)
"""The agent that is told of a job alone takes it within this; then all that may are told."""

TOLD_AGAIN: Final = dt.timedelta(seconds=10)
"""Those that may take a job which nobody took are told again so often: a notice may be lost."""

BACK_OFF: Final = dt.timedelta(seconds=15)
"""An agent that gave a job back is not asked again so long; twice as long each time it does."""

BACK_OFF_MOST: Final = dt.timedelta(minutes=5)
"""The longest such time: a device that was switched off is back in the morning, and prints then."""

LOST: Final = dt.timedelta(hours=24)
"""An agent that began a job and is not heard of so long never tells its end: a person decides."""

ORDERS_TOLD: Final = 20
"""Jobs told of in one answer: note and envelope of one have up to 68 KiB, an answer 4 MiB."""

HELD_MOST: Final = 200
"""Leases one agent may say it holds: more than it fetches at once."""

WANTED_TOLD: Final = 10
"""Jobs an agent is asked to make envelopes for in one answer."""

WANTED_LOOKED_AT: Final = 200
"""Waiting jobs of an agent that are looked at for those; the oldest."""

WANTED_REMEMBERED: Final = 50_000
"""Waiting jobs of which is known that nobody lacks an envelope; some 100 bytes each."""

STANDINGS_ASKED: Final = 200
"""Jobs a sender may ask for at once."""

WOKEN_MOST: Final = 500
"""Waiting jobs of a tenant whose agents are told in one round: the oldest."""

EXPIRED_AT_ONCE: Final = 20
"""Jobs of a tenant whose time is over that end in one round: it clears their bytes before it looks after others."""

TUNNEL_BYTES: Final = 1 << 30
"""One sealed document, when nobody said otherwise: 1 GiB."""

TUNNEL_BYTES_MOST: Final = 16 << 30
"""The most that can be said: as much as an upload may have."""

TUNNEL_JOBS: Final = 2_000
"""Jobs of one tenant that wait at once, when nobody said otherwise."""

TUNNEL_JOBS_MOST: Final = 20_000
"""The most that can be said: as many uploads as a tenant may have."""

TUNNEL_BYTES_WAITING: Final = 1 << 36
"""Bytes of one tenant's jobs that wait at once, when nobody said otherwise: 64 GiB."""

TUNNEL_BYTES_WAITING_MOST: Final = 1 << 40
"""The most that can be said: as much as a tenant's uploads may have."""

TUNNEL_KEEP: Final = dt.timedelta(days=1)
"""How long a job waits that nobody prints, when nobody said otherwise."""

OVERTIME: Final = dt.timedelta(hours=1)
"""An agent that fetches a job whose time is over keeps it so long: it comes over a slow line, or the agent hangs."""

TUNNEL_KEEP_LEAST: Final = dt.timedelta(minutes=5)
"""An agent that starts takes that long to be there."""

TUNNEL_KEEP_MOST: Final = dt.timedelta(days=14)
"""Longer than a holiday; sealed bytes lie at the hub for so long."""

SETTLED_AT_ONCE: Final = 500
"""Jobs of a tenant that are over at once in one round; the rest in the next."""

CROSSINGS_KEPT: Final = dt.timedelta(days=30)
"""What is over is kept so long: a sender that was away asks how it ended, and its late reports are passed over."""

TUNNEL_RATE_LEAST: Final = 64 << 10
"""Bytes a second an agent may be held to: slower than that, a page with a picture takes minutes."""

TUNNEL_RATE_MOST: Final = 10 << 30
"""The most that can be said: faster than any network an agent is in."""

SERVES_FOR: Final = dt.timedelta(days=7)
"""An agent that reached a device within this serves it still: it was off over a holiday."""

SERVES_SILENT: Final = dt.timedelta(minutes=5)
"""An agent that is not connected is counted so long: it was restarted, or changed its network."""

SERVING_S: Final = 15.0
"""Seconds between two counts of who serves the printers of a tenant: an alert is of use while somebody can act."""

FEW: Final = 1
"""So many agents, or fewer, are told of: when the last one fails, nothing comes out."""
