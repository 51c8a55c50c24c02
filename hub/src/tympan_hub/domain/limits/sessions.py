"""Numbers of the sessions of people, and of the browsers they are known in."""

import datetime as dt
from typing import Final

SESSION: Final = dt.timedelta(hours=12)
"""A person is signed in for a working day."""

SESSION_IDLE: Final = dt.timedelta(hours=2)
"""A session nobody uses ends after this: longer than a meeting, shorter than a night in an open office."""

SESSION_SEEN: Final = dt.timedelta(minutes=5)
"""The use of a session is written down at most so often: a page that keeps itself fresh would write all the time."""

SESSIONS_PER_PERSON: Final = 20
"""Sessions of one person; with one more the oldest ends. Nobody has so many browsers."""

SECOND_STEP: Final = dt.timedelta(minutes=10)
"""Between password and second factor: time enough to set one up on a new telephone."""

KNOWN_BROWSER: Final = dt.timedelta(days=180)
"""So long is a browser known for one in which somebody signed in: over a summer, and not for ever."""

KNOWN_BROWSER_PEOPLE: Final = 4
"""People one browser is known for: a family's, or somebody's own few; more would not fit a cookie."""
