"""What this plugin raises.

::

    TympanError
    └── TunnelError
        ├── NoWay         a plugin or the membership that leads to the hub is missing   later
        ├── NoReader      no agent near the device may be given the key                 later
        ├── NotServed     a job for a device that this agent prints nothing on          never
        ├── OutOfReach    the device does not answer here                               later
        ├── AnotherPrinter  the hub names another printer than the job's sender did     never
        └── HadBefore     this agent has the job, or had it, and takes it no more       never
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class TunnelError(TympanError):
    """A job does not go through the tunnel now."""


class NoWay(TunnelError):
    """A plugin, or the membership, that leads to the hub is missing."""

    retry = Retry.LATER

    def __init__(self, why: str) -> None:
        super().__init__(f"nothing goes through the hub now: {why}", next_step="See 'tympan status'.")


class NoReader(TunnelError):
    """No agent near the device may be given the document's key."""

    retry = Retry.LATER

    def __init__(self, why: str) -> None:
        next_step = "Switch one on that reaches the device; 'tympan keys' shows whose keys are believed."
        super().__init__(f"no computer near the device may be given the document: {why:.300}", next_step=next_step)


class NotServed(TunnelError):
    """A job for a device that this agent prints nothing on."""

    def __init__(self, printer: str) -> None:
        super().__init__(f"this computer prints nothing for others at {printer:.80}")


class OutOfReach(TunnelError):
    """The device does not answer here."""

    retry = Retry.LATER

    def __init__(self, printer: str) -> None:
        super().__init__(f"{printer:.80} does not answer this computer", next_step="Another computer may reach it.")


class AnotherPrinter(TunnelError):
    """The hub names another printer than the job's sender did."""

    def __init__(self, told: str, meant: str) -> None:
        super().__init__(f"the hub sends it to {told:.80}, and its sender to {meant:.80}")


class HadBefore(TunnelError):
    """This agent has the job, or had it, and takes it no more."""

    def __init__(self, state: str) -> None:
        super().__init__(f"this computer had the job before: it is {state}")
