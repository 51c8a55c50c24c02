"""The inspector: asks the worker, and says what will be put on paper.

- One document at a time; a worker that breaks on one is not kept for the next.
- Whatever the bytes are, the answer is a value. Facts that came before the worker broke are kept.
- Without the service (``tympan inspect``) the worker ends with the question; with it, it stays a while.
"""

from __future__ import annotations

from typing import Final

import attrs
import trio

from tympan.plugin import Document, SharedDocument, Statistics
from tympan_document_stats._errors import WorkerLost
from tympan_document_stats._limits import ANSWER_S, IDLE_S, INLINE_BYTES
from tympan_document_stats._model import Bounds, Facts, Order, cut_short, unreadable
from tympan_document_stats._process import WorkerProcess
from tympan_document_stats._rules import statistics
from tympan_document_stats._sniff import READ
from tympan_document_stats._ticket import Ticket

_BROKE: Final = "the document breaks its reader"
_SLOW: Final = "reading it takes too long"


@attrs.frozen(kw_only=True)
class Tuning:
    """What the settings say."""

    bounds: Bounds = attrs.field(factory=Bounds)
    idle_s: float = IDLE_S
    answer_s: float = ANSWER_S


class DocumentInspector:
    """An ``Inspector``.

    Owns: at most one worker, until ``close``.

    Attributes:
        tuning: Bounds and deadlines, replaced when settings change.
        kept: Whether a worker may outlive a question; the service sets it and ends the worker when idle.
        asked: Set when a question ended, for whoever counts idle time.
    """

    def __init__(self, tuning: Tuning | None = None) -> None:
        self.tuning = tuning or Tuning()
        self.kept = False
        self.asked = trio.Event()
        self._turn = trio.Lock()
        self._worker: WorkerProcess | None = None

    @property
    def media_types(self) -> frozenset[str]:
        """What it reads."""
        return READ

    @property
    def worker_pid(self) -> int | None:
        """The worker's process number; None when there is none."""
        return self._worker.pid if self._worker else None

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        """Statistics of ``document`` as ordered by ``ticket``."""
        facts = await self._facts(document.share(), document.media_type)
        return statistics(facts, Ticket.read(ticket))

    async def rest(self) -> None:
        """Ends the worker unless it is at work."""
        if not self._turn.locked():
            await self.close()

    async def close(self) -> None:
        """Ends the worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.close()

    async def _facts(self, shared: SharedDocument, declared: str) -> Facts:
        if not shared.path and len(shared.inline) > INLINE_BYTES:
            return unreadable(declared, "it is too large to be read in memory")
        async with self._turn:
            answers = [unreadable(declared, _SLOW)]
            try:
                with trio.move_on_after(self.tuning.answer_s) as deadline:
                    await self._ask(shared, declared, answers)
                if deadline.cancelled_caught:
                    return cut_short(answers[-1], _SLOW)
            except WorkerLost:
                return cut_short(answers[-1], _BROKE)
            finally:
                self.asked.set()
            return answers[-1]

    async def _ask(self, shared: SharedDocument, declared: str, answers: list[Facts]) -> None:
        order = Order(
            document=shared.document,
            path=shared.path,
            inline_bytes=0 if shared.path else len(shared.inline),
            declared=declared,
            bounds=self.tuning.bounds,
        )
        worker = await self._ready_worker()
        whole = False
        try:
            async for facts in worker.ask(order, shared.key, b"" if shared.path else shared.inline):
                answers.append(facts)  # noqa: PERF401  # one by one, so that they are kept when the worker breaks
            whole = True
        finally:
            if not (whole and self.kept):
                await self.close()

    async def _ready_worker(self) -> WorkerProcess:
        if self._worker is not None and not self._worker.alive:
            await self.close()
        if self._worker is None:
            self._worker = await WorkerProcess.start()
        return self._worker
