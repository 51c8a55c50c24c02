"""Numbers of people, their groups, invitations and secrets."""

import datetime as dt
from typing import Final

PEOPLE: Final = 100_000
"""People of one tenant."""

GROUPS: Final = 1_000
"""Groups of one tenant: a list people can still look through."""

GROUPS_PER_PERSON: Final = 200
"""Groups one person is in; each is looked at whenever their printers are told."""

INVITATION: Final = dt.timedelta(days=7)
"""An invitation is good so long: over a holiday weekend, not over a change of mind."""

INVITATION_SOON: Final = dt.timedelta(days=2)
"""An invitation that ends within this is told of: two days are enough to remind somebody."""

INVITATIONS: Final = 1_000
"""Invitations of one tenant that are kept; each is a row of a page."""

INVITATION_KEPT: Final = dt.timedelta(days=30)
"""So long after its time an invitation stands in the list."""

PASSWORD_CHARS: Final = 10
"""Shortest password."""

PASSWORD_CHARS_MOST: Final = 256
"""Longest password: what argon2 is made to chew."""

RECOVERY_CODES: Final = 10
"""Recovery codes of one person: they fit on a slip of paper."""
