"""Errors: why a grant is none.

BadGrant         no grant of this hub's for this agent
├── NotSigned    no pinned key signed it
├── ForAnother   it is for another agent or tenant
└── NotNow       it is not good yet, or no longer
"""

from typing import ClassVar

from tympan_wire._errors import Retry, WireError


class BadGrant(WireError):
    """It cannot be read, or is not to be believed."""

    user_message: ClassVar[str] = "This is no permission to release. Open the app again while the hub is there."


class NotSigned(BadGrant):
    """No pinned key of the hub's signed it: forged, changed, or of another hub."""


class ForAnother(BadGrant):
    """Another agent, or one of another tenant, may honour it."""

    user_message: ClassVar[str] = "Another computer holds this document. Release it at that one."


class NotNow(BadGrant):
    """It is not good yet, or no longer."""

    retry: ClassVar[Retry] = Retry.LATER
    user_message: ClassVar[str] = "The permission is over. Open the app again as soon as the hub is there."
