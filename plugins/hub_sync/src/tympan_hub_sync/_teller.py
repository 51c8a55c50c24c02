"""Sends what waits in the outbox, in batches, until the hub has acknowledged it.

- An entry leaves the outbox only when a receipt names its report: a lost receipt sends the same reports under the same
  ids, and the hub counts an id once.
- Jobs are told as they stand when they are sent; an entry that was replaced meanwhile stays and is told anew.
"""

from __future__ import annotations

from uuid import UUID

import trio

from tympan.plugin import Backoff, Host, Member, NotFound, OutboxEntry, Retry, StoreDamaged, TympanError
from tympan_hub_sync._errors import NothingTaken
from tympan_hub_sync._limits import BATCH_BYTES
from tympan_hub_sync._model import Link, SyncSettings
from tympan_hub_sync._reports import entry_id, job_report, report
from tympan_wire.hub import (
    BATCH_REPORTS,
    HubMessageError,
    Operation,
    Receipt,
    Report,
    ReportBatch,
    decode,
    encode,
)


class Teller:
    """The reports of one membership."""

    def __init__(self, host: Host, link: Link, member: Member, settings: SyncSettings, backoff: Backoff) -> None:
        self._host = host
        self._link = link
        self._member = member
        self._settings = settings
        self._backoff = backoff
        self._news = trio.Event()
        self._urgent = trio.Event()
        self._answers = trio.Event()

    def hub_answers(self) -> None:
        """The hub was heard: whatever waits for it to come back goes out at once."""
        self._answers.set()

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._news.set()

    def hurry(self) -> None:
        """Something was put into the outbox that somebody waits for: it goes without waiting for more."""
        self._urgent.set()
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news, self._urgent, self._answers = trio.Event(), trio.Event(), trio.Event()
            try:
                told = await self._tell()
            except (TympanError, HubMessageError) as error:
                await self._wait(error)
                continue
            self._backoff.well()
            if not told:
                with trio.move_on_after(self._settings.poll_s):
                    await self._news.wait()
                with trio.move_on_after(self._settings.settle_s):
                    await self._urgent.wait()

    async def _wait(self, error: TympanError | HubMessageError) -> None:
        """Waits for the hub to come back, which news does not change; after a no for good, for longer."""
        wait_s = self._backoff.after(error)
        if isinstance(error, TympanError) and error.retry is Retry.NEVER:
            await trio.sleep(wait_s)
        else:
            with trio.move_on_after(wait_s):
                await self._answers.wait()

    async def _tell(self) -> bool:
        """Sends one batch; tells whether there was anything to send."""
        entries = await self._host.outbox.peek(BATCH_REPORTS)
        batch = await self._batch(entries)
        if not batch:
            return bool(entries)
        request = encode(ReportBatch(reports=tuple(batch.values())))
        receipt = decode(Receipt, await self._link.hub.request(Operation.REPORTS, request))
        done = {*receipt.taken, *self._refused(receipt)}
        arrived = [entry for entry, sent in batch.items() if sent.id in done]
        if not arrived:
            raise NothingTaken
        await self._host.outbox.remove(*arrived)
        return True

    def _refused(self, receipt: Receipt) -> set[UUID]:
        for refused in receipt.refused:
            self._host.log("the hub refuses a report for good", report=str(refused.id), why=refused.why[:300])
        return {refused.id for refused in receipt.refused}

    async def _batch(self, entries: tuple[OutboxEntry, ...]) -> dict[int, Report]:
        batch: dict[int, Report] = {}
        size, lost = 0, []
        for entry in entries:
            made = await self._report(entry)
            if made is None:
                lost.append(entry.id)
                continue
            size += len(encode(made))
            if batch and size > BATCH_BYTES:
                break
            batch[entry.id] = made
        await self._host.outbox.remove(*lost)
        return batch

    async def _report(self, entry: OutboxEntry) -> Report | None:
        """An entry's report; None when there is nothing left to report."""
        if entry.job is None:
            try:
                return decode(Report, entry.payload)
            except HubMessageError as error:
                self._host.log("an entry of the outbox cannot be read", error=str(error)[:300])
                return None
        try:
            record = await self._host.outbox.record(entry.job)
        except (NotFound, StoreDamaged) as error:
            self._host.log("a job cannot be reported", job=str(entry.job), error=error.sentence)
            return None
        live = self._host.jobs.find(entry.job)
        finding = job_report(record, live, entry.id, titles=self._settings.titles)
        return report(finding, self._host.now(), entry_id(self._member.agent, entry.id))
