"""The service: learns what is wanted, fetches it, and orders it to be carried out. It changes nothing itself.

- Where this program lies in no installation it says so and ends; The Update Framework is not even loaded.
- The hub is asked afresh right before an order: what was stopped meanwhile is not ordered.
- An order is a file. Whoever carries it out verifies all of it again.
"""

from __future__ import annotations

import functools
import importlib.metadata
import math
import os
import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from tympan.plugin import Host, LookAgain, TympanError
from tympan_updater._hub import Told, ask, begun, member_of
from tympan_updater._installation import Installation, Pointer
from tympan_updater._journal import Journal
from tympan_updater._limits import ASK_AGAIN_S, ASK_FIRST_S, ASK_PAUSED_S, OPENED_SPREAD_S, SETTLE_S, TELL_AGAIN_S
from tympan_updater._order import Order, encode_order
from tympan_updater._outcomes import Outcomes, blamed
from tympan_updater._places import find_installation, has_path_unit
from tympan_updater._said import Said
from tympan_updater._wanted import Wanted, both, of_settings
from tympan_updater._wellbeing import Wellbeing
from tympan_wire.hub import UPDATES_PATH, UpdateStep, UpdateTold

if TYPE_CHECKING:
    from tympan_updater._looking import Found
    from tympan_updater._sources import Source

TOPIC = "updates"
"""Of the hub's notices."""
NO_INSTALLATION = "this agent came by a package manager, which brings its updates"


