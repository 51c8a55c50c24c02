"""Numbers of the sums of what was printed."""

import datetime as dt
from typing import Final

USAGE_RANGE: Final = dt.timedelta(days=3660)
"""The longest range of a report: ten years of months."""

USAGE_LATE: Final = dt.timedelta(days=400)
"""A job that ended longer ago than this counts as if it had ended then: no agent's clock writes into older sums."""

USAGE_NUMBER: Final = 1_000_000_000
"""Most that one job adds to a sum: no agent can make the sums of its tenant overflow, or be of no use."""

USAGE_DAYS_KEPT: Final = dt.timedelta(days=800)
"""Sums by day are kept for this year and the one before; those by month go on."""

USAGE_KEPT: Final = dt.timedelta(days=3660)
"""Sums by month are kept for ten years."""

USAGE_ROWS_MOST: Final = 100_000
"""Lines of a report in a file: as many as a tenant may have people."""
