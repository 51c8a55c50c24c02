"""From the tap on a phone to the first byte of the document at the device: over HTTPS, MQTT, and both.

The hub stands behind TLS. Its peer is the bare cost of the same hops: a plain HTTPS request to a server that does
nothing behind the same front, then a Print-Job straight to the same device. Ours is all of a release: the wish checked
and durable, the notice, the order fetched by the agent, the device asked how it is, the claim durable, the job sent.

With both, the first notice wins; for MQTT alone the notices of the stream over HTTPS are lost on the way. The way is
told in two legs: until the phone is answered, and what is left until the first byte, which is the notice, the agent and
the device. The agent works before the phone is answered, so that the second may be less than nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import trio
from release_stage import Authority, Held, Legs, Watched, at, bare_hops, held_jobs, simulator, watched

from figures import Row, record_row, value_row
from tympan_sim import Profile

TAPS = 60
PAUSE_S = 1.1
"""Between two taps: an agent that is called more often for long looks once a second, for all that was asked by then."""
BOUND_MS = 300.0
WAYS: dict[str, dict[str, bool]] = {
    "HTTPS": {},
    "HTTPS and MQTT": {"broker": True},
    "MQTT alone": {"broker": True, "alone": True},
}
SHARES = {"p50": 0.5, "p95": 0.95}


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tympan-bench-") as name:
        place = Path(name)
        authority = Authority.made(place)
        async with simulator(place / "devices", Profile(name="eve", history_jobs=5000), tls=False) as site:
            address = httpx.URL(site["eve"].uri)
            async with watched(address.port or 631) as device:
                return [row for way in WAYS for row in await _way(place, authority, device, address.path, way)]


async def _way(place: Path, authority: Authority, device: Watched, path: str, way: str) -> list[Row]:
    uri = f"ipp://localhost:{device.port}{path}"
    async with held_jobs(place / way, authority, uri, TAPS, **WAYS[way]) as held:
        ours = [await _tapped(held, job, device) for job in held.jobs]
    return _rows(way, ours, await bare_hops(authority, device, path, TAPS))


async def _tapped(held: Held, job: str, device: Watched) -> Legs:
    """One tap; returns when the job is over."""
    device.watch()
    start = time.perf_counter()
    await held.tap(job)
    answered = time.perf_counter()
    with trio.fail_after(30):
        end = await device.first_byte()
    await held.over(job)
    await trio.sleep(PAUSE_S)
    return Legs(answer=1000 * (answered - start), whole=1000 * (end - start))


def _rows(way: str, ours: Sequence[Legs], bare: Sequence[Legs]) -> list[Row]:
    whole, plain = [each.whole for each in ours], [each.whole for each in bare]
    told = [
        value_row(f"tap to first byte at the device over {way}, {name}", ours=at(share, whole), peer=at(share, plain),
                  unit="ms", promise="<=", bound=BOUND_MS, beside="a plain HTTPS request and a direct Print-Job")
        for name, share in SHARES.items()
    ]  # fmt: skip
    legs = {
        "until the phone is answered": ("the plain HTTPS request", lambda each: each.answer),
        "from then to the first byte": ("the direct Print-Job", lambda each: each.whole - each.answer),
    }
    return told + [
        record_row(f"of that over {way}, {leg}, p50", ours=at(0.5, [*map(of, ours)]), peer=at(0.5, [*map(of, bare)]),
                   unit="ms", beside=beside)
        for leg, (beside, of) in legs.items()
    ]  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
