"""What a service manager is told."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from tympan._errors import StoreError
from tympan._service_manager import ServiceManager
from tympan.testing import jumping_clock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> Iterator[tuple[str, dict[str, Any]]]:
    with jumping_clock() as clock:
        yield "trio", {"clock": clock}


class Manager:
    """One that listens."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(address)

    def heard(self) -> list[str]:
        lines = []
        while True:
            try:
                lines += self.socket.recv(65536).decode().splitlines()
            except BlockingIOError:
                return lines


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[Manager, dict[str, str]]]:
    made = Manager(str(tmp_path / "notify"))
    yield made, {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    made.socket.close()


Listening = tuple[Manager, dict[str, str]]


async def well() -> None:
    await trio.lowlevel.checkpoint()


async def test_it_is_told_what_it_can_be_told(listening: Listening) -> None:
    manager, env = listening
    ServiceManager(env).tell("READY=1", "STATUS=fine")
    assert manager.heard() == ["READY=1", "STATUS=fine"]


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
async def test_its_socket_may_have_an_abstract_name() -> None:
    name = f"tympan-test-{os.getpid()}"
    manager = Manager("\0" + name)
    ServiceManager({"NOTIFY_SOCKET": "@" + name}).tell("READY=1")
    assert manager.heard() == ["READY=1"]
    manager.socket.close()


@pytest.mark.parametrize("named", ["", "relative/path", "/nowhere/at/all"])
async def test_without_one_or_with_one_that_is_gone_nothing_happens(named: str) -> None:
    ServiceManager({"NOTIFY_SOCKET": named}).tell("READY=1")


async def test_signs_of_life_come_three_times_as_often_as_they_must(listening: Listening) -> None:
    manager, env = listening
    fed = ServiceManager({**env, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())})
    with trio.move_on_after(65):
        await fed.feed(well)
    assert manager.heard() == ["WATCHDOG=1"] * 7


async def test_an_agent_whose_store_hangs_gives_none(listening: Listening) -> None:
    manager, env = listening
    with trio.move_on_after(65):
        await ServiceManager({**env, "WATCHDOG_USEC": "30000000"}).feed(trio.sleep_forever)
    assert manager.heard() == []


async def test_one_whose_store_answers_that_it_is_full_lives(listening: Listening) -> None:
    async def full() -> None:
        raise StoreError("the disk is full")

    manager, env = listening
    with trio.move_on_after(5):
        await ServiceManager({**env, "WATCHDOG_USEC": "30000000"}).feed(full)
    assert manager.heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize("env", [{}, {"WATCHDOG_USEC": "nonsense"}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}])
async def test_nobody_who_does_not_wait_for_signs_of_life_gets_any(listening: Listening, env: dict[str, str]) -> None:
    manager, named = listening
    await ServiceManager({**named, **env}).feed(well)
    assert manager.heard() == []
