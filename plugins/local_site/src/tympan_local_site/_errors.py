"""Errors: why the site does not listen.

::

    TympanError
    └── PortUnavailable    the port is taken or may not be opened    later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class PortUnavailable(TympanError):
    """The listener's port belongs to another program, or this user may not open it."""

    retry = Retry.LATER
