"""Numbers of the tunnel on the agent, each with unit and reason."""

from __future__ import annotations

from typing import Final

FOLLOW_S: Final = 3.0
"""Between two looks at how a sent job fares, when no notice comes: somebody stands at the device."""

ATTACH_S: Final = 5.0
"""For the plugin's own service to come up when a job is there already: both start in one breath."""

AGAIN_S: Final = 1.0
"""Before a job is taken up again whose way changed: nothing has to be waited for."""

LATE_S: Final = 300.0
"""Between two questions after jobs whose end is unknown, when no notice comes: their computer may be off for days."""

LATE_ASKED: Final = 100
"""Of them asked after at once: a person has decided about most after a day."""

FULL_S: Final = 15.0
"""Before a job is offered again that the hub had no room for, or that nobody near its device may print yet."""

ABANDON_S: Final = 5.0
"""That a canceled job waits for the hub to give up what was uploaded of it; it is the owner who waits."""

RETRY_FIRST_S: Final = 0.5
"""Upper end of the first random wait after a failure; the link has its own pace besides."""

RETRY_LAST_S: Final = 30.0
"""Where its doubling stops: as long as the hub is asked anyhow."""

REFUSED_S: Final = 300.0
"""Wait after a no that asking again will not change, unless a notice comes: a hub that knows no tunnel."""

ROOM: Final = 4
"""Jobs fetched at once: each may have a gigabyte, and what is not fetched here another agent may have."""

LEDGER_MOST: Final = 100
"""Crossings known that are not over: 25 KB of the 64 that a value may have. While there are as many, no more come."""

DONE_KEPT: Final = 500
"""Jobs remembered that were begun here, so that none is begun twice: 20 KB, weeks of a desktop's share."""

LOOK_MOST_S: Final = 3.0
"""Between two looks while a lease is held, whatever the hub says: a lease lasts nine seconds."""

PRINTER_S: Final = 15.0
"""For a device to become known here after the hub named it in the same breath as a job for it."""

ADMITTED_S: Final = 15.0
"""For a job that just came in to pass the gates, before it is given back."""

WORD_S: Final = 10.0
"""For the hub to hear that a job is given back; after that its lease is over anyhow."""

BY_CHARS: Final = 40
"""Of the name of whose job it is, as the ledger keeps it: a long one does not fill what a value may have."""

FORGOTTEN_S: Final = 600.0
"""How long the hub may wait for the end of a crossing that this agent knows nothing of any more, before it is told so:
the report of a job that is over is there within seconds of the hub's answering."""

CARE_S: Final = 1.0
"""Between two looks at jobs that may go, or were left: a second is not noticed at a device."""

LINGER_S: Final = 600.0
"""How long a job stays that came in and was given to another agent before it was begun here: when that one dies too, it
need not come again. It is held all the while, and erased then."""

DETAIL_CHARS: Final = 300
"""Of one sentence that is told."""

TOLD_MOST: Final = 200
"""Different things told in the log of readers that are not believed, in one run: each is told once."""
