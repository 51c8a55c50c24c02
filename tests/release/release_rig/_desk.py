"""An office with virtual devices, beside the test's own thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import trio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from rig import simulator, wait_until

from release_rig._furnish import Plan, Point
from release_rig._office import Office, office
from release_rig._person import Person
from release_rig._printed import LETTER, send
from release_rig._waits import WAIT_S
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.pull import PullSettings
from tympan_hub.service import Services
from tympan_sim import Profile, Site

T = TypeVar("T")
FRONT, SCREEN = "front", "screen"
"""A release point with a sticker, and one with a screen."""


@attrs.define(kw_only=True)
class Desk:
    """An office, and what came out of its devices.

    Attributes:
        office: Hub, agents, broker.
        site: The devices.
    """

    office: Office
    site: Site
    _loop: BlockingPortal

    def do(self, act: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        """Does something asynchronous of these parts."""

        async def done() -> T:
            return await act(*arguments, **options)

        return self._loop.call(done)

    def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Waits for something."""
        found: T = self.do(wait_until, look, what, timeout_s=WAIT_S, every_s=0.1)
        return found

    def person(self, name: str) -> Person:
        """Somebody's program."""
        return Person(name=name, url=self.office.hub.url, token=self.office.made.tokens[name])

    def point(self, name: str) -> Point:
        """A release point."""
        return self.office.made.points[name]

    def held(self, name: str, title: str, *, agent: int = 0, document: Path = LETTER) -> str:
        """Somebody prints; returns the job's id once the hub shows it to them."""
        self.do(send, self.office.agents[agent], name, title, document=document)

        async def shown() -> str:
            return next((row["id"] for row in await self.person(name).held() if row["title"] == title), "")

        return self.until(shown, f"{title} to be held")

    def papers(self, title: str) -> list[str]:
        """At which devices something of that title came out."""
        return [name for name in (FRONT, SCREEN) for record in self.site[name].journal if record.name == title]

    def order(self, device: str, *faults: str) -> None:
        """Puts faults of a device in force."""
        self._loop.call(self.site[device].order, *faults)

    def mend(self, device: str, *faults: str) -> None:
        """Lifts them all, and puts others in force before the next page."""

        def other() -> None:
            self.site[device].clear()
            self.site[device].order(*faults)

        self._loop.call(other)

    def printed(self, title: str) -> None:
        """Waits until it came out."""

        async def there() -> bool:
            return bool(self.papers(title))

        self.until(there, f"{title} to come out")

    def inside(self, act: Callable[[Services], Awaitable[T]]) -> T:
        """Does something inside the hub, beside its process."""

        async def done() -> T:
            async with hub(Home(self.office.hub.home)) as services:
                return await act(services)

        return self._loop.call(_aside, done)


async def _aside(act: Callable[[], Awaitable[T]]) -> T:
    return await trio.to_thread.run_sync(lambda: asyncio.run(act()))  # type: ignore[arg-type]


@contextmanager
def desk(folder: Path, *people: str, rules: PullSettings | None = None, **options: Any) -> Iterator[Desk]:
    """A desk on a folder; the names are those of its people, ``options`` those of `office`, and ``agents``."""
    plan = Plan(
        devices={},
        people={name: name for name in people},
        agents=options.pop("agents", 1),
        rules=rules or PullSettings(),
        screens=(SCREEN,),
    )
    with (
        start_blocking_portal("trio") as loop,
        loop.wrap_async_context_manager(_parts(folder, loop, plan, options)) as made,
    ):
        yield made


@asynccontextmanager
async def _parts(folder: Path, loop: BlockingPortal, plan: Plan, options: dict[str, Any]) -> AsyncIterator[Desk]:
    profiles = [Profile(name=name, history_jobs=500) for name in (FRONT, SCREEN)]
    async with simulator(folder / "devices", *profiles) as site:
        plan = attrs.evolve(plan, devices={name: site[name].uri for name in (FRONT, SCREEN)})
        async with office(folder, plan, **options) as made:
            yield Desk(office=made, site=site, loop=loop)
