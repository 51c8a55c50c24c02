"""A hub with a tenant, and agents of it on hosts of a world; told and asked as people and programs do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import trio
from fleet_rig import Place, furnished
from joined_rig import HubProcess, hub_process
from rig import wait_until

from discovery_rig._desk import Desk, desk
from discovery_rig._found import Found, dropped_at, found_at, swept_at
from discovery_rig._line import Lines, lines
from discovery_rig._world import Host

WAIT_S = 90.0
_SHOWN = 20
"""Devices that are shown when something did not come."""
_AT_ONCE = 4
"""Agents started side by side: more only wait for each other's processor time."""


@attrs.define(kw_only=True)
class Office:
    """All of it.

    Attributes:
        hub: The hub's process.
        place: Whom it knows.
        desks: The agents, by the name of their host.
        lines: What they said to the hub.
    """

    hub: HubProcess
    place: Place
    desks: dict[str, Desk]
    lines: Lines
    _client: httpx.AsyncClient

    async def get(self, path: str, **params: Any) -> Any:
        """What the API answers the administrator."""
        return await self._ask("GET", path, self.place.tenant_token, params=params)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Sends something as the administrator."""
        return await self._ask("POST", path, self.place.tenant_token, json=body or {})

    async def switch(self, key: str, verdict: str | None) -> None:
        """The service owner switches a capability for everybody."""
        await self._ask("PUT", f"policy/switches/{key}", self.place.owner_token, json={"verdict": verdict})

    async def _answer(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self._client.request(method, f"/api/v1/{path}", headers=headers, **options)

    async def _ask(self, method: str, path: str, token: str, **options: Any) -> Any:
        answer = await self._answer(method, path, token, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        after: dict[str, Any] = {}
        while True:
            page = await self.get(path, **params, **after)
            found += page["items"]
            if not page.get("next"):
                return found
            after = {"after": page["next"]}

    async def found(self) -> list[Found]:
        """The devices the hub knows."""
        return await trio.to_thread.run_sync(found_at, self.hub.home)

    async def sweeps(self) -> dict[tuple[str, str], tuple[str, int]]:
        """The last sweep by agent and method: when, and how many were in view."""
        return await trio.to_thread.run_sync(swept_at, self.hub.home)

    async def dropped(self) -> dict[tuple[str, str], int]:
        """How many records were dropped, by agent and method."""
        return await trio.to_thread.run_sync(dropped_at, self.hub.home)

    async def agent(self, name: str) -> dict[str, Any]:
        """An agent as the hub knows it."""
        return next(one for one in await self.all("agents") if one["name"] == name)

    async def scan(self, targets: Sequence[str], *, by: str = "", per_second: int = 200) -> dict[str, Any]:
        """Has ranges scanned, by one agent or by whom the hub picks; returns how that ended."""
        agents = [(await self.agent(by))["id"]] if by else []
        order = {"targets": list(targets), "agents": agents, "per_second": per_second}

        async def begun() -> Any:
            answer = await self._answer("POST", "scans", self.place.tenant_token, json=order)
            if answer.status_code == httpx.codes.CONFLICT:
                return None  # an agent that has just joined tells a moment later what runs on it
            assert answer.is_success, answer.text
            return answer.json()

        scan = await self.until("the scan to be begun", begun)
        return await self.scan_until(scan["id"], "done")

    async def scan_until(self, scan: str, standing: str) -> dict[str, Any]:
        """Waits until a scan stands so."""

        async def stands() -> Any:
            now = await self.get(f"scans/{scan}")
            return now if now["standing"] == standing else None

        ended: dict[str, Any] = await self.until(f"the scan to be {standing}", stands)
        return ended

    async def until(self, what: str, holds: Callable[[], Awaitable[Any]], timeout_s: float = WAIT_S) -> Any:
        """Waits until something holds, and returns it."""
        try:
            return await wait_until(holds, what, timeout_s=timeout_s, every_s=0.1)
        except TimeoutError as error:
            error.add_note("\n".join(map(str, (await self.found())[:_SHOWN])))
            raise


@asynccontextmanager
async def office(folder: Path, hosts: Sequence[Host], *, settings: str = "") -> AsyncIterator[Office]:
    """A hub, and an enrolled agent on each host."""
    home = folder / "hub"
    place = await trio.to_thread.run_sync(lambda: asyncio.run(furnished(home, len(hosts))))
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(hub_process(home))
        await hub.start()
        ways = await stack.enter_async_context(lines(hub.port, hosts))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=hub.url, timeout=WAIT_S, trust_env=False))
        made = [await stack.enter_async_context(desk(host, folder, settings=settings, started=False)) for host in hosts]
        gate = trio.CapacityLimiter(_AT_ONCE)
        async with trio.open_nursery() as nursery:
            for one, token in zip(made, place.tokens, strict=True):
                nursery.start_soon(_join, one, hub.url, token, gate)
        try:
            yield Office(hub=hub, place=place, desks={one.host.name: one for one in made}, lines=ways, client=client)
        finally:
            with trio.CancelScope(shield=True):  # side by side: by themselves each would wait for the one before
                async with trio.open_nursery() as nursery:
                    for one in made:
                        nursery.start_soon(one.program.stop)


async def _join(one: Desk, address: str, token: str, gate: trio.CapacityLimiter) -> None:
    async with gate:
        await one.start()
        await one.enrol(address, token)
