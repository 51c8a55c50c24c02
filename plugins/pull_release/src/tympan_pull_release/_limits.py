"""Numbers of pull printing on the agent, each with unit and reason."""

from __future__ import annotations

from typing import Final

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

KEEPS_WANTED: Final = 100
"""Taken of one answer; the hub tells some at a time, and the rest with the next look."""

KEEP_RETRY_S: Final = 300.0
"""Before a document that could not be kept is fetched again: it lies at the hub meanwhile, and may have a gigabyte."""

COPIES_MOST: Final = 999
"""Copies an owner may ask for at release: beyond it somebody mistyped."""

OVERDUE_LOOK_S: Final = 60.0
"""Between two looks for jobs that were held by their sender for too long: holds are measured in hours."""

MIRRORED_JOBS: Final = 1_000
"""Held jobs known to be kept at the hub: a value of 64 KiB has room for them, and what is forgotten is told again."""

RESUMED_S: Final = 60.0
"""How old a release may be that goes on by itself after the agent was started again: a start takes seconds, and whoever
asked is still there. An older one is void unless the hub says it again."""

TOLD_MOST: Final = 200
"""Different things told in the log of what could not be kept elsewhere, in one run: each is told once."""
