"""Errors of the tray.

::

    TympanError
    └── TrayError
        ├── BadWish     what was asked is nothing the tray knows                 never
        ├── NotYours    the job is none of the account's                         never
        ├── NotYourHub  another account says which hub the computer belongs to    never
        ├── NotLetIn    the page was not opened from the tray, or too long ago    never
        └── AgentAway   no agent answers, or it does not take this tray           later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError
from tympan_tray._standing import Gone


class TrayError(TympanError):
    """The tray does not do it."""

    status = 409


class BadWish(TrayError):
    """What was asked cannot be read."""

    status = 400
    retry = Retry.NEVER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Load the page again; if that does not help, start the tray again.")


class NotYours(TrayError):
    """No job of the account has this id; whether another's has is told to nobody."""

    status = 404
    retry = Retry.NEVER

    def __init__(self) -> None:
        super().__init__("no job of yours has this id", next_step="It may be over; see 'tympan jobs'.")


class NotYourHub(TrayError):
    """A hub rules everybody's printing here, so not everybody chooses it."""

    retry = Retry.NEVER

    def __init__(self) -> None:
        cause = "this computer belongs to no hub, and only who administers it chooses one"
        super().__init__(cause, next_step="Ask them to join it with an enrolment token: tympan hub enrol.")


class NotLetIn(TrayError):
    """The page was not opened from the tray, or too long ago, or by somebody else."""

    status = 403
    retry = Retry.NEVER

    def __init__(self) -> None:
        cause = "this page is opened from the tray, or with 'tympan open'"
        super().__init__(cause, next_step="Open it from there; what opened it once opens it no second time.")


class AgentAway(TrayError):
    """No agent answers, or it does not take this tray.

    Args:
        gone: Why, as far as there are words for it.
    """

    status = 503
    retry = Retry.LATER

    def __init__(self, cause: str, *, gone: Gone = Gone.OTHER, next_step: str = "") -> None:
        super().__init__(cause, next_step=next_step)
        self.gone = gone
