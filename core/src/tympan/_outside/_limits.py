"""Numbers of the pipe, each with unit and reason; those an agent may be given others of are in ``tympan._limits``."""

from __future__ import annotations

from typing import Final

FROM_PLUGIN_BYTES: Final = 8 << 20
"""Of one frame that a plugin's process sends: some thousand sightings, or the largest entry of the outbox, twice."""

TO_PLUGIN_BYTES: Final = 32 << 20
"""Of one frame that it is sent: every open job of a large site, with its ticket."""

QUEUED_BYTES: Final = 64 << 20
"""Waiting to be sent to one process; one that takes none of it has stopped reading."""

HEAD_BYTES: Final = 4 << 20
"""Of a frame's part that is JSON: it is read in one go, on the event loop."""

BLOBS: Final = 20_000
"""Texts of bytes in a frame: one for each ticket of every open job, and more."""

PIECE_BYTES: Final = 1 << 20
"""Of one piece of a stream: what a document's own pieces are at most."""

CALLS: Final = 256
"""Under way at once from one process; more are answered busy, so that its tasks in the kernel are bounded."""

OBJECTS: Final = 4096
"""Known to one process at once: hosts, documents, subscriptions. More is a leak."""

RAISED: Final = 64
"""Errors that are remembered, so that one that comes back is the same."""

CAUSES: Final = 4
"""Of an error that are told with it."""

TEXT_CHARS: Final = 2000
"""Of an error's sentence."""

RECEIVE_BYTES: Final = 256 * 1024
"""Read at once."""

FRAMES: Final = 32
"""Taken up in a row before others have their turn: a process may send thousands at once."""

LINE_CHARS: Final = 500
"""Of a line that a plugin's process writes."""

LINES: Final = 100
"""That it may write into the agent's log in ``LINES_S``; the rest is counted."""

LINES_S: Final = 60.0
"""See ``LINES``."""

ORPHAN_CPU_S: Final = 60
"""Processor time that a process may take without a sign of life from the agent: one that loops for ever in code that
lets no thread run ends, even when its agent is gone."""

OPEN_FILES: Final = 1024
"""Of one process."""

NICE: Final = 5
"""Printing goes before what vendors do beside it."""

REAP_S: Final = 1.0
"""For a killed process to be gone, with all it started; and once more where its keeper does not do it."""

LOOK_AGAIN_S: Final = 0.005
"""Between two looks at what is to be ended."""

LEAVE_S: Final = 5.0
"""After which a keeper without an agent leaves what it may not end, such as a program of root's."""

PROCESSES: Final = 64
"""That a plugin may have at once: one that starts them in a loop would fill the machine."""

EMPTY_BYTES: Final = 64 << 20
"""Memory of a plugin's process before it has taken any, with room; its processes together may take it beside theirs."""

SUBSCRIBED: Final = 4096
"""Events that wait in the kernel for one subscription of a process."""

SUBSCRIPTIONS: Final = 64
"""Of one process at once: there are only so many for all plugins."""
