"""Every number of this plugin that is no setting, with its unit and its reason."""

from __future__ import annotations

from typing import Final

NAME_CHARACTERS: Final = 220
"""Longest queue name Windows takes; its documents say so of ``Add-Printer``."""

TITLE_CHARACTERS: Final = 120
"""Of a document's name, its mark included: the spooler's list and many a driver cut longer ones from the end."""

COMMAND_S: Final = 90.0
"""One run of PowerShell: it starts in seconds on an old disk, and the directed query asks the endpoint nine times."""

COMMAND_OUTPUT_CHARACTERS: Final = 300
"""Of PowerShell's complaint shown to the user."""

PROOF_EVERY_S: Final = 0.2
"""Between the first two looks whether a new queue is there; doubles up to the next."""

PROOF_AT_MOST_S: Final = 2.0
"""Between two later looks."""

CLEANUP_S: Final = 30.0
"""For taking away a half-made queue, even when the caller was cancelled; PowerShell must start for it."""

PORTS: Final = 8
"""Endpoint ports remembered; an agent has one, and a second one when it was started elsewhere."""

QUEUES: Final = 200
"""Queues this agent made that it remembers the ports of."""

FRAME_BYTES: Final = 1024 * 1024
"""Longest frame between the agent and a press."""

PIECE_BYTES: Final = 256 * 1024
"""Of a document sent to a press at once."""

DOCUMENT_BYTES: Final = 1024 * 1024 * 1024
"""Longest PDF or picture a press holds in memory: pages are rendered from anywhere in it."""

DOCUMENT_PAGES: Final = 10_000
"""Most pages of one document that are rendered."""

BAND_LINES: Final = 256
"""Of a page rendered and handed to the driver at once: 5 MB at 600 dpi on A4 in colour."""

PRESS_START_S: Final = 60.0
"""For a press to start and to have its job numbered: drivers load on their first use, some from a server."""

PRESS_STALL_S: Final = 300.0
"""Without one more page or piece taken a press is given up: a driver waits for somebody who is not there."""

PRESS_END_S: Final = 10.0
"""For a press told to give its job up, before it is killed."""

NOTICE_WAIT_S: Final = 1.0
"""One wait of the thread that listens to the spooler; an asked stop is told it at once by an event besides."""

NOTICES: Final = 64
"""Notices the reader may be behind; beyond it they are dropped and everything is looked at."""

NOTICE_ENTRIES: Final = 4096
"""Of one notice of the spooler read; more is taken for lost."""

NOTICE_TEXT_BYTES: Final = 8192
"""Of one text in a notice."""

JOBS: Final = 4096
"""Jobs of one queue looked at."""

SCHEMA_BYTES: Final = 4 * 1024 * 1024
"""Longest Print Schema document of a driver; big ones have 300 KB."""

SCHEMA_ELEMENTS: Final = 100_000
"""Elements in one."""

SCHEMA_DEPTH: Final = 32
"""Elements within each other in one; the schema needs eight."""

SCHEMA_TEXT_CHARACTERS: Final = 4096
"""One text in it."""

OPTIONS: Final = 100
"""Options of one queue told, the driver's own among them."""

OPTION_VALUES: Final = 500
"""Values of one; a plotter's driver names some 300 papers."""

KEYWORD_CHARACTERS: Final = 127
"""Longest keyword told: RFC 8011 has 255 octets, the hub 127 characters."""

FOLLOW_EVERY_S: Final = 1.0
"""Between two looks at a job while the spooler tells of nothing: jobs of some drivers are gone in seconds."""

LAST_NOTICE_S: Final = 2.0
"""For the notice of a job's end to come after the job is gone from its queue: the spooler tells from another thread."""

STARTED: Final = 64
"""Jobs begun whose document has not come, or which nobody follows, at once: each has a process or handles."""

ENDS: Final = 1024
"""Ends of jobs remembered, for whoever asks after the job is over."""
