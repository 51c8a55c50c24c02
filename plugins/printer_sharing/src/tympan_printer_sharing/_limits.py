"""Every number of this plugin that is no setting, with its unit and its reason."""

from __future__ import annotations

from typing import Final

ENTRIES_MOST: Final = 4000
"""Devices remembered, those of queues that are gone too: a print server has 1,000 queues, and they change."""
ENTRIES_IN_ONE: Final = 200
"""In one durable value of at most 64 KiB: an entry takes up to 250 bytes."""
TEXT_CHARS: Final = 127
"""Of a name or place told to the hub: names of printers end there (PWG limits)."""
VALUES_MOST: Final = 500
"""Values of one option told to the hub: drivers list some hundred paper sizes."""
SETTLE_S: Final = 2.5
"""After a queue changed it is asked once more what it can do: CUPS tells changes apart by the second."""
STALE_S: Final = 600.0
"""After which a queue is asked again what it can do although nothing told of a change."""
UNTOLD_S: Final = 60.0
"""The same for a queue of which the system never tells that it may have changed."""
AWAY_S: Final = 5.0
"""Between two attempts to list queues while that fails: a print system is restarted in about that time."""
ROUNDS_MOST: Final = 3
"""Questions to the hub in one turn: its patterns may change what is shared, once."""
GATHER_S: Final = 0.3
"""Changes of queues that come together are told together: making one is three events."""
RETRY_FIRST_S: Final = 1.0
"""First random wait after the hub did not answer."""
RETRY_LAST_S: Final = 60.0
"""Where its doubling stops."""
REFUSED_S: Final = 900.0
"""After a no that asking again will not change."""
AGAIN_S: Final = 10.0
"""Before a job is tried again whose queue is away: printers are switched on in about that time."""
ENDING_S: Final = 30.0
"""For a job that shall not print to end at the spooler."""
EVIDENCE_BYTES: Final = 4096
"""What the kernel keeps of it."""
SNIFFED_BYTES: Final = 16
"""Of a document looked at to tell what it is."""
DETAIL_CHARS: Final = 1000
"""Of a sentence of the system's shown to people."""
LISTED_S: Final = 5.0
"""For the queues to be listed after a start, before a job of a share is put off."""
