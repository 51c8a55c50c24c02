"""Agents connected to one process of the hub: how many, the memory of each, and how fast they come.

Every one of them must hear the same notice afterwards: a stream that is open but dead does not count.
"""

from __future__ import annotations

import resource

from crowd import Listening, agents_listening, strangers_listening
from hub_stage import estate, served_hub, served_peer
from visitor import Visitor, policy_switch

from figures import Row, record_row, value_row
from processes import KIB_A_MIB, own_mib

AGENTS = 10_000
EACH_KIB = 60.0
OPEN_FILES = 12_000


def run() -> list[Row]:
    """The rows of this benchmark."""
    _allow_open_files()
    with estate(agents=AGENTS) as place, served_hub(place) as hub, Visitor(hub.url) as visitor:
        visitor.sign_in()
        before = own_mib(hub.pid)
        with agents_listening(hub, place) as crowd:
            each, opened = _each_kib(before, own_mib(hub.pid)), crowd
            heard = len(crowd.delays_s(lambda: policy_switch(visitor, "document.stats", "off")))
    with served_peer() as peer:
        before = own_mib(peer.pid)
        with strangers_listening(peer, AGENTS) as bare:
            peer_each, peer_opened = _each_kib(before, own_mib(peer.pid)), bare
    return [
        value_row("agents connected to one process, all of which heard a notice", ours=heard, peer=None, unit="agents",
                  promise=">=", bound=AGENTS),
        value_row("memory of the hub for each connected agent, without TLS", ours=each, peer=peer_each, unit="KiB",
                  promise="<=", bound=EACH_KIB, beside="bare uvicorn stream"),
        record_row("agents connecting", ours=_rate(opened), peer=_rate(peer_opened), unit="1/s",
                   beside="bare uvicorn stream, which asks nobody who they are"),
    ]  # fmt: skip


def _each_kib(before_mib: float, after_mib: float) -> float:
    return (after_mib - before_mib) * KIB_A_MIB / AGENTS


def _rate(crowd: Listening) -> float:
    return crowd.count / crowd.opened_s


def _allow_open_files() -> None:
    """Each side has a socket for every agent; programs started from here inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        raise RuntimeError(f"a process may open {hard} files here, and {OPEN_FILES} are needed: raise 'ulimit -Hn'")
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
