"""Numbers of pull printing: how long jobs are held, how many, and how they are released."""

import datetime as dt
from typing import Final

HOLD: Final = dt.timedelta(days=1)
"""How long a job is held when nobody said otherwise: printed at night, fetched in the morning."""

HOLD_LEAST: Final = dt.timedelta(minutes=5)
"""The way to the device takes that long."""

HOLD_MOST: Final = dt.timedelta(days=14)
"""Longer than a holiday, and paper nobody fetches is nobody's. Mirrored bytes lie at the hub for so long."""

WARN_BEFORE: Final = dt.timedelta(hours=1)
"""How long before the end its owner is warned, when nobody said otherwise."""

JOBS_HELD: Final = 100
"""Jobs held for one account at one agent, when nobody said otherwise."""

JOBS_HELD_MOST: Final = 1_000
"""As many as a phone can still list."""

BYTES_HELD: Final = 1 << 30
"""Bytes held for one account at one agent, when nobody said otherwise: 1 GiB."""

BYTES_HELD_MOST: Final = 1 << 36
"""64 GiB: more than anybody prints within `HOLD_MOST`."""

PAGES_A_MONTH_MOST: Final = 1_000_000
"""The largest quota that can be said; none is none."""

GRANT_LASTS: Final = dt.timedelta(minutes=10)
"""How long a grant is good when nobody said otherwise: the way to the device and a queue before it."""

GRANT_LASTS_MOST: Final = dt.timedelta(minutes=15)
"""While a grant is good, no other agent gets the job."""

JOBS_AT_ONCE: Final = 100
"""Jobs of one release: what one person shows and picks at once."""

COPIES_MOST: Final = 999
"""Copies of one job: devices offer no more (IPP ``copies-supported``, as a rule 1-999)."""

RELEASE: Final = dt.timedelta(seconds=120)
"""An order that no agent fetched so long is over: whoever stands at the device has left, and nothing comes out then."""

REGIVE_S: Final = 5.0
"""Seconds between two looks for orders whose agent has gone: whoever stands at the device waits so long."""

REGIVEN_AT_ONCE: Final = 500
"""Waiting orders of one tenant in one such look: those of a whole floor that stands at its devices."""

RELEASE_BEGUN: Final = dt.timedelta(seconds=60)
"""An order that was fetched must be begun within this, or it is void at the agent."""

RELEASE_SILENCE: Final = dt.timedelta(seconds=90)
"""An order whose agent fetched it and then asked for nothing so long is given up; agents ask every 30 s while they wait
for a device that is busy."""

GRANT_SETTLED: Final = dt.timedelta(minutes=5)
"""So long after a grant ended its agent's word counts that it holds the job still: its clock may be a minute behind,
and a grant used in the last second lets the job go within two more."""

HELD_AGAIN: Final = dt.timedelta(minutes=15)
"""An agent that says so long that it holds a job which it fetched to print, and nothing else, prints it no more: what
is on its way in an outbox arrives within minutes, and nobody sees for longer that a job is under way that is not."""

HELD_AGAIN_S: Final = 60.0
"""Seconds between two looks for those."""

RELEASES_KEPT: Final = dt.timedelta(days=30)
"""Ended releases are kept so long, for the one who asks where their paper went."""

POINTS: Final = 1_000
"""Release points of one tenant: as many as it has printers."""

STATIONS: Final = 200
"""Trusted stations of one tenant."""

POINTS_PER_STATION: Final = 50
"""Devices one station stands beside."""

READERS: Final = 64
"""Agents a mirrored document's key is enveloped for: the nearest of those that may; an envelope is 1.2 kB."""

KEEPERS: Final = 5
"""Agents that keep one sealed document: one of them is awake, and an office's disks are not filled with one report."""

KEEPS_TOLD: Final = 20
"""Documents an agent is asked to keep in one answer: envelope and note of one have up to 68 KiB, an answer 4 MiB."""

KEPT_MOST: Final = 1_000
"""Documents one agent may say it keeps: twice what agents keep."""

BESIDE_MOST: Final = 5_000
"""Agents looked at for those of a group: as many as a tenant has."""

MIRRORS_SETTLED_S: Final = 60
"""Seconds between two looks whether what is mirrored may be: a policy that was switched off is obeyed within this."""

HOLDERS_TOLD: Final = 100
"""Agents of one tenant that are told in one round, every `REGIVE_S`, that another one may read their jobs: each asks
for the desired state then, and 5,000 at once would keep everybody waiting."""

MIRRORS_PER_TENANT: Final = 20_000
"""Documents mirrored at once."""

NOTE_BYTES: Final = 64 * 1024
"""The sealed note of a mirrored job, base64: a ticket has a few kB."""

ENVELOPE_BYTES: Final = 4 * 1024
"""One envelope, base64: HPKE with ML-KEM-768 has 1.2 kB."""

MEDIA_OFFERED: Final = 100
"""Sizes of paper a pull queue offers: more than any one device has, and a choice nobody reads to its end."""

OVERDUE: Final = dt.timedelta(hours=1)
"""A held job whose time is over so long is over at the hub too: a clock that is wrong is wrong by less."""

OVERDUE_AT_ONCE: Final = 500
"""So many of a tenant are ended in one round of housekeeping; the rest in the next."""
