"""What this plugin raises.

::

    TympanError
    └── ReleaseError
        ├── NothingHeld      this account has no held job                          never
        ├── NoDevice         nobody said at which device                           never
        ├── ElsewhereOnly    it comes out at its own printer alone                 never
        ├── HubNeeded        this computer belongs to no hub, and the job needs one  never
        ├── HubNotThere      the hub decides, and cannot be reached                later
        └── GrantRefused     a grant that is none, or is void or used              never
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class ReleaseError(TympanError):
    """A job stays held."""


class NothingHeld(ReleaseError):
    """This account has no held job."""

    def __init__(self, user: str) -> None:
        cause = f"no job is held for the account {user!r:.100}"
        super().__init__(cause, next_step="Print to a pull printer first; 'tympan held' lists what is held.")


class NoDevice(ReleaseError):
    """Nobody said at which device."""

    def __init__(self) -> None:
        next_step = "Name it: tympan release --at CODE, with the code that stands on the device."
        super().__init__("a held job comes out where you stand, and no device was named", next_step=next_step)


class ElsewhereOnly(ReleaseError):
    """It comes out at its own printer alone."""

    def __init__(self, printer: str) -> None:
        cause = f"the job is for {printer}, a printer of this computer, and comes out there alone"
        super().__init__(cause, next_step="Release it without naming a device.")


class HubNeeded(ReleaseError):
    """This computer belongs to no hub."""

    def __init__(self) -> None:
        cause = "the hub decides at which devices its jobs come out, and this computer belongs to none"
        super().__init__(cause, next_step="Join it: tympan login URL")


class HubNotThere(ReleaseError):
    """The hub cannot be reached."""

    retry = Retry.LATER

    def __init__(self, why: str) -> None:
        next_step = "The job stays held. Try again when the network is back; a grant on your phone needs no hub."
        super().__init__(f"the hub decides who may release, and cannot be reached: {why:.300}", next_step=next_step)


class GrantRefused(ReleaseError):
    """A grant that is none, or is void or used."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the grant is not honoured: {why}", next_step="Open the app while your phone is online.")
