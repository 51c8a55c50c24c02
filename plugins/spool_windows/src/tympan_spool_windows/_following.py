"""Following one job: the spooler's notices tell what happened meanwhile, looks at the queue tell what is.

- Windows drops a job as soon as it is sent, so whoever only looks sees it vanish and knows nothing. Notices are begun
  before the job is, and what they told of its end counts.
- A look follows when notices were lost, when there are none, and now and then besides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from tympan.plugin import SpoolJob
from tympan_spool_windows._errors import WindowsSpoolError
from tympan_spool_windows._jobs import JobTrack
from tympan_spool_windows._limits import FOLLOW_EVERY_S, LAST_NOTICE_S
from tympan_spool_windows._notices import Notices
from tympan_spool_windows._records import JobRecord, Notice

Look = Callable[[], Awaitable[tuple[JobRecord, ...]]]


class Following:
    """One job from before its beginning to its end.

    Args:
        notices: Of its queue, begun or about to be.
        look: Lists the jobs of its queue.
    """

    def __init__(self, notices: Notices, look: Look) -> None:
        self._notices = notices
        self._look = look
        self.track: JobTrack | None = None

    async def begin(self) -> None:
        """Begins to listen."""
        await self._notices.start()

    async def states(self, number: int, *, every_s: float) -> AsyncIterator[SpoolJob]:
        """Where the job stands, each time that it stands elsewhere, to its end.

        Args:
            number: The job's.
            every_s: Between two looks while notices come.
        """
        track = self.track = self.track or JobTrack(number=number)
        last: SpoolJob | None = None
        try:
            now = await self._seen(track)
            while True:
                if now is not None and now != last:
                    last = now
                    yield now
                if last is not None and last.state.is_over:
                    return
                now = await self._changed(track, every_s)
        finally:
            self._notices.stop()

    async def _changed(self, track: JobTrack, every_s: float) -> SpoolJob | None:
        notice = await self._notices.next(every_s if self._notices.heard else FOLLOW_EVERY_S)
        told = self._told(track, notice)
        if told is not None and told.state.is_over:
            return told
        return told if notice is not None and not notice.lost else await self._seen(track)

    def _told(self, track: JobTrack, notice: Notice | None) -> SpoolJob | None:
        mine = [job for job in (notice.jobs if notice else ()) if job.number == track.number]
        return [track.noticed(job) for job in mine][-1] if mine else None

    async def _seen(self, track: JobTrack) -> SpoolJob | None:
        """What a look shows; None while the spooler does not answer, for that is waited for."""
        try:
            records = await self._look()
        except WindowsSpoolError:
            return None
        found = next((record for record in records if record.number == track.number), None)
        # What was told before the look ended counts before what it showed. One that is missing may still be told of.
        await self._drain(track, 0 if found or not self._notices.heard else LAST_NOTICE_S)
        return track.seen(found) if found else track.missed()

    async def _drain(self, track: JobTrack, patience_s: float) -> None:
        """Takes notices until the job is told to be over, or none comes for a while."""
        told: SpoolJob | None = None
        while told is None or not told.state.is_over:
            notice = await self._notices.next(patience_s)
            if notice is None:
                return
            told = self._told(track, notice)

    def stop(self) -> None:
        """Gives up listening, when nobody will follow."""
        self._notices.stop()
