"""From ``lp`` to the last byte at the device, through the agent, beside the same CUPS queue straight to the device.

Both queues are of the same CUPS with the same driver (``everywhere``); the device is the same ippeveprinter. The clock
runs from the start of ``lp`` to the modification time of the file the device keeps, which is when its last byte came.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import attrs
import trio
from figures import Row, ratio_row, record_row, value_row
from stage import Cupsd, EvePrinter, add_queue, cups_jobs, device, our_agent, private_cupsd, run_lp, wait_until

DOCUMENTS = Path(__file__).parents[2] / "tests" / "documents"
ONE_PAGE = DOCUMENTS / "01-a4-1p-gray.pdf"
HUNDRED_PAGES = DOCUMENTS / "02-a4-100p-10color.pdf"
ROUNDS = 15
JOB_S = 120.0
ADDED_MS = 60.0
SLOWER = 1.1
QUEUES = ("agent", "straight")


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
        one = await _times(cups, eve, ONE_PAGE)
        hundred = await _times(cups, eve, HUNDRED_PAGES)
    return _rows(one, hundred)


def _rows(one: Times, hundred: Times) -> list[Row]:
    added = statistics.median(ours - straight for ours, straight in zip(one.ours, one.straight, strict=True))
    figure = "`lp` to last byte at the device"
    beside = "the same queue straight to the device"
    single, single_straight = statistics.median(one.ours), statistics.median(one.straight)
    many, many_straight = statistics.median(hundred.ours), statistics.median(hundred.straight)
    return [
        record_row(f"{figure}, 1 page", ours=single, peer=single_straight, unit="ms", beside=beside),
        value_row(f"{figure}, 1 page: added", ours=added, peer=None, unit="ms", promise="<=", bound=ADDED_MS),
        ratio_row(f"{figure}, 100 pages", ours=many, peer=many_straight, unit="ms", promise="<=", bound=SLOWER,
                  beside=beside),
    ]  # fmt: skip


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
