"""Printing: jobs begun, handed their document, found again, followed, and ended.

- Every job has a process of its own (``_worker``), which gives it up when the document does not come whole, whatever
  the reason, this agent's death among them.
- A job is found by the UUID at the end of its document's name: Windows keeps that, and keeps nothing else of ours.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from tympan.plugin import BadInput, SpoolJob, SpoolJobState
from tympan_spool_windows._asking import Asking, Driver, in_thread
from tympan_spool_windows._capabilities import RENDERED, XPS, settings_for
from tympan_spool_windows._devmode import Color, JobSettings, change_devmode, read_devmode
from tympan_spool_windows._ends import Ends, Key
from tympan_spool_windows._errors import JobUnknown, PressFailed
from tympan_spool_windows._following import Following
from tympan_spool_windows._frames import Order, Way
from tympan_spool_windows._jobs import BROKE_OFF, REMOVED, JobTrack, document_name, named_by
from tympan_spool_windows._layout import chosen_pages
from tympan_spool_windows._limits import STARTED, TITLE_CHARACTERS
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._notices import Notices
from tympan_spool_windows._press import Press, start_press
from tympan_spool_windows._print_schema import ticket
from tympan_spool_windows._records import JobControl

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Printing:
    """Jobs of this agent in the spooler.

    Args:
        asking: The spooler.
        settings: As they are now.
        command: Starts a press.
    """

    def __init__(self, asking: Asking, settings: Callable[[], SpoolSettings], command: Sequence[str]) -> None:
        self._asking = asking
        self._settings = settings
        self._command = command
        self._presses: dict[Key, Press] = {}
        self._followings: dict[Key, Following] = {}
        self._ends = Ends()

    async def start(
        self, name: str, *, title: str, media_type: str, options: Mapping[str, str], job: uuid.UUID | None
    ) -> int:
        """Begins a job, found again by ``job`` if there is one.

        Raises:
            NotFound: There is no such queue.
            BadInput: The queue cannot do what an option asks.
            WindowsSpoolError: The queue takes no job; there is none then.
        """
        driver = await self._asking.driver(name)
        called = document_name(title, job) if job else title[:TITLE_CHARACTERS]
        order = await self._ordered(driver, called, media_type, options)
        following = self._following(name)
        await following.begin()
        try:
            press = await start_press(order, self._command)
        except BaseException:
            following.stop()
            raise
        key = name, press.number
        self._ends.begun(key, job)
        await self._keep(self._presses, key, press)
        await self._keep(self._followings, key, following)
        return press.number

    def _following(self, name: str) -> Following:
        return Following(Notices(lambda: self._asking.spool.listen(name)), lambda: self._asking.jobs(name))

    async def _ordered(self, driver: Driver, title: str, media_type: str, options: Mapping[str, str]) -> Order:
        name, pages = driver.queue.name, options.get("page-ranges", "")
        try:
            asked = settings_for(driver.device, options)
            wish = ticket(driver.features, options)
            chosen_pages(1, pages)
            if pages and media_type not in RENDERED:
                raise ValueError(f"the queue {name} takes {media_type} as it is, with all of its pages")
        except ValueError as error:
            raise BadInput(f"the document cannot be printed so: {error}", next_step="Correct the option.") from error
        devmode = await in_thread(lambda: self._shown(driver, asked.settings, wish))
        if media_type not in RENDERED:
            datatype = "XPS_PASS" if media_type in XPS and driver.passes_xps else "RAW"
            return Order(queue=name, title=title, way=Way.STRAIGHT, datatype=datatype, devmode=devmode)
        return Order(
            queue=name,
            title=title,
            way=Way.RENDERED,
            media_type=media_type,
            devmode=devmode,
            copies=asked.copies,
            pages=pages,
            gray=not driver.device.color or read_devmode(devmode).color == Color.MONOCHROME,
            dpi=self._settings().render_dpi,
        )

    def _shown(self, driver: Driver, wanted: JobSettings, wish: bytes) -> bytes:
        """The settings as the driver takes them. A ticket's way back loses members, so ours are set after it, too."""
        spool, name = self._asking.spool, driver.queue.name
        devmode = change_devmode(driver.devmode, wanted)
        if wish:
            devmode = change_devmode(spool.ticketed(name, devmode, wish), wanted)
        return spool.merged(name, devmode)

    async def _keep(self, kept: dict[Key, Press] | dict[Key, Following], key: Key, new: Press | Following) -> None:
        """Keeps it, and gives up the one kept longest when there are too many."""
        table = cast("dict[Key, Press | Following]", kept)
        table[key] = new
        if len(table) > STARTED:
            await _end(table.pop(next(iter(table))))

    async def send(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        """Hands a begun job its document, with which it prints.

        Raises:
            JobUnknown: This process began no such job, or its document was sent.
            PressFailed: It was given up.
        """
        press = self._presses.pop((name, number), None)
        if press is None:
            raise JobUnknown(name, number)
        why = BROKE_OFF
        try:
            await press.fill(document)
        except PressFailed as error:
            why = error.cause
            raise
        finally:
            await press.close()
            if press.gave_up:  # of one that only broke off nobody knows
                self._given_up((name, number), why, whole=press.whole)

    def _given_up(self, key: Key, why: str, *, whole: bool) -> None:
        """A whole document that was given up is at fault itself; of any other it is the way here that broke."""
        reason = "document-format-error" if whole else "aborted-by-system"
        self._over(key, SpoolJobState.ABORTED, (reason,), why, received=whole)

    def _over(
        self, key: Key, state: SpoolJobState, reasons: tuple[str, ...], detail: str, *, received: bool = False
    ) -> None:
        told = SpoolJob(number=key[1], state=state, received=received, reasons=reasons, detail=detail)
        self._ends.ended(key, told)

    async def find(self, name: str, job: uuid.UUID) -> SpoolJob | None:
        """The job of that UUID, if the queue has it or its end is known; raises ``CallFailed`` when nobody tells."""
        over = self._ends.of(name, job)
        if over is not None:
            return over
        record = named_by(await self._asking.jobs(name), job)
        return JobTrack(number=record.number).seen(record) if record else None

    async def follow(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        """Where the job stands, to its end."""
        over = self._ends.over.get((name, number))
        following = self._followings.pop((name, number), None)
        if over is not None:
            if following is not None:
                following.stop()
            yield over
            return
        if following is None:
            following = self._following(name)
            await following.begin()
        states = following.states(number, every_s=self._settings().watch_interval_s)
        async with aclosing(cast("AsyncGenerator[SpoolJob]", states)) as told:
            async for state in told:
                self._ends.ended((name, number), state)
                yield state

    async def cancel(self, name: str, number: int) -> None:
        """Ends a job: one that has no document yet by giving it up, any other by the spooler.

        Raises:
            WindowsSpoolError: Windows does not let this user, or does not answer.
        """
        following = self._followings.get((name, number))
        if following is not None:
            following.track = following.track or JobTrack(number=number)
            following.track.asked = True
        press = self._presses.pop((name, number), None)
        if press is not None:
            await press.close()
            if press.gave_up:
                self._over((name, number), SpoolJobState.CANCELED, ("job-canceled-by-user",), REMOVED)
                return
        spool = self._asking.spool
        await in_thread(lambda: spool.control(name, number, JobControl.DELETE))

    async def close(self) -> None:
        """Gives up every job that has no document yet."""
        for press in list(self._presses.values()):
            await press.close()
        for following in self._followings.values():
            following.stop()
        self._presses.clear()
        self._followings.clear()


async def _end(each: Press | Following) -> None:
    if isinstance(each, Press):
        await each.close()
    else:
        each.stop()
