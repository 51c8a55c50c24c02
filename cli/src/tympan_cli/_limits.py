"""How long the command line waits, and how much it takes, with the reason of each."""

from __future__ import annotations

from typing import Final

ASK_S: Final = 30.0
"""For one answer of the agent: it answers in milliseconds, unless the machine swaps or is suspended."""

SPOOLER_S: Final = 120.0
"""For an answer that makes or removes a queue: CUPS may take half a minute to prove one usable."""

PROBE_S: Final = 2.0
"""For a connection to loopback: it is there at once or not at all."""

INSPECT_S: Final = 300.0
"""For the statistics of one file: thousands of pages are rendered small to find colour."""

WAIT_STEP_S: Final = 0.2
"""Between two looks at a job while waiting for its end."""

ANSWER_BYTES: Final = 64 << 20
"""Largest answer read: ten thousand jobs with their statistics take a tenth of it."""

ANNOUNCEMENT_BYTES: Final = 4096
"""Largest announcement and token read; the agent writes less than 100 bytes."""

PIECE_BYTES: Final = 256 * 1024
"""How much of a file is read at a time."""

JOB_NAME_BYTES: Final = 255
"""Longest job-name (RFC 8011 section 5.1.3, ``name(MAX)``)."""

INTEGER_MAX: Final = 2**31 - 1
"""Largest integer of IPP (RFC 8011 section 5.1.5)."""

KEYWORD_BYTES: Final = 255
"""Longest keyword (RFC 8011 section 5.1.4)."""

HUB_S: Final = 120.0
"""How long enrolling may take; the agent gives up after 90 s, and waits 20 s before for plugins that still start."""

SLOWER_S: Final = 5.0
"""Added to the wait between two questions when the hub asks for it (RFC 8628 section 3.5)."""

KNOWN_TRIES: Final = 50
"""Looks, ``WAIT_STEP_S`` apart, for the hub's word that somebody is signed in; a notice brings it within a second."""

EXAMINE_S: Final = 30.0
"""For the agent to ask all its plugins what they stand on: each has 20 s, and all look at once."""

BUNDLE_JOBS: Final = 50
"""Stories in an archive for support, the newest: what is complained about was printed lately."""

MANAGER_S: Final = 180.0
"""For systemd to start the agent: it waits until the agent says that it is ready, at most 120 s."""

CHECK_UP_S: Final = 45.0
"""For an agent that tries a new version to get ready, and for each command to it; disks are slow at such times."""

CHECK_STEP_S: Final = 0.2
"""Between two looks at it."""
