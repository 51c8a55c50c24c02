"""A computer with 30 queues: with drivers, driverless and raw; and some that nobody may share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
from cups_steps import LASER
from rig import KEEPER, Cupsd, EvePrinter, Kept, add_queue, ippeveprinter, kept_in, private_cupsd, run

PPDS: Final = tuple(f"driver-{number}" for number in range(1, 19))
EVERYWHERE: Final = tuple(f"everywhere-{number}" for number in range(1, 4))
RAW: Final = tuple(f"raw-{number}" for number in range(1, 10))


@attrs.frozen(kw_only=True)
class Machine:
    """The print system, the device that speaks IPP, and where all others keep what they printed."""

    cups: Cupsd
    eve: EvePrinter
    folder: Path

    async def lpadmin(self, *arguments: str) -> None:
        """What an administrator does."""
        await run(["lpadmin", "-h", self.cups.server, *arguments])

    def printed(self) -> list[Kept]:
        """What came out of devices that do not speak IPP."""
        return kept_in(self.folder)


async def add_queue_of(cups: Cupsd, folder: Path, name: str, serial: int, *, driver: bool = True) -> None:
    """Makes a queue for the device with that serial number, with a driver or raw."""
    model = ["-P", str(LASER)] if driver else ["-m", "raw"]
    await run(["lpadmin", "-h", cups.server, "-p", name, "-E", "-v", f"keep:{folder}?serial={serial}", *model])


@asynccontextmanager
async def machine() -> AsyncIterator[Machine]:
    """All of it: 30 queues to be shared, and a fax, a file and a queue of this agent's own."""
    async with private_cupsd(backends={"keep": KEEPER}) as cups, ippeveprinter() as eve:
        folder = cups.root / "kept"
        folder.mkdir()
        folder.chmod(0o777)
        for number, name in enumerate(PPDS, 1):
            await add_queue_of(cups, folder, name, number)
        for number, name in enumerate(RAW, 100):
            await add_queue_of(cups, folder, name, number, driver=False)
        for name in EVERYWHERE:
            await add_queue(cups.server, name, eve.uri)
        never = {
            "fax": "ipp://192.0.2.7/ipp/faxout",
            "paper": "file:/dev/null",
            "own": "ipp://localhost:39149/ipp/print/own",
        }
        for name, uri in never.items():
            await run(["lpadmin", "-h", cups.server, "-p", name, "-E", "-v", uri, "-m", "raw"])
        yield Machine(cups=cups, eve=eve, folder=folder)
