"""One discovery of ours by itself, as a process on a host: says as lines of JSON when it saw what.

``looking.py PLUGIN [RANGE...]``: with ranges the plugin's scanner is given them as one order, port 631 alone, and the
process ends when it is done; without, it runs until it is ended.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import trio

from tympan.plugin import Discoverer, Scanner, ScanOrder, ScanState, Service
from tympan.testing import FakeHost

AT_ONCE = 100_000
"""Addresses a second: what is measured is how fast it can be, not how polite."""


def tell(what: str, **more: Any) -> None:
    """Says something, with the time all processes share."""
    print(json.dumps({"what": what, "at": time.monotonic(), **more}), flush=True)


def settings_of(package: str, **own: object) -> dict[str, object]:
    """The defaults of a plugin's manifest, with some in their place."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    manifest = tomllib.loads(Path(spec.origin).with_name("plugin.toml").read_text())
    return {**{name: one.get("default") for name, one in manifest.get("settings", {}).items()}, **own}


async def look(plugin: str, ranges: Sequence[str]) -> None:
    """Runs the plugin, and tells."""
    package = f"tympan_{plugin}"
    hooks = importlib.import_module(f"{package}.plugin")
    [discoverer] = [one.port for one in hooks.register_discoverers()]
    services = [one.port for one in hooks.register_services()]
    own: dict[str, object] = (
        {"loopback": True, "ports": ["631"], "per_second": AT_ONCE} if ranges else {"sweep_h": 0.001}
    )
    host = FakeHost(plugin, settings=settings_of(package, **own))
    async with trio.open_nursery() as nursery:
        for service in services:
            assert isinstance(service, Service)
            nursery.start_soon(service.run, host)
        nursery.start_soon(tell_sightings, discoverer)
        if ranges:
            [scanner] = [one.port for one in hooks.register_scanners()]
            await host.ready_event.wait()
            "hub.example".encode("idna")  # an agent has called its hub by then: the codec of names is loaded
            tell("ordered")
            await scan(scanner, ranges)
            tell("done", processor_s=time.process_time())
            nursery.cancel_scope.cancel()


async def tell_sightings(discoverer: Discoverer) -> None:
    """Each device once, and each sweep."""
    known: set[str] = set()
    swept = None
    while True:
        for sighting in await discoverer.sightings():
            if sighting.key not in known and sighting.uri:
                known.add(sighting.key)
                name, read = sighting.description.name, bool(sighting.description.formats)
                tell("seen", key=sighting.key, uri=sighting.uri, name=name, read=read)
        standing = discoverer.standing
        if standing.swept_at != swept:
            swept = standing.swept_at
            tell("swept", took_s=standing.took_s, packets=standing.packets, processor_s=time.process_time())
        await discoverer.wait_changed()


async def scan(scanner: Scanner, ranges: Sequence[str]) -> None:
    """Has the ranges scanned, and returns when they are."""
    order = ScanOrder(id=uuid4(), targets=tuple(ranges), per_second=AT_ONCE)
    await scanner.want([order])
    while True:
        [progress] = await scanner.progress()
        if progress.state in (ScanState.DONE, ScanState.FAILED):
            assert progress.state is ScanState.DONE, progress.detail
            return
        await scanner.wait_changed()


if __name__ == "__main__":
    tell("begun")
    trio.run(look, sys.argv[1], sys.argv[2:])
