"""Plugins made for a test that want a process of their own, and what a test asks of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import trio
from conformance_rig import FRONT, JOB
from plugin_maker import QUICK, Bench, Made, Maker

from tympan._ports import Gate, Go, Hold
from tympan._states import PluginState

OUTSIDE = attrs.evolve(
    QUICK, import_s=30.0, ready_s=30.0, claim_s=20.0, grace_s=3.0, outside_look_s=0.1, outside_silence_s=10.0
)

HASTY = attrs.evolve(OUTSIDE, outside_silence_s=0.7)

GATE = """
    import os
    import trio
    from tympan.plugin import Contribution, Go, Hold, hookimpl

    class Holding:
        async def check(self, job, printer):
            await trio.lowlevel.checkpoint()
            while job.name == "loop":
                pass
            if job.name == "go":
                return Go()
            return Hold(reason="account-info-needed", detail=f"process {os.getpid()}")

    @hookimpl
    def register_gates():
        return [Contribution(port=Holding())]
"""
"""A gate that says in which process it is."""

SERVICE = """
    import trio
    from tympan.plugin import *

    class Main:
        async def run(self, host):
            host.ready()
{body}

    @hookimpl
    def register_services():
        return [Contribution(port=Main())]
"""


def outside(maker: Maker, name: str, code: str, extra: str = "", **made: Any) -> Made:
    """A plugin whose manifest wants a process of its own."""
    made_one = maker.plugin(name, code, **made)
    file = maker.folder / made_one.package / "plugin.toml"
    file.write_text('isolation = "process"\n' + file.read_text() + extra)
    return made_one


def service(body: str) -> str:
    return SERVICE.format(body="\n".join(f"            {line}" for line in body.strip("\n").splitlines()))


def only(bench: Bench, kind: type[Any]) -> Any:
    [(_, port)] = bench.agent.owned(kind)
    return port


async def asked(bench: Bench, name: str = "letter") -> Go | Hold:
    gate: Gate = only(bench, Gate)
    return await gate.check(attrs.evolve(JOB, name=name), FRONT)


async def process_of(bench: Bench) -> int:
    held = await asked(bench)
    assert isinstance(held, Hold)
    return int(held.detail.removeprefix("process "))


async def gone(pid: int) -> None:
    with trio.fail_after(10):
        while Path(f"/proc/{pid}").exists():
            await trio.sleep(0.01)


def state(bench: Bench, plugin: str) -> PluginState:
    return bench.record(plugin).state
