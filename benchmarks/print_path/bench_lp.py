"""From ``lp`` to the last byte at the device, through the agent, beside the same CUPS queue straight to the device.

Both queues are of the same CUPS with the same driver (``everywhere``); the device is the same ippeveprinter. The clock
runs from the start of ``lp`` to the modification time of the file the device keeps, which is when its last byte came.
The hundred pages are printed as text of 46 KB, where all is fixed cost, and as a scan of several MB.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import attrs
import trio
from scanned import write_scan
from stage import (
    Cupsd,
    EvePrinter,
    add_queue,
    cups_jobs,
    device,
    our_agent,
    private_cupsd,
    private_directory,
    run_lp,
    wait_until,
)

from figures import Row, ratio_row, record_row, value_row

DOCUMENTS = Path(__file__).parents[2] / "tests" / "documents"
ONE_PAGE = DOCUMENTS / "01-a4-1p-gray.pdf"
HUNDRED_PAGES = DOCUMENTS / "02-a4-100p-10color.pdf"
ROUNDS = 11
JOB_S = 120.0
ADDED_MS = 60.0
SLOWER = 1.1
QUEUES = ("agent", "straight")
FIGURE = "`lp` to last byte at the device"
BESIDE = "the same queue straight to the device"


@attrs.frozen(kw_only=True)
class Times:
    """Milliseconds from ``lp`` to the last byte, one per round.

    Attributes:
        ours: Through the agent.
        straight: CUPS straight to the device.
    """

    ours: list[float]
    straight: list[float]


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    async with device() as eve, private_cupsd(log_level="none") as cups, our_agent(eve, cups.server) as agent:
        await add_queue(cups.server, "agent", agent.server.uri)
        await add_queue(cups.server, "straight", eve.uri)
        for queue in QUEUES:
            await _printed_ms(cups, eve, queue, ONE_PAGE)
        rows = _added(await _times(cups, eve, ONE_PAGE))
        rows.append(_slower("100 pages of text, 46 KB", await _times(cups, eve, HUNDRED_PAGES)))
        with private_directory("scan") as place:
            scan = place / "scan.pdf"
            write_scan(scan)
            name = f"100 pages scanned, {scan.stat().st_size / 1e6:.0f} MB"
            rows.append(_slower(name, await _times(cups, eve, scan)))
    return rows


def _added(times: Times) -> list[Row]:
    added = statistics.median(ours - straight for ours, straight in zip(times.ours, times.straight, strict=True))
    ours, straight = statistics.median(times.ours), statistics.median(times.straight)
    return [
        record_row(f"{FIGURE}, 1 page", ours=ours, peer=straight, unit="ms", beside=BESIDE),
        value_row(f"{FIGURE}, 1 page: added", ours=added, peer=None, unit="ms", promise="<=", bound=ADDED_MS),
    ]


def _slower(document: str, times: Times) -> Row:
    ours, straight = statistics.median(times.ours), statistics.median(times.straight)
    figure = f"{FIGURE}, {document}"
    return ratio_row(figure, ours=ours, peer=straight, unit="ms", promise="<=", bound=SLOWER, beside=BESIDE)


async def _times(cups: Cupsd, eve: EvePrinter, document: Path) -> Times:
    times = Times(ours=[], straight=[])
    for _ in range(ROUNDS):
        times.ours.append(await _printed_ms(cups, eve, "agent", document))
        times.straight.append(await _printed_ms(cups, eve, "straight", document))
    return times


async def _printed_ms(cups: Cupsd, eve: EvePrinter, queue: str, document: Path) -> float:
    """Prints one document and waits until CUPS is done with it as well."""
    known = {file.path for file in eve.files()}
    start = time.time_ns()
    number = await run_lp(cups.server, queue, document)
    await wait_until(lambda: _over(cups, number), f"job {number} to be over", timeout_s=JOB_S, every_s=0.25)
    new = [file.path for file in eve.files() if file.path not in known]
    if len(new) != 1:
        raise RuntimeError(f"one document was printed, {len(new)} came out")
    return (new[0].stat().st_mtime_ns - start) / 1e6


async def _over(cups: Cupsd, number: int) -> bool:
    jobs = await cups_jobs(cups.server)
    job = next(job for job in jobs if job.id == number)
    if job.ended and job.state != "completed":
        raise RuntimeError(f"job {number} was not printed: {job}")
    return job.ended


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
