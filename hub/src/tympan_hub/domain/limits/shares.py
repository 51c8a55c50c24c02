"""Numbers of queues that agents share."""

import datetime as dt
from typing import Final

SHARES: Final = 2_000
"""Shares of one agent: twice what one tenant has printers for; who has more is no desktop."""

SHARE_OPTIONS: Final = 64
"""Options of one share: drivers with all their boxes have about forty."""

SHARE_VALUES: Final = 1_000
"""Values of all options of one share: long lists of paper have three hundred."""

SHARE_BYTES: Final = 64 * 1024
"""Of one share as it is kept: what ``SHARE_VALUES`` of usual length come to."""

SHARE_GRACE: Final = dt.timedelta(minutes=10)
"""How long the printer of a queue that is gone stays: who names a queue anew removes it and adds it."""

SHARE_PATTERNS: Final = 100
"""Patterns in each of the two lists of a tenant."""

PATTERN_OCTETS: Final = 200
"""Of one pattern: the longest names of queues."""
