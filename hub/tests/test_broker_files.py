"""Whom Mosquitto shuts out: written when it changes, read again by the process that is Mosquitto, and by no other."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

import pytest
from cryptography import x509
from hub_rig import Bench

from tympan_hub.cli.broker_files import BrokerFiles, BrokerFolder
from tympan_hub.cli.mosquitto import ACL, REVOKED, Door, shut_out, write
from tympan_hub.cli.mqtt import folder_at
from tympan_hub.domain.brokers import broker_place
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.people import CONSOLE

pytestmark = pytest.mark.anyio
DOOR = Door(hosts=("broker.example",), port=8883)


@pytest.fixture
def folder(hub: Bench, tmp_path: Path) -> Path:
    written = tmp_path / "broker"
    write(written, DOOR, hub.secrets.authorities, [], hub.clock.now())
    return written


def files(hub: Bench, folder: Path, pid: Path | None = None) -> BrokerFiles:
    return BrokerFiles(hub.services, hub.secrets.authorities, hub.clock, BrokerFolder(folder=folder, pid=pid))


def listed(folder: Path) -> set[int]:
    return {one.serial_number for one in x509.load_pem_x509_crl((folder / REVOKED).read_bytes())}


async def test_an_agent_that_is_revoked_is_shut_out_as_soon_as_that_is_heard(hub: Bench, folder: Path) -> None:
    tenant = await hub.tenant()
    gone = (await hub.agent(tenant)).enrolled
    assert gone is not None
    keeping = asyncio.create_task(files(hub, folder).run())
    try:
        await asyncio.sleep(0)
        await hub.services.agents.revoke(tenant, CONSOLE, AgentId(gone.agent))
        async with asyncio.timeout(20):
            while f"user {gone.agent}\ntopic deny #" not in (folder / ACL).read_text():
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()
    assert listed(folder) == {x509.load_pem_x509_certificate(gone.certificate.encode()).serial_number}


async def test_what_is_right_is_not_written_again_until_the_list_would_end(hub: Bench, folder: Path) -> None:
    authority, now = hub.secrets.authorities, hub.clock.now()
    assert not shut_out(folder, authority, [], now)
    assert shut_out(folder, authority, [], now + dt.timedelta(days=9.5 * 365))
    (folder / REVOKED).write_text("x")
    assert shut_out(folder, authority, [], now), "what was damaged is made anew"


async def test_a_folder_without_files_says_what_to_do(hub: Bench, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="tympan-hub mqtt config"):
        shut_out(tmp_path, hub.secrets.authorities, [], hub.clock.now())


@pytest.mark.parametrize("told", ["", "1", "-1", "x", "{ours}", "9" * 19])
async def test_only_a_mosquitto_is_sent_a_signal(hub: Bench, folder: Path, tmp_path: Path, told: str) -> None:
    pid = tmp_path / "mosquitto.pid"
    pid.write_text(told.format(ours=os.getpid()))
    with pytest.raises(ValueError, match="no Mosquitto"):
        await files(hub, folder, pid).once()


def test_files_go_with_a_broker() -> None:
    broker, folder = broker_place("mqtts://broker.example"), Path("broker")
    assert folder_at(None, None, broker) is None
    with pytest.raises(BadInput):
        folder_at(folder, None, None)
    with pytest.raises(BadInput):
        folder_at(None, folder, broker)
