"""Numbers of the bridge, each with unit and reason."""

from __future__ import annotations

from typing import Final

CHALLENGE_S: Final = 60.0
"""A challenge is accepted so long: the page fetches the permit in a fraction of it, and a thief has no more time."""

CHALLENGES: Final = 32
"""Challenges open at once; the oldest makes room. Each is a page that was greeted and has not come back."""

CHALLENGE_BYTES: Final = 24
"""Random bytes of a challenge: nobody guesses 192 bits in a minute."""

BODY_BYTES: Final = 8192
"""Of one request: an envelope of at most 4096 bytes, written as JSON inside JSON."""

BODY_S: Final = 10.0
"""For a request's body to arrive; a page sends it at once."""

GREETINGS: Final = 60
"""Greetings in a minute: a person who opens a page every second, and no more."""

ERRANDS: Final = 20
"""Errands in a minute: somebody who installs one printer after another."""

WAITING: Final = 4
"""Errands that wait for the one being done; queues are made one at a time."""

QUEUES_S: Final = 3.0
"""For the spooler to list its queues in a greeting; a page that waits longer takes the agent for absent."""

INSTALL_S: Final = 330.0
"""For the spooler to make or remove a queue; its own deadline is at most 300 s."""

PRINTER_S: Final = 15.0
"""For a printer to become known here after the hub made it known to this agent."""

REPORT_S: Final = 10.0
"""To leave the report in the outbox, even when the page has gone: what was done is told."""

TEXT_CHARS: Final = 500
"""Of one sentence in an answer."""

PREFLIGHT_S: Final = 60
"""A browser may keep the answer to a preflight so long: an agent that changes its hub is asked anew."""
