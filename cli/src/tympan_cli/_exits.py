"""Exit statuses of ``tympan``: stable, because people script against them (``docs/reference/exit-status.md``)."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What an exit status means."""

    OK = 0
    """Done."""
    FAILED = 1
    """It was tried and failed; the message names cause and next step."""
    USAGE = 2
    """The command line cannot be understood, or a value in it cannot be taken."""
    NOT_RUNNING = 3
    """The command needs the running agent, and none answers for this state folder."""
    NOT_FOUND = 4
    """There is no such printer, job, plugin, key or file."""
    REFUSED = 5
    """The agent or policy refused: a step the job's state does not allow, a capability that is off."""
    UNAVAILABLE = 6
    """Something outside did not answer: the device, CUPS, the keyring, the disk. Trying later may work."""
    PROBLEMS = 7
    """``doctor`` found problems; ``print --wait`` ended with the job not printed."""
    INTERRUPTED = 130
    """Ctrl-C. What the agent accepted before goes on."""
