"""Numbers of the job store, each with unit and reason."""

from __future__ import annotations

from typing import Final

INLINE_BYTES: Final = 256 * 1024
"""Sealed documents up to this rest inside the database, so that accepting one costs a single fsync."""

HOP_BYTES: Final = 1024 * 1024
"""Plain bytes handed to a thread at a time: a hop costs some 0.1 ms, sealing and writing 1 MiB about 1 ms."""

HOPS_UNDERWAY: Final = 2
"""Batches a document may have waiting for the disk: enough to overlap network and disk, 2 MiB of memory."""

WRITEBACK_BYTES: Final = 2 * HOP_BYTES
"""How much of a big document is written before the system is told to begin with it, so that the last fsync is short."""

CACHE_BYTES: Final = 4 * 1024 * 1024
"""Small sealed documents just accepted are kept this much: they are read for delivery and statistics at once."""

BATCH_ORDERS: Final = 256
"""Operations put into one transaction at most, so that the first of them does not wait for ever."""

NUMBER_BLOCK: Final = 256
"""Job numbers reserved at a time; at most this many are skipped by a crash."""

NUMBER_MAX: Final = 2**31 - 1
"""Largest IPP ``job-id`` (RFC 8011 section 5.3.2: integer(1:MAX))."""

STARTS_MAX: Final = 2**31 - 1
"""Starts of the agent one store can count; the count is the upper half of every sequence number."""

VALUE_BYTES: Final = 64 * 1024
"""Largest value a plugin may keep under one key."""

EVIDENCE_BYTES: Final = 4096
"""Largest evidence of a route."""

RECORD_BYTES: Final = 4 * 1024 * 1024
"""Largest record, outbox entry or timeline line: a bound against nonsense, far above any ticket."""

OUTBOX_ENTRIES: Final = 10_000
"""Entries waiting in the outbox besides those of jobs: they name printers and commands, of which there are fewer."""

OUTBOX_YIELDING: Final = 4_000
"""Entries beyond which those that yield are refused: what strangers on a network cause leaves room for the rest."""

UNREPORTED_JOBS: Final = 100_000
"""Ended jobs kept beyond the usual number because their end was not reported yet: some 200 MB, a busy year."""

HISTORY_JOBS: Final = 500
"""Ended jobs loaded at start and kept by default."""

OPEN_DEADLINE_S: Final = 10.0
"""How long SQLite may wait for a lock left by a process that is just ending."""

BALLAST_BYTES: Final = 8 * 1024 * 1024
"""Space kept back for finishing accepted jobs on a full disk: enough to bring a log of 1,000 pages into the database,
after which the log's own space is free."""

BALLAST_MARGIN_BYTES: Final = 4 * BALLAST_BYTES
"""Free space below which no ballast is taken: it would make the disk full by itself."""

IDLE_S: Final = 1.0
"""After this long without an order the writer clears the log, in which erased keys and documents still stand."""

CLOSE_DEADLINE_S: Final = 30.0
"""How long closing waits for the writer thread to finish what was queued."""
