"""What a user does at a CUPS spooler, with the system's own commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import attrs

from rig._ipp import attributes_of
from rig._limits import DRIVER_S, JOB_S
from rig._programs import ProgramFailed, run
from rig._waiting import wait_until

_JOB = ("job-id", "job-name", "job-state", "job-state-reasons", "job-printer-uri", "job-printer-state-message")
_QUEUE = (
    "printer-name",
    "device-uri",
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-make-and-model",
)
ENDED = frozenset({"completed", "canceled", "aborted"})


@attrs.frozen(kw_only=True)
class CupsJob:
    """A job as CUPS tells of it; ``state`` and ``reasons`` are IPP keywords."""

    id: int
    name: str
    queue: str
    state: str
    reasons: tuple[str, ...]
    printer_message: str = ""

    @property
    def ended(self) -> bool:
        """Whether it is over, well or not."""
        return self.state in ENDED


@attrs.frozen(kw_only=True)
class CupsQueue:
    """A queue as CUPS tells of it."""

    name: str
    uri: str
    state: str
    reasons: tuple[str, ...]
    message: str = ""
    model: str = ""

    @property
    def raw(self) -> bool:
        """Whether CUPS has no driver for it, or not yet."""
        return self.model.endswith("Raw Printer")


def _reasons(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


async def cups_jobs(server: str) -> list[CupsJob]:
    """Every job ``server`` (host:port) knows, ended ones too."""
    rows = await attributes_of(f"ipp://{server}/", "Get-Jobs", _JOB, more=["keyword which-jobs all"])
    return [
        CupsJob(
            id=int(row["job-id"]),
            name=row.get("job-name", ""),
            queue=row.get("job-printer-uri", "").rpartition("/")[2],
            state=row["job-state"],
            reasons=_reasons(row.get("job-state-reasons", "")),
            printer_message=row.get("job-printer-state-message", ""),
        )
        for row in rows
    ]


async def cups_queues(server: str) -> dict[str, CupsQueue]:
    """Every queue of ``server`` (host:port), by name."""
    rows = await attributes_of(f"ipp://{server}/", "CUPS-Get-Printers", _QUEUE, targeted=False)
    return {
        row["printer-name"]: CupsQueue(
            name=row["printer-name"],
            uri=row["device-uri"],
            state=row["printer-state"],
            reasons=_reasons(row.get("printer-state-reasons", "")),
            message=row.get("printer-state-message", ""),
            model=row.get("printer-make-and-model", ""),
        )
        for row in rows
    }


async def add_queue(server: str, name: str, uri: str, *, model: str = "everywhere") -> None:
    """Makes a new queue with ``lpadmin``, as another program would, and returns when CUPS has its driver.

    CUPS reads the driver after lpadmin has ended, and aborts a job that starts while it does.
    """
    await run(["lpadmin", "-h", server, "-p", name, "-E", "-v", uri, "-m", model])

    async def ready() -> bool:
        return model == "raw" or not (await cups_queues(server))[name].raw

    await wait_until(ready, f"CUPS to have a driver for {name}", timeout_s=DRIVER_S)


async def run_lp(
    server: str, queue: str, file: Path, options: Mapping[str, str] | None = None, *, title: str = ""
) -> int:
    """Prints ``file`` with ``lp`` and returns the number of the job. ``copies`` goes as ``-n``, all else as ``-o``."""
    options = dict(options or {})
    copies = ["-n", options.pop("copies")] if "copies" in options else []
    chosen = [word for name, value in options.items() for word in ("-o", f"{name}={value}" if value else name)]
    argv = ["lp", "-h", server, "-d", queue, *copies, *(["-t", title] if title else []), *chosen, str(file)]
    output = await run(argv, env={"CUPS_SERVER": server})
    found = re.search(r"request id is \S+-(\d+)", output)
    if found is None:
        raise ProgramFailed(f"lp took no job: {output}")
    return int(found[1])


async def wait_for_job(server: str, job: int, *, state: str | None = None, timeout_s: float = JOB_S) -> CupsJob:
    """Returns the job once it is in ``state``, or over when None."""

    async def look() -> CupsJob | None:
        jobs = [each for each in await cups_jobs(server) if each.id == job]
        return next((each for each in jobs if (each.ended if state is None else each.state == state)), None)

    return await wait_until(look, f"job {job} to be {state or 'over'}", timeout_s=timeout_s, every_s=0.2)
