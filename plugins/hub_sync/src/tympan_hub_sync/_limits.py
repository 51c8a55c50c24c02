"""Numbers of the exchange with the hub, each with unit and reason."""

from __future__ import annotations

from typing import Final

BATCH_BYTES: Final = 1 << 20
"""Of one batch of reports, a quarter of what a message may have: one job's story has at most 500 KiB."""

TEXT_CHARS: Final = 500
"""Of one text in a report: a title or a sentence; the agent keeps the whole."""

STORY_LINES: Final = 250
"""Of one job's story; the agent itself keeps some 200."""

REMEMBERED: Final = 100
"""Commands whose outcome is remembered; a hub has only a few open for one agent."""

RETRY_FIRST_S: Final = 1.0
"""Upper end of the first random wait after a failure; the link has its own pace besides."""

RETRY_LAST_S: Final = 30.0
"""Where its doubling stops."""

REFUSED_S: Final = 300.0
"""Wait after a no that asking again will not change, unless a notice comes."""

LOOKS_AT_ONCE: Final = 20
"""Looks at the hub that follow each other without a pause: notices of a busy minute."""

LOOK_EVERY_S: Final = 1.0
"""Between two looks after those: a flood of notices, forged or not, makes no flood of requests."""

INSTALL_S: Final = 330.0
"""For the spooler to make or remove a queue; its own deadline is at most 300 s."""

ORDER_S: Final = 60.0
"""For any other order."""

PRINTER_S: Final = 15.0
"""For a printer to become known to the kernel after the hub named it in the same breath as an order about it."""

QUEUES: Final = 1_000
"""Queues remembered, as many as a hub has printers."""

QUEUES_LOOK_S: Final = 60.0
"""Between two looks at the queues when nothing tells of a change."""

PLUGINS: Final = 200
"""Plugins told of, as many as the agent looks at."""

SCAN_TELL_S: Final = 1.0
"""Between two reports of how far scans are: a progress bar that moves, and a request a second."""

SCANS_FAILED_S: Final = 60.0
"""Before scans are passed on again to a scanner that failed, unless there is news."""

NETWORKS: Final = 64
"""Networks told of; a router of a campus has some tens."""

NETWORKS_LOOK_S: Final = 20.0
"""Between two looks at this computer's networks; nothing tells of a change on every system."""

SIGHTINGS: Final = 2_000
"""Devices in view by one discovery that the hub is told of: a /21 full of printers."""

SIGHTING_ITEMS: Final = 50
"""Addresses, services and supplies told of one device."""

SIGHTING_BUCKETS: Final = 16
"""Values that what was told of one discovery is kept in: each stays below the 64 KiB a value may have."""

SIGHTINGS_AT_ONCE: Final = 100
"""Sightings told in one go, half a batch of reports: 500 devices that appear at once are told within five seconds."""

SIGHTINGS_EVERY_S: Final = 1.0
"""Between two such goes."""

SIGHTING_BUCKET_BYTES: Final = 60_000
"""Of one such value, which may have 64 KiB: what does not fit is told again after a restart."""

SIGHTINGS_LOOK_S: Final = 60.0
"""Between two looks at what is in view when nothing tells of a change: somebody else may have looked first."""

SIGHTINGS_FAILED_S: Final = 60.0
"""Before a discovery that failed is asked again."""

OUTBOX_LATER_S: Final = 5.0
"""Before trying again when the outbox is full, which ends when the hub is back."""

SIGHTING_AGAIN_S: Final = 30.0
"""Between two words about one device that stays in view: one that changes all the time makes no flood."""
