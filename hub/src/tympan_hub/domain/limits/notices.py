"""Numbers of notice streams, and of who is connected."""

import datetime as dt
from typing import Final

STREAMS_PER_AGENT: Final = 2
"""Notice streams of one agent: the one in use, and one that is not known to be dead yet."""

STREAM_LINES: Final = 8
"""Lines waiting on one notice stream; a reader slower than that is hung up on and comes back."""

STREAMS_AT_ONCE: Final = 100
"""Notice streams that are said the same in one go: about a millisecond in which nothing else is served."""

NONCE_CHARS: Final = 200
"""A nonce an agent wants to hear again: what waits on a stream stays small."""

RETURNS_PER_S: Final = 200
"""Agents cut off from one process that come back within a second; each asks for a token, a stream and its state."""

PACE_MOST_S: Final = 300
"""Seconds over which they are spread at most: a person waits for an installation."""

PRESENCE: Final = dt.timedelta(seconds=100)
"""A process that said nothing for so long is dead, and nobody is connected to it: three beats, and a slow database."""

PRESENCE_BEAT: Final = dt.timedelta(seconds=30)
"""A process says so often that it lives: one row, however many agents it serves."""

PRESENCE_S: Final = 1.0
"""Seconds between two looks of a process at who came and who went, for the others to know: soon enough for people."""
