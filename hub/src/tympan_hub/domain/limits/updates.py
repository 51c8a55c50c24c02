"""Numbers of updates: how many must go wrong before a version stops, and what is kept."""

import datetime as dt
from typing import Final

UPDATES_LEAST: Final = 2
"""So many unhealthy computers stop a version when nothing else is said: one alone may have a trouble of its own."""

UPDATES_LEAST_MOST: Final = 100_000
"""As many as a tenant has computers."""

UPDATES_PERCENT: Final = 10
"""More than this share of those that took a version, in percent, stops it when nothing else is said."""

UPDATE_SILENT: Final = dt.timedelta(minutes=30)
"""A computer not heard of for so long after it said it switches counts as broken: a switch takes seconds."""

UPDATES_ROUND_S: Final = 300
"""Seconds between two looks for computers that fell silent."""

UPDATES_ASKED_S: Final = 3_600
"""Seconds after which an agent asks again; a notice wakes it earlier."""

UPDATES_SPREAD_S: Final = 600
"""A fleet fetches an update spread over so many seconds."""

UPDATES_HEARD: Final = dt.timedelta(hours=12)
"""What did not change is written down again after so long: an hour's questions of 100,000 agents are no writes."""

VERSION_CHARS: Final = 64
"""Of a version: Python's have a dozen."""

SUBJECT_CHARS: Final = 128
"""Of a distribution's name."""

REASON_CHARS: Final = 500
"""Of a reason an agent gives."""

RING_GROUPS: Final = 50
"""Groups in one ring."""

HELD_PLUGINS: Final = 100
"""Plugins a service owner holds back for everybody."""

STOPS_SHOWN: Final = 100
"""Stopped versions, the latest first; of those beyond it an agent is told when it is about to take one."""

VERSIONS_SHOWN: Final = 200
"""Versions of one fleet on a page."""

METADATA_BYTES: Final = 8 << 20
"""One metadata file of the update repository: 20,000 targets have 5 MiB."""

ROLES: Final = 500
"""Roles of a repository that are followed: a key for each vendor, and some of ours."""

REPOSITORY_READ_S: Final = 10
"""So long is what was read of the repository believed: a page is not a reading of the folder each time."""

INSTALLS_PER_PERSON: Final = 50
"""Tokens one person makes on the page for installing, in the time of `ATTEMPTS_WINDOW`."""

RENEWED_BEFORE: Final = dt.timedelta(hours=4)
"""So long before its end a repository that was not signed anew is a problem: it is signed for a day at a time."""
