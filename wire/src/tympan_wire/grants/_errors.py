"""Errors: why a grant is none.

::

    BadGrant         no grant of this hub's for this agent
    ├── NotSigned    no pinned key signed it
    ├── ForAnother   it is for another agent or tenant
    └── NotNow       it is not good yet, or no longer
"""


class BadGrant(Exception):
    """It cannot be read, or is not to be believed."""


class NotSigned(BadGrant):
    """No pinned key of the hub's signed it: forged, changed, or of another hub."""


class ForAnother(BadGrant):
    """Another agent, or one of another tenant, may honour it."""


class NotNow(BadGrant):
    """It is not good yet, or no longer."""
