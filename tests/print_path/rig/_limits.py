"""Deadlines of the rig, in seconds; generous, because the machine may be busy with other tests."""

START_S = 60.0
"""From starting a program to its first answer."""
STARTS = 3
"""Times a program is started that ends at once because another one was slow."""
STOP_S = 10.0
"""From SIGTERM to the end of a program; SIGKILL follows."""
KILL_S = 10.0
"""From SIGKILL to the end."""
COMMAND_S = 60.0
"""One run of lp, lpadmin or ipptool."""
DRIVER_S = 60.0
"""From lpadmin to the driver CUPS makes of a printer's answer."""
JOB_S = 120.0
"""A job through CUPS: its backend looks after the printer's job at growing intervals of up to about 20 s."""
PROBE_S = 5.0
"""One request that only asks whether somebody answers."""
ASK_S = 30.0
"""One question to an agent that runs: as long as its command waits for an answer."""
POLL_S = 0.02
"""Between two looks at a condition."""
LOG_TAIL = 4000
"""Characters of a program's log shown when it failed."""
HANG_S = 25.0
"""A malformed request is answered or closed; the agent itself waits 10 s for the rest of a head."""
ANSWER_BYTES = 8 << 20
"""Longest answer to a malformed request."""
