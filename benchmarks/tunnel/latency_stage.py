"""Stage: a served hub, an agent that sends, an agent beside the device, and a device in this process."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
import trio

for _place in ("tests/release", "tests/hub", "tests/print_path", "hub/tests"):
    sys.path.append(str(Path(__file__).parents[2] / _place))

from fleet_rig import Place, furnished  # noqa: E402
from joined_rig import hub_process  # noqa: E402
from rig import Agent, agent, simulator, wait_until  # noqa: E402

from tympan_hub.cli.home import Home  # noqa: E402
from tympan_hub.cli.hub import hub  # noqa: E402
from tympan_hub.domain.ids import SERVICE  # noqa: E402
from tympan_hub.domain.people import CONSOLE  # noqa: E402
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict  # noqa: E402
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse  # noqa: E402
from tympan_net.ipp_client import IppClient  # noqa: E402
from tympan_sim import PrinterHandle, Profile  # noqa: E402
from tympan_wire.ipp import attr  # noqa: E402

DIRECT: Final = "near"
TUNNEL: Final = "far"
OVER_S: Final = 120.0
LETTER: Final = Path(__file__).parents[2] / "tests" / "documents" / "01-a4-1p-gray.pdf"
_ENDED: Final = ("completed", "aborted", "canceled", "expired", "unknown")


@attrs.define(kw_only=True)
class Times:
    """Of one job, milliseconds from the first byte of its submission.

    Attributes:
        printed: Until the device had printed it.
        known: Until the agent that was asked to print it knew so.
    """

    printed: float
    known: float


@attrs.define(kw_only=True)
class Ways:
    """Two ways to print: straight to a device, and through the hub to another.

    Attributes:
        sender: The agent that is printed to.
        devices: By the printer's id.
        endpoints: Where programs print to, by the printer's id.
    """

    sender: Agent
    devices: dict[str, PrinterHandle]
    endpoints: dict[str, str]
    _count: int = 0

    async def time(self, way: str) -> Times:
        """Prints one page."""
        self._count += 1
        title, device = f"Letter {self._count}", self.devices[way]
        before = len(device.journal)
        start = time.perf_counter()
        async with IppClient(self.endpoints[way], user="ada") as client:
            await client.print_job(LETTER.read_bytes(), "application/pdf", [attr.name_("job-name", title)])
        with trio.fail_after(OVER_S):
            await device.until(lambda: len(device.journal) > before)
        printed = time.perf_counter()
        await wait_until(lambda: self._is_over(title), f"{title} to be over", timeout_s=OVER_S, every_s=0.01)
        return Times(printed=1000 * (printed - start), known=1000 * (time.perf_counter() - start))

    async def _is_over(self, title: str) -> bool:
        [state] = [row["state"] for row in await self.sender.ask("jobs.list") if row["name"] == title]
        if state in _ENDED[1:]:
            raise RuntimeError(f"{title} is {state}")
        return bool(state == _ENDED[0])


@asynccontextmanager
async def two_ways(folder: Path) -> AsyncIterator[Ways]:
    """Everything running; both agents know their printers."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(
            simulator(folder / "devices", Profile(name=DIRECT), Profile(name=TUNNEL), tls=False)
        )
        uris = {name: site[name].uri for name in (DIRECT, TUNNEL)}
        place = await trio.to_thread.run_sync(lambda: asyncio.run(_furnished(folder / "hub", uris)))
        served = await stack.enter_async_context(hub_process(folder / "hub"))
        await served.start()
        ours = []
        for name, token in zip(("receiver", "sender"), place.tokens, strict=True):
            started = await stack.enter_async_context(agent(folder / name, env={"TYMPAN_KEYS": "file"}))
            ours.append((started, await _joined(started, served.url, token)))
        (_, receiver), (sender, _) = ours
        await _put(served.url, place, f"groups/{place.group}/agents/{receiver}")
        known = await wait_until(lambda: _printers(sender), "the printers to be known", timeout_s=OVER_S)
        yield Ways(sender=sender, devices={name: site[name] for name in uris}, endpoints=known)


async def _furnished(home: Path, uris: dict[str, str]) -> Place:
    place = await furnished(home, 2)
    async with hub(Home(home)) as services:
        by = place.administrator.actor
        await services.policy.switch(place.tenant, by, "agent.require-sign-in", Verdict.OFF)
        for key in (TUNNEL_SEND, TUNNEL_RECEIVE):
            await services.policy.switch(SERVICE, CONSOLE, key, Verdict.ON)
        made = {
            name: await services.printers.add(place.tenant, by, name=name.title(), uri=uri)
            for name, uri in uris.items()
        }
        choice = TunnelChoice(use=TunnelUse.ALWAYS, group=place.group)
        await services.tunnel_use.choose(place.tenant, by, made[TUNNEL].id, choice)
    return place


async def _joined(ours: Agent, url: str, token: str) -> str:
    """Enrols an agent; returns its name at the hub."""
    await wait_until(lambda: _can_join(ours), "an agent to be able to join", timeout_s=OVER_S)
    return str(json.loads(await ours.tympan("hub", "enrol", url, "--token", token, "--json"))["agent"])


async def _put(url: str, place: Place, path: str) -> None:
    headers = {"Authorization": f"Bearer {place.tenant_token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=OVER_S) as client:
        (await client.put(f"/api/v1/{path}")).raise_for_status()


async def _can_join(ours: Agent) -> bool:
    return "running" in [row["status"] for row in await ours.ask("plugins") if row["id"] == "transport_https"]


async def _printers(ours: Agent) -> dict[str, str] | None:
    rows: list[dict[str, Any]] = json.loads(await ours.tympan("printers", "list", "--json"))
    found = {row["id"]: row["endpoint"] for row in rows if row["id"] in (DIRECT, TUNNEL)}
    return found if len(found) == 2 else None
