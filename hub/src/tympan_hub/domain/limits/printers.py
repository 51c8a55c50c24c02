"""Numbers of printers, and of those they are given to."""

from typing import Final

PRINTERS: Final = 1_000
"""Printers of one tenant: as many as one agent takes."""

PEOPLE_PER_PRINTER: Final = 200
"""People one printer is given to by name: as many as a page shows at once; more are a group."""

GROUPS_PER_PRINTER: Final = 200
"""Groups one printer is given to, for the same reason."""
