"""Numbers of the processes of a hub."""

from typing import Final

PROCESSES: Final = 64
"""Processes behind one address; each has connections of its own to the database."""

PROCESS_AGAIN_S: Final = 0.5
"""Seconds until a process that ended is started again."""

PROCESS_AGAIN_MOST_S: Final = 30.0
"""The longest such wait, for one that ends again and again."""

PROCESS_VAIN_STARTS: Final = 3
"""Starts that end by themselves in a place where none ever answered, until the hub's own start is given up: a database
that pauses for seconds costs one or two, a mistake in how the hub was started every one."""

PROCESS_END_S: Final = 15.0
"""Seconds a process has to end in order before it is killed."""
