"""A version that does not run reaches the first ring, and nobody else: real agents, a real hub, signed versions."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
import pytest
import trio
from desk_rig import Workshop
from desks_rig import FIRST, Desk, desk, floor, version
from joined_rig import HubProcess, hub_process
from portal_rig import PASSWORD
from rig import wait_until

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.people import CONSOLE, Role
from tympan_release._making import add

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(900)]
BAD, GOOD = "1.1.0", "1.2.0"
BOSS: Final = "ada@acme.example"
WAIT_S: Final = 120.0


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@attrs.frozen(kw_only=True)
class Fleet:
    """Two computers in the first ring, one in the second, one that is in none.

    Attributes:
        hub: Serves what the workshop publishes.
        workshop: Signs.
        api: Asks the hub as an administrator's program.
        desks: All of them, by name.
    """

    hub: HubProcess
    workshop: Workshop
    api: httpx.AsyncClient
    desks: dict[str, Desk]

    @property
    def canaries(self) -> list[Desk]:
        return [self.desks["first"], self.desks["second"]]

    @property
    def others(self) -> list[Desk]:
        return [self.desks["early"], self.desks["late"]]

    async def ask(self, path: str) -> Any:
        answer = await self.api.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def wake(self) -> None:
        """Has everybody look: an administrator says something else, whatever it is."""
        rules = await self.ask("updates/rules")
        rules["percent"] = 10 + (rules["percent"] + 1) % 2
        assert (await self.api.put("updates/rules", json=rules)).status_code == 200

    async def until(self, what: str, so: Callable[[], Awaitable[object]]) -> None:
        """Waits until something is so, with everybody looking now and then."""

        async def looked() -> object:
            await self.wake()
            with trio.move_on_after(10):
                while not (found := await so()):
                    await trio.sleep(0.25)
                return found
            return None

        try:
            await wait_until(looked, what, timeout_s=WAIT_S)
        except TimeoutError as error:
            for name, each in self.desks.items():
                error.add_note(f"{name}: {await each.thinks()}\n{each.outcomes()}")
            raise


async def _furnished(home: Path) -> tuple[str, str, list[str], list[str]]:
    async with hub(Home(home)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        boss = await services.people.add(
            tenant, CONSOLE, email=BOSS, name="Ada", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        life = dt.timedelta(days=1)
        secret, _ = await services.api_tokens.make(
            tenant, boss.actor, name="program", role=Role.ADMINISTRATOR, validity=life
        )
        groups = [(await services.groups.add(tenant, boss.actor, name=name)).id for name in ("Brave", "Calm")]
        tokens = [await services.agents.make_token(tenant, CONSOLE) for _ in range(4)]
        return tenant, secret, [str(group) for group in groups], tokens


@asynccontextmanager
async def fleet(folder: Path) -> AsyncIterator[Fleet]:
    workshop = Workshop(folder / "made")
    for number in (FIRST, BAD, GOOD):
        add(workshop.shop(), version(workshop.files, number, broken=number == BAD))
    for ring in ("canary", "early", "all"):
        workshop.name(FIRST, ring)
    _, secret, groups, tokens = await trio.to_thread.run_sync(lambda: asyncio.run(_furnished(folder / "hub")))
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(
            hub_process(folder / "hub", serve=("--updates", str(workshop.public)))
        )
        await serving.start()
        headers = {"Authorization": f"Bearer {secret}"}
        api = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"{serving.url}/api/v1/", headers=headers, timeout=60, trust_env=False)
        )
        desks = {}
        for name, token in zip(("first", "second", "early", "late"), tokens, strict=True):
            made = await stack.enter_async_context(desk(folder, name, workshop.root))
            await made.join(serving.url, token)
            desks[name] = made
        for group, names in zip(groups, (("first", "second"), ("early",)), strict=True):
            for name in names:
                answer = await api.put(f"groups/{group}/agents/{desks[name].id}")
                assert answer.status_code == 204, answer.text
        rules = {"canary": groups[:1], "early": groups[1:]}
        assert (await api.put("updates/rules", json=rules)).status_code == 200
        yield Fleet(hub=serving, workshop=workshop, api=api, desks=desks)


async def page(of: Fleet) -> str:
    """What an administrator sees in the portal."""
    async with httpx.AsyncClient(base_url=of.hub.url, timeout=60, trust_env=False, follow_redirects=True) as browser:
        secret = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/sign-in")).text)
        assert secret is not None
        await browser.post("/sign-in", data={"csrf": secret[1], "email": BOSS, "password": PASSWORD})
        return (await browser.get("/updates")).text


async def stops(of: Fleet) -> list[dict[str, Any]]:
    return [stop for stop in (await of.ask("updates"))["stops"] if stop["holds"]]


def all_run(desks: list[Desk], number: str) -> bool:
    return all(each.runs == number for each in desks)


async def test_a_version_that_does_not_run_is_stopped_in_the_first_ring_and_a_good_one_goes_through_all() -> None:
    with floor() as folder:
        async with fleet(folder) as made:
            await it_stops(made)
            await it_reaches_nobody_else(made)
            await a_good_one_goes_through(made)


async def it_stops(made: Fleet) -> None:
    """Both of the first ring come back by themselves, and the hub hears of it."""
    made.workshop.name(BAD, "canary")
    await made.until("the hub to stop the bad version", lambda: stops(made))
    [stop] = await stops(made)
    assert (stop["subject"], stop["version"], stop["by"]) == ("", BAD, "")
    assert (stop["toll"]["taken"], stop["toll"]["returned"]) == (2, 2)
    assert all_run(made.canaries, FIRST)
    for each in made.canaries:
        assert (await each.agent.ask("hub.status"))["enrolled"], "it is back, and belongs to its hub"
        [done] = (await made.ask(f"agents/{each.id}/updates"))["updates"]
        assert (done["version"], done["step"]) == (BAD, "returned") and "ended at once" in done["reason"]
    seen = await page(made)
    assert f"Tympan {BAD} is stopped" in seen and "The hub stopped it by itself" in seen
    assert "2 went back to the version they had" in seen and "ended at once" in seen


async def it_reaches_nobody_else(made: Fleet) -> None:
    """Whoever signs is in a hurry, and names it for everybody."""
    for ring in ("early", "all"):
        made.workshop.name(BAD, ring)

    async def left() -> bool:
        return all(["is stopped" in await each.thinks() for each in made.others])

    await made.until("the others to leave the bad version", left)
    for each in made.others:
        assert (each.runs, each.took) == (FIRST, {FIRST})
        told = await made.ask(f"agents/{each.id}/updates")
        assert (told["installed"], told["updates"]) == (FIRST, [])


async def a_good_one_goes_through(made: Fleet) -> None:
    """Ring by ring, as whoever signs says."""
    behind = [made.desks["early"], made.desks["late"]]
    for ring, desks in (("canary", made.canaries), ("early", behind[:1]), ("all", behind[1:])):
        made.workshop.name(GOOD, ring)

        async def there(desks: list[Desk] = desks) -> bool:
            told = [await made.ask(f"agents/{each.id}/updates") for each in desks]
            return all(each["installed"] == GOOD for each in told)

        await made.until(f"{ring} to have the good version", there)
        assert all_run(desks, GOOD)
        behind = [each for each in behind if each not in desks]
        assert all_run(behind, FIRST)
    versions = {row["version"]: row["agents"] for row in (await made.ask("updates"))["versions"]}
    assert set(versions) == {GOOD}
    assert [stop["version"] for stop in await stops(made)] == [BAD]
