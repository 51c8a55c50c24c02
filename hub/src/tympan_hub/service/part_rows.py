"""The rows that tell of parts: of one upload, those that come while some are written are written together, next.

- A part counts once its row is durable, and whoever brought it is answered then and not before.
- Whether the upload may still be filled is asked in the same transaction, each time.
- Of a part that is there already the row stays; the bytes that came again are those nobody needs.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import attrs

from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import UploadId
from tympan_hub.domain.uploads import Part, Upload, Uploader, UploadState
from tympan_hub.ports import Clock, Unit, Units

Checked = Callable[[Unit, Uploader, str, dt.datetime], Awaitable[Upload]]
"""The upload of this id, when they may fill it now; raises what it cannot."""

_AT_ONCE: Final = 64
"""Parts told of in one transaction."""


@attrs.define(eq=False)
class _Brought:
    part: Part
    told: "asyncio.Future[Part | None]"


class PartRows:
    """Tells of parts."""

    def __init__(self, units: Units, clock: Clock, checked: Checked) -> None:
        self._units = units
        self._clock = clock
        self._checked = checked
        self._waiting: dict[tuple[Uploader, UploadId], list[_Brought]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def tell(self, by: Uploader, upload: UploadId, part: Part) -> Part | None:
        """Tells of a part whose bytes are there; gives the one whose bytes nothing tells of any more.

        Raises:
            NotFound: The agent has no such upload.
            NotAllowed: It may not be filled now.
            Conflict: The upload is finished with another part there.
        """
        brought = _Brought(part, asyncio.get_running_loop().create_future())
        waiting = self._waiting.get((by, upload))
        if waiting is not None:
            waiting.append(brought)
        else:
            self._waiting[by, upload] = [brought]
            task = asyncio.create_task(self._write(by, upload))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return await brought.told

    async def _write(self, by: Uploader, upload: UploadId) -> None:
        """Until nobody waits."""
        while some := self._waiting[by, upload][:_AT_ONCE]:
            del self._waiting[by, upload][:_AT_ONCE]
            await self._together(by, upload, some)
        del self._waiting[by, upload]

    async def _together(self, by: Uploader, upload: UploadId, some: Sequence[_Brought]) -> None:
        try:
            outcomes = await self._told(by, upload, [each.part for each in some])
        except BaseException as error:
            for each in some:
                if not each.told.done():
                    each.told.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            if not isinstance(error, Exception):
                raise
            return
        for each, outcome in zip(some, outcomes, strict=True):
            if each.told.done():
                continue  # who brought it waits no more
            if isinstance(outcome, Conflict):
                each.told.set_exception(outcome)
            else:
                each.told.set_result(outcome)

    async def _told(self, by: Uploader, upload: UploadId, parts: Sequence[Part]) -> list[Part | Conflict | None]:
        async with self._units.writing(f"upload {upload}") as unit:
            now = self._clock.now()
            known = await self._checked(unit, by, upload, now)
            found = await unit.uploads.some_parts(by.tenant, upload, sorted({part.number for part in parts}))
            held = {part.number: part for part in found}
            outcomes = [_placed(known, held, part) for part in parts]
            changed = [part for part in held.values() if part not in found]
            if changed:
                await unit.uploads.keep_parts(by.tenant, upload, changed)
                await unit.uploads.keep(by.tenant, attrs.evolve(known, touched_at=now))
        return outcomes


def _placed(upload: Upload, held: dict[int, Part], part: Part) -> Part | Conflict | None:
    """Puts a part among those held; gives the one nobody needs any more."""
    before = held.get(part.number)
    if before is not None and before.sha256 == part.sha256:
        return part
    if upload.state is not UploadState.OPEN:
        return Conflict("the upload is finished, and nothing of it changes any more")
    held[part.number] = part
    return before
