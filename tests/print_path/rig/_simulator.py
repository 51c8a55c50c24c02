"""Virtual devices with faults to order, on loopback."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tympan_sim import PrinterHandle, Profile, Site, run_printers


@asynccontextmanager
async def simulator(directory: Path, *profiles: Profile, tls: bool = True, apart: bool = True) -> AsyncIterator[Site]:
    """Virtual devices that keep what they print below ``directory``; one of the usual kind unless told."""
    wanted = profiles or (Profile(name="eve"),)
    start = functools.partial(run_printers, wanted, directory=directory, tls=tls, apart=apart)
    async with trio.open_nursery() as nursery:
        site: Site = await nursery.start(start)
        yield site
        nursery.cancel_scope.cancel()


def papers(device: PrinterHandle, name: str) -> list[str]:
    """How each job of that name that put something on paper ended."""
    return [record.ended for record in device.journal if record.name == name]
