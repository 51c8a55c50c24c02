"""What this plugin raises, by what the user can do about it.

::

    TympanError
    └── SpoolerError
        ├── CupsAway              CUPS does not answer                          later
        ├── CommandMissing        lpadmin is not installed                      later
        ├── NotAllowed            CUPS does not let this user do it             never
        ├── CupsRefused           CUPS says no for another reason               never
        ├── NoSuchQueue           there is no queue of that name                never
        ├── JobUntraceable        CUPS keeps no mark by which a job is found    never
        ├── QueueTaken            the queue of that name is not ours            never
        └── QueueUnusable         the queue was made and does not work          later
            ├── EndpointSilent    what it should print to does not answer       later
            └── EndpointIncomplete  it answers, and CUPS cannot use the answer  never
"""

from __future__ import annotations

from tympan.plugin import NotFound, Retry, TympanError


class SpoolerError(TympanError):
    """CUPS could not do what was asked."""


class CupsAway(SpoolerError):
    """CUPS does not answer."""

    retry = Retry.LATER

    def __init__(self, server: str, why: str) -> None:
        super().__init__(
            f"the print system CUPS does not answer at {server} ({why})",
            next_step="Start it (systemctl start cups), or set `server` of spool_cups in settings.toml.",
        )


class CommandMissing(SpoolerError):
    """The command ``lpadmin`` is not installed."""

    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__(
            "the command lpadmin, which makes queues, was not found",
            next_step="Install it (Debian: apt-get install cups-client).",
        )


class NotAllowed(SpoolerError):
    """CUPS does not let this user do it."""

    def __init__(self, what: str, user: str, said: str) -> None:
        super().__init__(
            f"CUPS does not let {user} {what} ({said})",
            next_step=f"Add {user} to the group that may (Debian: lpadmin, macOS: _lpadmin) and sign in again, or ask "
            "an administrator.",
        )


class CupsRefused(SpoolerError):
    """CUPS says no for another reason."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"CUPS did not {what} ({said})", next_step="Look into the log of CUPS for more.")


class NoSuchQueue(SpoolerError, NotFound):
    """There is no queue of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"CUPS has no queue {name}", next_step="Look with lpstat -e what it is called now.")


class JobUntraceable(SpoolerError):
    """CUPS keeps nothing by which a job could be found again, so nothing was sent."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"CUPS keeps no mark on the jobs of the queue {name}, so that after a crash nobody could tell what printed",
            next_step="Bring CUPS up to date; nothing was printed.",
        )


class QueueTaken(SpoolerError):
    """A queue of that name exists and is not ours."""

    def __init__(self, name: str, uri: str) -> None:
        super().__init__(
            f"the queue {name} is not this agent's: it prints to {uri}",
            next_step="It was left as it is. Choose another name, or remove that queue yourself.",
        )


class QueueUnusable(SpoolerError):
    """The queue could be made and does not work."""

    retry = Retry.LATER

    def __init__(self, name: str, why: str, *, next_step: str = "Try again; the log of CUPS may tell more.") -> None:
        super().__init__(f"the queue {name} could not be made usable: {why}", next_step=next_step)


class EndpointSilent(QueueUnusable):
    """What the queue should print to does not answer."""

    def __init__(self, name: str, uri: str, why: str) -> None:
        super().__init__(
            name,
            f"{uri} does not answer ({why})",
            next_step="Check that the agent runs and that the printer exists in it.",
        )


class EndpointIncomplete(QueueUnusable):
    """The endpoint answers, and CUPS cannot make a queue of its answer."""

    retry = Retry.NEVER

    def __init__(self, name: str, uri: str, missing: str) -> None:
        super().__init__(
            name,
            f"{uri} does not say what CUPS needs ({missing})",
            next_step="Switch the device on so that the agent can learn what it can do, then install again.",
        )
