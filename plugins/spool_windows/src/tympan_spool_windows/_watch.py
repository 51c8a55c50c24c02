"""Watching queues: a notice of the spooler tells that something happened, a look at all queues tells what.

- A notice is a hint and carries no truth; where the spooler grants none, every turn looks.
- While the spooler does not answer nothing changes: a failed listing is no empty one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from tympan.plugin import Queue, QueueEvent
from tympan_spool_windows._asking import Asking
from tympan_spool_windows._errors import WindowsSpoolError
from tympan_spool_windows._notices import Notices
from tympan_spool_windows._queues import changes


async def watch_queues(asking: Asking, interval_s: Callable[[], float]) -> AsyncIterator[QueueEvent]:
    """Changes since the first look, until cancelled.

    Args:
        asking: The spooler.
        interval_s: Between two looks without a notice, as it is now.
    """
    notices = Notices(lambda: asking.spool.listen(""))
    await notices.start()
    seen: tuple[Queue, ...] | None = None
    try:
        while True:
            found = await _look(asking)
            if found is not None:
                for event in changes(found if seen is None else seen, found):
                    yield event
                seen = found
            await notices.next(interval_s())
    finally:
        notices.stop()


async def _look(asking: Asking) -> tuple[Queue, ...] | None:
    try:
        return await asking.queues()
    except WindowsSpoolError:
        return None
