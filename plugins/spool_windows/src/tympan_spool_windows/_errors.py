"""What this plugin raises, by what the user can do about it.

::

    TympanError
    └── WindowsSpoolError
        ├── CallFailed               a call of the Windows spooler failed                     later
        ├── PowerShellMissing        PowerShell is not there                                  never
        ├── PowerShellFailed         PowerShell did not do it                                 later
        ├── NotPermitted             Windows does not let this user do it                     never
        ├── QueueOfAnother           the queue of that name is not ours                       never
        ├── QueueNotUsable           the queue was made and does not work                     later
        │   ├── EndpointUnheard      what it should print to does not answer                  later
        │   └── EndpointLacking      it answers, and Windows cannot use the answer            never
        └── PressFailed              a document could not be printed                          never
            └── JobUnknown           no document is waited for under that number              never
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError

_AGAIN = "Print it again; if it fails again, make the document anew."
_LOOK = "Look at the printer in the settings of Windows, then try again."


class WindowsSpoolError(TympanError):
    """Windows could not do what was asked."""


class CallFailed(WindowsSpoolError):
    """A call of the Windows spooler failed; ``number`` is that of Windows."""

    retry = Retry.LATER

    def __init__(self, what: str, number: int, said: str) -> None:
        super().__init__(
            f"the Windows print spooler did not {what} ({said}, error {number})",
            next_step="See that the service Print Spooler runs, and look at the printer in the settings of Windows.",
        )
        self.number = number


class PowerShellMissing(WindowsSpoolError):
    """PowerShell is not there."""

    def __init__(self) -> None:
        super().__init__(
            "PowerShell, which makes and removes queues, was not found",
            next_step="It is part of Windows: ask an administrator why it is missing here.",
        )


class PowerShellFailed(WindowsSpoolError):
    """PowerShell did not do it."""

    retry = Retry.LATER

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"Windows did not {what} ({said})", next_step=_LOOK)


class NotPermitted(WindowsSpoolError):
    """Windows does not let this user do it."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(
            f"Windows does not let this user {what} ({said})",
            next_step="Do it as an administrator of this computer, or let the agent run as a service.",
        )


class QueueOfAnother(WindowsSpoolError):
    """A queue of that name exists and is not ours."""

    def __init__(self, name: str, uri: str) -> None:
        super().__init__(
            f"the queue {name} is not this agent's: it prints to {uri}",
            next_step="It was left as it is. Choose another name, or remove that queue yourself.",
        )


class QueueNotUsable(WindowsSpoolError):
    """The queue could be made and does not work."""

    retry = Retry.LATER

    def __init__(self, name: str, why: str, *, next_step: str = _LOOK) -> None:
        super().__init__(f"the queue {name} could not be made usable: {why}", next_step=next_step)


class EndpointUnheard(QueueNotUsable):
    """What the queue should print to does not answer."""

    def __init__(self, name: str, uri: str, why: str) -> None:
        super().__init__(
            name,
            f"{uri} does not answer ({why})",
            next_step="Check that the agent runs and that the printer exists in it.",
        )


class EndpointLacking(QueueNotUsable):
    """The endpoint answers, and Windows cannot make a queue of its answer."""

    retry = Retry.NEVER

    def __init__(self, name: str, uri: str, missing: str) -> None:
        super().__init__(
            name,
            f"{uri} does not say what Windows needs ({missing})",
            next_step="Switch the device on so that the agent can learn what it can do, then install again.",
        )


class PressFailed(WindowsSpoolError):
    """A document could not be printed."""

    def __init__(self, why: str, *, next_step: str = _AGAIN) -> None:
        super().__init__(why, next_step=next_step)


class JobUnknown(PressFailed):
    """No document is waited for under that number."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(
            f"job {number} of the queue {name} does not wait for a document from this agent",
            next_step="Print it again as a new job.",
        )
