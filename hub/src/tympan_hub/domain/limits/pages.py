"""Numbers of what is shown at once."""

import datetime as dt
from typing import Final

PAGE: Final = 50
"""Rows of one page of a list."""

PAGE_MOST: Final = 500
"""Most rows one question may ask for."""

WORDS_MOST: Final = 8
"""Words of a search: each is one more look at every row."""

EXPORT_ROWS: Final = 100_000
"""Jobs in one file for spreadsheets; narrower filters reach the others."""

OVERVIEW: Final = dt.timedelta(days=7)
"""What failed longer ago needs nobody any more."""

OVERVIEW_ROWS: Final = 200
"""Commands that failed lately and are told of at once."""

CALLS: Final = 8
"""Computers in need of a person named on the first page; the others are counted."""

COMPUTERS: Final = 20
"""Computers shown at once on the page of a printer; more are found by name."""

PLACES_LOOKED_AT: Final = 200
"""Commands and queues of a printer looked through for computers where something goes on, which are shown first."""

LINE_LOOKUPS: Final = 32
"""Texts looked up among the known lines to tell one line of an agent; no line of an agent's own takes ten."""

USED_LATELY: Final = dt.timedelta(days=7)
"""Who used something within a week is told of before it is switched off."""
