"""Numbers of what is kept how long, and of the rounds in which it goes."""

import datetime as dt
from typing import Final

JOBS_DAYS: Final = 400
"""Days jobs are kept when nobody says otherwise: a year, and a month to look back at it."""

TITLES_DAYS: Final = 90
"""Days titles of documents are kept when nobody says otherwise: a title tells more than a count."""

JOBS_DAYS_MOST: Final = 3_650
"""The longest: sums are kept no longer either."""

AUDIT_DAYS_LEAST: Final = 90
"""The shortest an audit log is kept: what was done is asked for weeks later."""

AUDIT_TRIM: Final = dt.timedelta(days=1)
"""An audit log loses its beginning at most so often: each time adds an entry."""

AUDIT_TRIMMED_AT_ONCE: Final = 20_000
"""Entries of an audit log that go in one transaction; the others go with the next rounds."""

AUDIT_AT_ONCE: Final = 5_000
"""So many entries of the audit log are proved whenever the page is opened; more when somebody asks for it."""

ERASED_AT_ONCE: Final = 1_000
"""Jobs erased in one transaction: nobody waits long."""

ERASED_STEPS: Final = 200
"""Such transactions for one tenant in one round of housekeeping; the next one goes on."""

HOUSEKEEPING_S: Final = 3600
"""Seconds between two rounds of forgetting what has run out."""
