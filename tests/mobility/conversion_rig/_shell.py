"""A converter that does what a test says, and what it leaves behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import attrs
import psutil

DEADLINE_S = 30.0


@attrs.frozen
class Shell:
    """A converter of text."""

    script: str
    fetches: bool = True
    media_types: frozenset[str] = frozenset({"text/plain"})

    def missing(self) -> str:
        """Nothing."""
        return ""

    def command(self, source: Path, into: Path) -> tuple[str, ...]:
        """A shell's."""
        return ("sh", "-c", self.script, "sh", str(source), str(into))


def alive(mark: str) -> list[int]:
    """Processes with such an argument."""
    return [one.pid for one in psutil.process_iter(["cmdline"]) if mark in (one.info["cmdline"] or ())]


async def until_gone(mark: str) -> None:
    """Waits until there is none."""
    async with asyncio.timeout(DEADLINE_S):
        while alive(mark):
            await asyncio.sleep(0.05)
