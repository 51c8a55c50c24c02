"""Reports as agents send them, over one kept connection each, with a client that costs as little as it can."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

from tympan_wire.hub import (
    HEADER,
    PREFIX,
    PROTOCOL,
    JobReport,
    JobStanding,
    Operation,
    Pages,
    Receipt,
    Report,
    ReportBatch,
    StoryLine,
    decode,
    encode,
)

_BIRTH = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
_SAID = ("received", "sealed and stored", "counted", "sent to the device", "printed")


def batch(size: int) -> ReportBatch:
    """As many jobs that printed, never told before."""
    return ReportBatch(reports=tuple(Report(id=uuid.uuid4(), at=_BIRTH, finding=_job()) for _ in range(size)))


def _job() -> JobReport:
    return JobReport(
        job=uuid.uuid4(),
        revision=5,
        printer="lobby",
        name="Quarterly report.pdf",
        user="ada",
        standing=JobStanding.COMPLETED,
        created_at=_BIRTH,
        ended_at=_BIRTH + dt.timedelta(seconds=9),
        size_bytes=471_100,
        pages=Pages(format="application/pdf", pages=3, copies=2, impressions=6, sheets=4),
        story=tuple(StoryLine(at=_BIRTH, what=what, standing=JobStanding.PRINTING) for what in _SAID),
    )


class Line:
    """A kept connection of one agent. Owns: the connection, until ``close``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._head = (
            f"POST {PREFIX}{Operation.REPORTS} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n"
            f"{HEADER}: {PROTOCOL}\r\nContent-Type: application/json\r\nContent-Length: "
        )

    @classmethod
    async def open(cls, port: int, token: str) -> Line:
        """Connects."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()

    async def send(self, reports: ReportBatch) -> int:
        """Sends a batch; returns how many the hub has now. Raises when it refuses any."""
        body = encode(reports)
        self._writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await self._reader.readexactly(int(length.partition(b":")[2]))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode())
        receipt = decode(Receipt, answer)
        if receipt.refused:
            raise RuntimeError(receipt.refused[0].why)
        return len(receipt.taken)
