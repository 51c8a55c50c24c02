"""Numbers of pull printing on the agent, each with unit and reason."""

from __future__ import annotations

from typing import Final

LOOKS_AT_ONCE: Final = 20
"""Looks at the hub that bring nothing new and follow each other without a pause: a tap has notices over two ways."""

LOOK_EVERY_S: Final = 1.0
"""Between two looks after those: a flood of notices, forged or not, makes no flood of requests."""

RETRY_FIRST_S: Final = 1.0
"""Upper end of the first random wait after a failure; the link has its own pace besides."""

RETRY_LAST_S: Final = 30.0
"""Where its doubling stops: as long as the hub is asked anyhow."""

REFUSED_S: Final = 300.0
"""Wait after a no that asking again will not change, unless a notice comes: a hub that knows no releases."""

LATE_LOOK_S: Final = 1.0
"""Between two looks at orders that are not begun: a second late is not noticed by whoever stands at the device."""

BEHIND_S: Final = 900.0
"""How long a released job may stand behind others at the same device before it is held again: somebody who waits for
their pages stays for a quarter of an hour."""

WITHIN_S: Final = 120.0
"""For a job released here (by a grant, or at a printer of this machine) to be begun: as long as somebody waits."""

WITHIN_MOST_S: Final = 900.0
"""Longest time an order may give: beyond it the person is not there any more, whatever the order says."""

PRINTER_S: Final = 15.0
"""For a device to become known here after the hub named it in the same breath as an order about it."""

ADMITTED_S: Final = 15.0
"""For a job that just came in to pass the gates, before an order about it is refused."""

ORDERS_OPEN: Final = 1_000
"""Orders being carried out at once; a hub gives no more for one agent than people can tap for."""

BUCKETS: Final = 16
"""Values that answers to orders are kept in: one put changes one of them."""

ANSWERS_EACH: Final = 64
"""Answers kept in one of them, the newest: some 1,000 in all, days of a busy device."""

BUCKET_BYTES: Final = 60 * 1024
"""Of one of them: the kernel keeps no value above 64 KiB, and a sentence of 300 characters may have 900 bytes."""

WORDS_AT_ONCE: Final = 100
"""Answers told in one request."""

DETAIL_CHARS: Final = 300
"""Of one sentence that is kept and told."""

FOREIGN_JOBS: Final = 1_000
"""Jobs of other agents that are known as such here; each is gone when it was printed or expired."""

GRANTS_USED: Final = 500
"""Used grants remembered: 45 KB of the 64 that one value may have. One lasts 15 minutes, so the oldest are void when
they make room. While they are not, no more are honoured."""

CLOCK_KEPT_S: Final = 60.0
"""Between two times the latest time is written down, where grants are honoured at all: what a clock set back over a
restart could win, of a grant's 15 minutes."""

AHEAD_S: Final = 60.0
"""How far the latest time known may be ahead of the hub's before the hub is believed: requests take time."""

MIRROR_LOOK_S: Final = 60.0
"""Between two looks for held jobs to be kept elsewhere, when nothing tells of a change."""

MIRROR_RETRY_S: Final = 30.0
"""Before a job that could not be kept elsewhere is tried again."""

READERS: Final = 500
"""Agents a document's key is enveloped for; an envelope has 1,169 bytes, and a message of the hub's 4 MiB."""

PINS: Final = 900
"""Keys of other agents remembered, by the agent: each has 72 bytes, and a value has 64 KiB."""

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

KEEPS_WANTED: Final = 100
"""Taken of one answer; the hub tells some at a time, and the rest with the next look."""

KEEP_RETRY_S: Final = 300.0
"""Before a document that could not be kept is fetched again: it lies at the hub meanwhile, and may have a gigabyte."""

READ_BYTES: Final = 1 << 20
"""Of a sealed document read at once."""

NOTE_BYTES: Final = 1 << 20
"""Of what belongs to a mirrored job beside its document: a ticket has at most 64 KiB."""

COPIES_MOST: Final = 999
"""Copies an owner may ask for at release: beyond it somebody mistyped."""

RULES_KEPT: Final = 64
"""Terms of printers kept parsed; an agent has a few pull printers."""

OVERDUE_LOOK_S: Final = 60.0
"""Between two looks for jobs that were held by their sender for too long: holds are measured in hours."""

MIRRORED_JOBS: Final = 1_000
"""Held jobs known to be kept at the hub: a value of 64 KiB has room for them, and what is forgotten is told again."""

RESUMED_S: Final = 60.0
"""How old a release may be that goes on by itself after the agent was started again: a start takes seconds, and whoever
asked is still there. An older one is void unless the hub says it again."""

TOLD_MOST: Final = 200
"""Different things told in the log of what could not be kept elsewhere, in one run: each is told once."""
