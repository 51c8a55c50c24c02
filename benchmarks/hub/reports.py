"""Reports and questions as agents send them, over one kept connection each, by a client that costs little."""

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
        self._token = token

    @classmethod
    async def open(cls, port: int, token: str) -> Line:
        """Connects."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()

    async def ask(self, operation: Operation, body: bytes) -> bytes:
        """Asks the hub and returns what it answered. Raises when it refuses."""
        self._writer.write(self._head(operation, len(body)).encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await self._reader.readexactly(int(length.partition(b":")[2]))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode())
        return answer

    async def send(self, reports: ReportBatch) -> int:
        """Sends a batch; returns how many the hub has now. Raises when it refuses any."""
        receipt = decode(Receipt, await self.ask(Operation.REPORTS, encode(reports)))
        if receipt.refused:
            raise RuntimeError(receipt.refused[0].why)
        return len(receipt.taken)

    def _head(self, operation: Operation, length: int) -> str:
        return (
            f"POST {PREFIX}{operation} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {self._token}\r\n"
            f"{HEADER}: {PROTOCOL}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
