"""One notice to many agents: from the click that switches a policy until each has heard, beside a bare uvicorn stream.

Ours includes the form, the audit entry and the signed policy durable on disk; the peer shouts and does nothing else.
"""

from __future__ import annotations

import statistics
import urllib.request

from crowd import Listening, agents_listening, strangers_listening
from hub_stage import Served, estate, served_hub, served_peer
from visitor import Visitor, at, policy_switch

from figures import Row, ratio_row

AGENTS = 5_000
ROUNDS = 7
BOUND = 1.5
_SHARES = {"p50": 0.5, "p99": 0.99}


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    with (
        estate(agents=AGENTS) as place,
        served_hub(place) as hub,
        served_peer() as peer,
        Visitor(hub.url) as visitor,
        agents_listening(hub, place) as ours,
        strangers_listening(peer, AGENTS) as bare,
    ):
        visitor.sign_in()
        rounds = [_round(visitor, number, ours, peer, bare) for number in range(ROUNDS)]
    return [_row(name, share, rounds) for name, share in _SHARES.items()]


def _round(
    visitor: Visitor, number: int, ours: Listening, peer: Served, bare: Listening
) -> tuple[list[float], list[float]]:
    verdict = ("off", "on")[number % 2]
    delays = ours.delays_s(lambda: policy_switch(visitor, "document.stats", verdict))
    return _all(delays), _all(bare.delays_s(lambda: _shout(peer)))


def _all(delays: list[float]) -> list[float]:
    if len(delays) != AGENTS:
        raise RuntimeError(f"{len(delays)} of {AGENTS} heard the notice")
    return delays


def _shout(peer: Served) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{peer.url}/shout", method="POST"), timeout=60).close()


def _row(name: str, share: float, rounds: list[tuple[list[float], list[float]]]) -> Row:
    ours, peer = (statistics.median(at(share, side) for side in sides) for sides in zip(*rounds, strict=True))
    figure = f"a policy switched: {AGENTS:,} agents told, {name}"
    return ratio_row(figure, ours=1000 * ours, peer=1000 * peer, unit="ms", promise="<=", bound=BOUND,
                     beside="bare uvicorn stream")  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
