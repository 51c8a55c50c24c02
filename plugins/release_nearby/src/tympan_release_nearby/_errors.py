"""Errors: why the page does not do what a phone asks.

::

    TympanError
    └── NearbyError
        ├── BadForm          what came is none of our forms               never
        ├── NothingReleases  nobody here holds documents                  later
        ├── NoHub            the hub does not answer, or there is none    later
        ├── TookTooLong      what was begun was not done in time          later
        └── TooManyAsk       more than people press                       later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class NearbyError(TympanError):
    """The page does not do it."""

    status = 409


class BadForm(NearbyError):
    """What came is none of our forms."""

    status = 400
    retry = Retry.NEVER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Go back to the app, and press again.")


class NothingReleases(NearbyError):
    """No plugin that holds documents runs here."""

    status = 503
    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("this computer holds no documents", next_step="Ask whoever looks after it.")


class NoHub(NearbyError):
    """The hub does not answer this agent, or it belongs to none."""

    status = 502
    retry = Retry.LATER

    def __init__(self) -> None:
        cause = "the hub does not answer this computer"
        super().__init__(cause, next_step="Release with what the app kept for this case.")


class TookTooLong(NearbyError):
    """The documents were not let go in time; some may come out still."""

    status = 504
    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("this computer took too long", next_step="Look at the device before you press again.")


class TooManyAsk(NearbyError):
    """More was asked for than people press."""

    status = 429
    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("too much is asked of this computer at once", next_step="Wait a minute, then press again.")
