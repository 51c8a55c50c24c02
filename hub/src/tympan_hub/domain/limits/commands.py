"""Numbers of commands to agents, and of the checks asked of them."""

import datetime as dt
from typing import Final

COMMAND: Final = dt.timedelta(days=7)
"""A command waits so long for a computer that is away: a holiday is longer, but then nobody expects it any more."""

COMMAND_LEASE: Final = dt.timedelta(minutes=10)
"""An agent that fetched a command is given it anew after so long; making a queue takes at most 330 seconds."""

COMMANDS_KEPT: Final = dt.timedelta(days=30)
"""What became of a command is told so long."""

COMMANDS_PER_AGENT: Final = 50
"""Commands that wait for one agent; it remembers the outcome of 100."""

DEVICE_CHECK: Final = dt.timedelta(minutes=2)
"""Somebody sits before the page and waits; a later answer is of no use."""

CHECKS_SHOWN: Final = dt.timedelta(minutes=30)
"""So long is what agents found at an address good for adding a printer."""

CHECKERS: Final = 5
"""Agents asked about one address when anyone will do: one of them is likely in the right network."""

CHECKERS_SHOWN: Final = 50
"""Computers one may choose from at once to look at an address; the others are found by name."""
