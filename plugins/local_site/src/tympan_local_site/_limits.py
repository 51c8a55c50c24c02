"""Limits: what one caller of the loopback site may take."""

ARGUMENTS_BYTES = 1024 * 1024
"""Arguments of one operation of the control application."""

ASK_S = 300.0
"""Longest operation of the control application: installing a queue waits for the spooler."""

CONNECTIONS = 256
"""Open at once. CUPS uses two per job, the command line one."""

CONNECTIONS_EACH = 32
"""Of one account that is none of the spooler's: its tray, a browser with six, and some commands."""

CONNECTIONS_OTHERS = 192
"""Of all those accounts together: the spooler and the agent's own keep the rest."""

PORT = 39149
"""Where programs and pages expect the site."""

PAGES_PORT = 39150
"""Where pages look when nothing answers them at the first port."""
