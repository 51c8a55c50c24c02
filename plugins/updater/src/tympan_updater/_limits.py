"""Numbers of the updater, each with unit and reason."""

from __future__ import annotations

import datetime as dt
from typing import Final

ROOT_BYTES: Final = 64 * 1024
"""Of a root of trust: a dozen keys and their signatures."""

TIMESTAMP_BYTES: Final = 16 * 1024
"""Of the timestamp, which names one file."""

SNAPSHOT_BYTES: Final = 1 << 20
"""Of the snapshot: some thousand vendors."""

TARGETS_BYTES: Final = 4 << 20
"""Of one role's list of files: ten thousand versions."""

ROOT_ROTATIONS: Final = 64
"""Roots of trust that are followed one after the other: a machine that was off for years comes back."""

DELEGATIONS: Final = 32
"""Roles asked for one file; more would keep a machine busy with looking."""

TIMESTAMP_DAYS: Final = 35
"""Days ahead that a timestamp may end: one that holds for ever could hide every later version for ever."""

BUNDLE_BYTES: Final = 512 << 20
"""Of a bundle as it travels; ours has some 60 MB."""

WHEEL_BYTES: Final = 64 << 20
"""Of a plugin's wheel."""

TREE_BYTES: Final = 2 << 30
"""Of an unpacked version; a small file that unpacks to more is an attack."""

TREE_FILES: Final = 50_000
"""Files of an unpacked version; ours has some 3,000."""

ARCHIVE_BYTES: Final = 1 << 30
"""Of an offline archive, unpacked."""

PIECE_BYTES: Final = 64 * 1024
"""Copied at a time."""

PLAIN_FILE_BYTES: Final = 256 * 1024
"""Of the small files beside the versions: orders, journal, lists."""

CHECK_S: Final = 180.0
"""For a new version to say that it does: it loads every plugin and prints a page, on a slow disk too."""

START_S: Final = 90.0
"""For the agent to say that it is ready after it was started again."""

HEALTH_S: Final = 90.0
"""For all plugins that ran before to run again."""

LOOK_S: Final = 0.25
"""Between two looks at the agent while it comes up; each is a request on loopback."""

MANAGER_S: Final = 150.0
"""For the service manager to answer: it waits for the agent, and the agent has two minutes."""

DRAIN_S: Final = 600.0
"""Deliveries under way are waited for so long; then the update is tried again later."""

DRAIN_LEASE_S: Final = 30.0
"""The agent begins new deliveries again this long after it was last asked to hold back: an updater may die."""

DRAIN_LOOK_S: Final = 0.5
"""Between two questions whether all deliveries are over."""

TRIES: Final = 3
"""Starts of the updater in one phase after the switch: then the way back is safer than another try."""

METADATA_S: Final = 60.0
"""For a file of metadata to arrive."""

TARGET_S: Final = 3600.0
"""For a bundle to arrive over a slow line."""

PIECE_S: Final = 30.0
"""For the next piece of an answer; a source that says nothing for so long is given up."""

ASK_FIRST_S: Final = 60.0
"""After the start of the agent, before it looks for updates the first time: printing comes first."""

ASK_AGAIN_S: Final = 900.0
"""Before it looks again where the last look failed."""

ASKED_LEAST_S: Final = 10.0
"""Between two looks, whatever a hub says: one that says 0 would keep a machine busy with looking."""

ASKED_MOST_S: Final = 604_800.0
"""The same the other way: a week, or a machine would never look again."""

TELL_S: Final = 30.0
"""For the hub to say what it wants."""

ASK_PAUSED_S: Final = 900.0
"""Before it looks again where a version is here and may not be switched to, or was ordered and did not come."""

OPENED_SPREAD_S: Final = 60.0
"""Most of a random wait after a window has opened: a fleet asks its hub right before it switches."""

SETTLE_S: Final = 90.0
"""For what was well under the version before to be well again, before the hub is told that it is not."""

SETTLE_LOOK_S: Final = 3.0
"""Between two looks at that."""

BLAMED: Final = dt.timedelta(days=7)
"""What is lost later than this after an update is not told as its version's doing."""

TELL_AGAIN_S: Final = 3600.0
"""Before the hub is told again which version runs, where nothing can be updated and no hub says when."""

REASON_CHARS: Final = 400
"""Of a reason that is kept: a sentence, and the message of whoever gave it."""

NAME_CHARS: Final = 60
"""Of a name that is kept; ids of plugins are shorter."""

MISSED: Final = 20
"""Names in one outcome of what did not run again; of more, nobody wants to read the rest."""

EXPECTED: Final = 200
"""Plugins that an update looks for again; an agent has some dozens."""

LOCK_S: Final = 20.0
"""For another updater or an installer to end, before a person is told to wait."""

TAKEN_UP_S: Final = 15.0
"""Before an update that the disk cut short is taken up again: its unit starts it at once, and gives up after ten."""

LOCK_LOOK_S: Final = 0.2
"""Between two tries to be the only one."""

TOLD: Final = 50
"""Updates whose outcome is remembered, of each subject the last."""

REFUSED: Final = 50
"""Versions remembered that were come back from; of more, the newest."""

SHARE_CONNECTIONS: Final = 8
"""Machines near by that fetch at once; more wait, or ask another."""

STATE_BYTES: Final = 1 << 30
"""Of the database that is copied for the self-check."""

STATE_FILES: Final = 1000
"""Of a folder of small files beside it; an agent has some dozens."""

STATE_SMALL_BYTES: Final = 256 << 20
"""Of all of them together: an agent that was taken over shall not fill the disk by root's hand."""

STATE_LOOKS: Final = 5
"""Copies of the database before one is given up that changes all the while."""
