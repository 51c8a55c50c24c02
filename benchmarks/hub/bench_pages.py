"""The portal as a person waits for it: the list of 1,000 printers, signing in, and from a cold start to the first page.

Five agents have seen every device and have a queue for every printer.

Times are of the whole answer, read by a client in another process. There is no peer to run beside: a portal that shows
the same does not lie at hand.
"""

from __future__ import annotations

import statistics
import time

import httpx
from hub_stage import Estate, estate, served_hub
from visitor import Visitor, at, seconds

from figures import Row, record_row, value_row

PRINTERS = 1_000
AGENTS = 5
ROUNDS = 60
SIGN_INS = 10
STARTS = 5
START_S = 30.0
LIST_MS = 150.0


def run() -> list[Row]:
    """The rows of this benchmark."""
    with estate(printers=PRINTERS, agents=AGENTS) as place:
        with served_hub(place) as hub, Visitor(hub.url) as visitor:
            signing = sorted(_signed_in_s(hub.url) for _ in range(SIGN_INS))
            visitor.sign_in()
            whole = seconds(visitor, "/printers", ROUNDS)
            sought = seconds(visitor, "/printers?q=room+7", ROUNDS)
            one = seconds(visitor, "/printers/printer-0500", ROUNDS)
            first = seconds(visitor, "/", ROUNDS)
        cold = statistics.median(_cold_start_s(place) for _ in range(STARTS))
    return [
        value_row(f"portal: list of {PRINTERS:,} printers, p95", ours=1000 * at(0.95, whole), peer=None, unit="ms",
                  promise="<=", bound=LIST_MS),
        record_row(f"portal: {PRINTERS:,} printers searched, p95", ours=1000 * at(0.95, sought), peer=None, unit="ms",
                   beside="nobody"),
        record_row("portal: one of them, p95", ours=1000 * at(0.95, one), peer=None, unit="ms", beside="nobody"),
        record_row("portal: first page of an administrator, p95", ours=1000 * at(0.95, first), peer=None, unit="ms",
                   beside="nobody"),
        record_row("portal: signing in, p95", ours=1000 * at(0.95, signing), peer=None, unit="ms",
                   beside="argon2id with 64 MiB is most of it, on purpose"),
        record_row("hub: cold start to the first page", ours=cold, peer=None, unit="s", beside="nobody"),
    ]  # fmt: skip


def _signed_in_s(url: str) -> float:
    with Visitor(url) as visitor:
        visitor.page("/sign-in")
        start = time.perf_counter()
        visitor.sign_in()
        return time.perf_counter() - start


def _cold_start_s(place: Estate) -> float:
    """From the command to the first page it answers."""
    start = time.perf_counter()
    with served_hub(place) as hub:
        httpx.get(f"{hub.url}/sign-in", timeout=START_S).raise_for_status()
        return time.perf_counter() - start


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
