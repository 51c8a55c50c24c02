"""Errors: why the bridge does not do what a page asks.

::

    TympanError
    └── BridgeError
        ├── BadErrand        the request is none of ours                    never
        ├── PermitRefused    forged, used, too old, or for somebody else    now
        ├── NotSignedInHere  the person is not signed in at this agent      later
        └── TooMany          more than a person asks for                    later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError
from tympan_wire.bridge import Code


class BridgeError(TympanError):
    """The bridge does not do it."""

    code = Code.FAILED
    status = 409


class BadErrand(BridgeError):
    """What the page sent is no errand."""

    code = Code.BAD_REQUEST
    status = 400
    retry = Retry.NEVER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Load the page again; if that does not help, update this agent.")


class PermitRefused(BridgeError):
    """The permit is forged, used, too old, or for another agent, tenant or hub."""

    code = Code.PERMIT_REFUSED
    status = 403
    retry = Retry.NOW

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Press the button again, which asks for a new permit.")


class NotSignedInHere(BridgeError):
    """Policy lets this agent work for signed-in people alone, and this person is not."""

    code = Code.NOT_SIGNED_IN
    status = 403
    retry = Retry.LATER

    def __init__(self) -> None:
        cause = "you are not signed in at this computer"
        super().__init__(cause, next_step="Run 'tympan login' on this computer, then press the button again.")


class TooMany(BridgeError):
    """More was asked for than a person asks for."""

    code = Code.TOO_MANY
    status = 429
    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("too much is asked of this agent at once", next_step="Wait a minute, then try again.")