class UpdaterService:
    """The port ``Service`` of this plugin.

    Args:
        place: The installation; found when None.
        first_s: Before the first look.
        start: Starts the updater where no unit waits for orders; the real one when None.
        settle_s: For what does not run after an update to run again, before the hub is told.
    """

    def __init__(
        self,
        place: Installation | None = None,
        first_s: float = ASK_FIRST_S,
        start: Callable[[Installation], None] | None = None,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._place = place
        self._first_s = first_s
        self._settle_s = settle_s
        self._start = start or start_updater

    async def run(self, host: Host) -> None:
        """Looks now and then, until cancelled."""
        place = self._place or find_installation(os.environ)
        host.ready()
        if place is None:
            host.note(NO_INSTALLATION)
            await _tell_only(host, self._first_s)
            return
        folder = await host.folder()
        looks = Looks(host, place, folder, self._start, Wellbeing(folder, self._settle_s))
        with host.bus.subscribe(LookAgain) as news:
            wait_s = self._first_s
            while True:
                with trio.move_on_after(wait_s):
                    while (await news.receive()).topic not in (TOPIC, ""):  # type: ignore[union-attr]
                        pass
                wait_s = await looks.once()


@attrs.frozen(kw_only=True)
class _Went:
    """How far a look went.

    Attributes:
        says: The same as a sentence.
        again_s: The next look is no later than this.
    """

    says: str
    again_s: float = math.inf


class Looks:
    """Looks of one run. Owns: the plugin's folder."""

    def __init__(
        self,
        host: Host,
        place: Installation,
        folder: Path,
        start: Callable[[Installation], None],
        wellbeing: Wellbeing,
    ) -> None:
        self._host = host
        self._place = place
        self._folder = folder
        self._start = start
        self._said = Said(folder)
        self._wellbeing = wellbeing
        self._lost: tuple[str, ...] = ()

    async def once(self) -> float:
        """One look; how long to wait for the next."""
        try:
            self._lost = await self._wellbeing.lost(self._host, self._place.running())
            wanted = await self._wanted()
        except TympanError as error:
            self._host.note(error.sentence)
            return ASK_AGAIN_S
        try:
            went = await self._pursue(wanted)
            last = f"; what the hub said last holds: {wanted.unheard}" if wanted.unheard else ""
            self._host.note(f"{went.says}{last}")
        except TympanError as error:
            self._host.note(error.sentence)
            return min(wanted.every_s, ASK_AGAIN_S)
        except OSError as error:
            self._host.note(f"updates cannot be kept: {error.strerror or error}")
            return min(wanted.every_s, ASK_AGAIN_S)
        return min(wanted.every_s + _spread(wanted), went.again_s)

    async def _wanted(self, *steps: UpdateTold) -> Wanted:
        own = of_settings(self._host.settings)
        hub = await ask(self._host, self._told(steps), self._said)
        return own if hub is None else both(own, hub)

    def _told(self, steps: Sequence[UpdateTold]) -> Told:
        able = self._place.trust.is_file()
        running = self._place.running()
        kept = Outcomes(self._place)
        outcomes, unwell = blamed(kept.all(), running, self._lost, self._host.now())
        return Told(
            installed=str(running.agent),
            plugins=running.plugins,
            previous=str(self._place.pointed(Pointer.PREVIOUS) or ""),
            able=able,
            why_not="" if able else f"{self._place.trust} is missing: nobody is trusted with updates",
            outcomes=tuple(outcome for outcome in outcomes if outcome.subject not in {told.subject for told in steps}),
            under_way=tuple(steps),
            healthy=not unwell,
            trouble=unwell or kept.trouble,
        )

    async def _pursue(self, wanted: Wanted) -> _Went:
        """Goes as far as it may; says how things stand."""
        if wanted.channel == "":
            return _Went(says="the hub names a ring that this version does not know: nothing is changed")
        if Journal(self._place).read() is not None:
            return _Went(says="an update is under way", again_s=ASK_PAUSED_S)
        found = await self._look(wanted)
        if not found.news:
            return _Went(says="; ".join(found.plan.left) or f"{found.before.agent} is up to date")
        names = f"{found.plan.after.agent} is here"
        if wanted.paused:
            return _Went(says=f"{names}; updates are paused", again_s=ASK_PAUSED_S)
        if wanted.window is not None and (opens_s := wanted.window.opens_in_s(self._host.now().astimezone())) > 0:
            again_s = opens_s + min(_spread(wanted), OPENED_SPREAD_S)
            return _Went(says=f"{names} and waits for its time, {wanted.window}", again_s=again_s)
        return _Went(says=await self._order(found, wanted), again_s=ASK_PAUSED_S)

    async def _look(self, wanted: Wanted) -> Found:
        from tympan_net.http_client import HttpClient
        from tympan_updater._http_source import HttpSource
        from tympan_updater._looking import Looking
        from tympan_updater._sources import FolderSource

        address = wanted.repository or self._hub_repository()
        async with HttpClient(user_agent="tympan-updater") as client:

            def source(at: str) -> Source:
                return HttpSource(client, at) if "://" in at else FolderSource(Path(at))

            peers = [source(peer) for peer in self._host.settings.texts("peers")]
            sources = [*([source(address)] if address else []), *peers]
            refused = wanted.stopped | Outcomes(self._place).refused()
            look = functools.partial(
                Looking(self._place, self._folder).look,
                wanted.channel,
                sources,
                peers,
                self._host.now(),
                pin=wanted.pin,
                refused=refused,
            )
            return await trio.to_thread.run_sync(look)

    def _hub_repository(self) -> str:
        member = member_of(self._host)
        return member.address.rstrip("/") + UPDATES_PATH if member else ""

    async def _order(self, found: Found, wanted: Wanted) -> str:
        """Asks the hub afresh, and orders what it still wants."""
        before, after = found.before, found.plan.after
        steps = begun(before, after, UpdateStep.SWITCHING, self._host.now())
        again = await self._wanted(*steps)
        if again.meant != wanted.meant:
            return "the hub changed its mind; it is looked at again"
        order = encode_order(Order(channel=wanted.channel, pin=wanted.pin, leave=wanted.stopped))
        await trio.to_thread.run_sync(_put, self._folder / "order.json", order)
        self._host.used()
        await trio.to_thread.run_sync(self._start, self._place)
        return f"{after.agent} is ordered"


async def _tell_only(host: Host, first_s: float) -> None:
    """Where nothing can be updated, the hub hears which version runs, and why it stays."""
    told = Told(installed=importlib.metadata.version("tympan"), able=False, why_not=NO_INSTALLATION)
    wait_s = first_s
    while True:
        await trio.sleep(wait_s)
        try:
            wanted = await ask(host, told)
        except TympanError:
            wait_s = ASK_AGAIN_S
        else:
            wait_s = wanted.every_s + _spread(wanted) if wanted else TELL_AGAIN_S


def _spread(wanted: Wanted) -> float:
    """So that a fleet does not come at once."""
    return random.uniform(0.0, wanted.spread_s)  # noqa: S311 - no secret


def _put(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def start_updater(place: Installation) -> None:
    """Where a unit waits for orders, it starts the updater; else it is started here, if this account may do its work.

    It outlives this agent, which it will start again or leave alone.
    """
    steady = place.pointed(Pointer.STEADY)
    if has_path_unit() or steady is None or not os.access(place.root, os.W_OK):
        return
    nothing = subprocess.DEVNULL
    argv = [str(place.program(steady)), "update", "apply", "--user"]
    subprocess.Popen(argv, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
