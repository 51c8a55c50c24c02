"""Printers announced by Bonjour, on loopback."""

from __future__ import annotations

import functools
import uuid

import pytest
import trio
from zeroconf import ServiceInfo, Zeroconf

from tympan_sim import Profile, Site, run_printers
from tympan_sim._errors import ProfileInvalid

pytestmark = pytest.mark.anyio


def ask(zeroconf: Zeroconf, kind: str, name: str) -> ServiceInfo | None:
    info = ServiceInfo(f"{kind}._tcp.local.", f"{name}.{kind}._tcp.local.")
    return info if info.request(zeroconf, 3000) else None


async def test_printers_announce_what_they_are_and_leave_with_a_good_bye() -> None:
    mark = f"p{uuid.uuid4().hex[:8]}"
    clone = str(uuid.uuid4())
    profiles = [
        Profile(name=f"{mark}{letter}", device_uuid=clone, serial="S-17", location="Room 4", color=False)
        for letter in "ab"
    ]
    ear = await trio.to_thread.run_sync(lambda: Zeroconf(interfaces=["127.0.0.1"]))
    async with trio.open_nursery() as nursery:
        site: Site = await nursery.start(functools.partial(run_printers, profiles, announce=True))
        for at in site:
            found = await trio.to_thread.run_sync(ask, ear, "_ipps", at.name)
            assert found is not None
            txt = {key.decode(): (value or b"").decode() for key, value in found.properties.items()}
            assert (txt["UUID"], txt["usb_SER"], txt["note"], txt["Color"], txt["TLS"]) == (
                clone, "S-17", "Room 4", "F", "1.3",
            )  # fmt: skip
            assert at.ipps_uri == f"ipps://127.0.0.1:{found.port}/{txt['rp']}"
            assert found.server == f"{at.name}.local."
            defence = await trio.to_thread.run_sync(ask, ear, "_printer", at.name)
            assert defence is not None
            assert defence.port == 0
        nursery.cancel_scope.cancel()
    with trio.fail_after(10):
        while any(ear.cache.entries_with_name(f"{one.name}._ipp._tcp.local.") for one in profiles):
            await trio.sleep(0.05)
    await trio.to_thread.run_sync(ear.close)


async def test_nobody_is_announced_without_an_address() -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(ProfileInvalid, match="announced")):
        await run_printers([Profile()], host="0.0.0.0", announce=True)
