"""The service beside a kernel in memory: a hub that wishes, a repository over real HTTP, orders on the disk."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import pytest
import trio
from desk_rig import Machine, Workshop, machine

from tympan.plugin import Examiner, HubLink, LookAgain, Member, NotFound, Retry, TympanError
from tympan.testing import ExaminerSuite, FakeHost, FakeHubLink, FakeMembership
from tympan_net.http_server import Request, Response, open_listeners, serve
from tympan_updater._examiner import UpdatesExaminer
from tympan_updater._hub import Told, ask
from tympan_updater._installation import Installation
from tympan_updater._order import Order, read_order
from tympan_updater._service import Looks, UpdaterService
from tympan_updater._sharing import SharingService
from tympan_updater._sources import FolderSource
from tympan_updater._wellbeing import Wellbeing
from tympan_updater._wishes import Wish
from tympan_wire.hub import (
    Ring,
    StoppedVersion,
    UpdatesRequest,
    UpdateStep,
    UpdatesWanted,
    UpdateWindow,
    decode,
    encode,
)
from tympan_wire.updates import Version

pytestmark = pytest.mark.anyio
SETTINGS: Mapping[str, object] = {
    "channel": "all",
    "repository": "",
    "peers": [],
    "paused": False,
    "pin": "",
    "window": "",
    "every_s": 3600.0,
    "share_addresses": [],
    "share_port": 0,
}
WAIT_S = 20.0


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path)
    made.version("1.1.0")
    return made


@pytest.fixture
def desk(tmp_path: Path, workshop: Workshop) -> Machine:
    return machine(tmp_path, workshop.root)


@attrs.define(eq=False)
class Hub:
    """A hub that wishes one thing, and keeps what it was told."""

    wish: UpdatesWanted = attrs.field(factory=lambda: UpdatesWanted(ring=Ring.ALL))
    told: list[UpdatesRequest] = attrs.field(factory=list)
    then: Callable[[], None] = lambda: None

    def answer(self, payload: bytes) -> bytes:
        self.told.append(decode(UpdatesRequest, payload))
        answer = encode(self.wish)
        self.then()
        return answer


@attrs.define(eq=False)
class Agent:
    """What the agent says of itself: plugins by their states, and whether its print system answers."""

    plugins: dict[str, str] = attrs.field(factory=lambda: {"ipp_endpoint": "running", "spool_cups": "running"})
    prints: bool | None = True
    token: str = ""

    async def ask(self, operation: str, arguments: Mapping[str, object]) -> object:
        await trio.lowlevel.checkpoint()
        if operation == "plugins":
            return [{"id": name, "status": at, "distribution": f"tympan-{name}"} for name, at in self.plugins.items()]
        if self.prints is None:
            raise NotFound("no plugin of a print system runs")
        if not self.prints:
            raise TympanError("CUPS does not answer")
        return []

    def announce(self, port: int) -> None:
        raise AssertionError

    def withdraw(self) -> None:
        raise AssertionError


@attrs.define(eq=False)
class Running:
    """A service that runs."""

    host: FakeHost
    folder: Path
    started: list[Installation]
    place: Installation

    async def noted(self, words: str) -> str:
        with trio.fail_after(WAIT_S):
            while words not in self.host.noted:
                await trio.sleep(0.01)
        return self.host.noted

    def order(self) -> Order | None:
        path = self.folder / "order.json"
        if not path.exists():
            return None
        state = self.folder / "state" / "store" / "plugins" / "updater"
        state.mkdir(parents=True, exist_ok=True)
        (state / "order.json").write_bytes(path.read_bytes())
        return read_order(self.folder / "state")

    def look_again(self) -> None:
        self.host.noted = ""
        self.host.bus.publish(LookAgain(topic="updates"))


@asynccontextmanager
async def service(
    desk: Machine, *ports: object, agent: Agent | None = None, folder: Path | None = None, **settings: object
) -> AsyncIterator[Running]:
    """A service that runs; ``folder`` is its plugin's, where it ran before."""
    host = FakeHost("updater", settings={**SETTINGS, **settings}, ports=ports, control=agent or Agent())
    if folder is not None:
        shutil.copytree(folder, await host.folder(), dirs_exist_ok=True)
    started: list[Installation] = []
    async with trio.open_nursery() as nursery:
        running = Running(host, await host.folder(), started, desk.place)
        service = UpdaterService(desk.place, first_s=0.0, start=started.append, settle_s=0.0)
        nursery.start_soon(service.run, host)
        yield running
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def served(folder: Path, asked: list[str] | None = None) -> AsyncIterator[str]:
    """A folder over HTTP."""

    async def handle(request: Request) -> Response:
        if asked is not None:
            asked.append(request.path)
        path = folder / request.path.lstrip("/")
        return Response(body=path.read_bytes()) if path.is_file() else Response(status=404)

    listeners = await open_listeners(["127.0.0.1"], 0)
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, handle, listeners=listeners))
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/"
        nursery.cancel_scope.cancel()


def linked(hub: Hub) -> FakeHubLink:
    link = FakeHubLink()
    link.answers = {"updates": hub.answer}
    return link


async def test_what_is_new_is_fetched_over_http_verified_and_ordered(workshop: Workshop, desk: Machine) -> None:
    async with served(workshop.public) as address, service(desk, repository=address) as running:
        await running.noted("1.1.0 is ordered")
        assert running.order() == Order(channel="all")
        assert running.started == [desk.place]
        desk.updater().apply(Wish(channel="all"), FolderSource(running.folder, "mirror"))
    assert desk.current == "1.1.0"


async def test_a_folder_that_takes_nothing_is_told_and_looked_at_again(workshop: Workshop, desk: Machine) -> None:
    async with served(workshop.public) as address, service(desk, repository=address, paused=True) as running:
        await running.noted("updates are paused")
        mirror = running.folder / "mirror"
        shutil.rmtree(mirror)
        mirror.write_text("no folder")
        running.look_again()
        await running.noted("updates cannot be kept")
        mirror.unlink()
        running.look_again()
        await running.noted("updates are paused")


async def test_what_was_fetched_is_a_repository_for_others(workshop: Workshop, desk: Machine, tmp_path: Path) -> None:
    async with service(desk, repository=str(workshop.public)) as running:
        await running.noted("ordered")
        other = machine(tmp_path / "other", workshop.root)
        other.update(FolderSource(running.folder, "mirror"))
        assert other.current == "1.1.0"


async def test_a_machine_near_by_hands_on_what_it_fetched(workshop: Workshop, desk: Machine, tmp_path: Path) -> None:
    async with service(desk, repository=str(workshop.public)) as first:
        await first.noted("ordered")
        port = await _shared(first)
        asked: list[str] = []
        async with served(workshop.public, asked) as address:
            other = machine(tmp_path / "other", workshop.root)
            near = f"http://127.0.0.1:{port}/"
            async with service(other, repository=address, peers=[near]) as second:
                await second.noted("ordered")
        assert any("metadata" in path for path in asked)
        assert not any("targets/agent" in path for path in asked)
        first.host.offered.clear()


async def _shared(running: Running) -> int:
    running.host.settings = FakeHost(settings={**SETTINGS, "share_addresses": ["127.0.0.1"]}).settings
    trio.lowlevel.spawn_system_task(_share, running.host)
    with trio.fail_after(WAIT_S):
        while "shared at" not in running.host.noted:
            await trio.sleep(0.01)
    return int(running.host.noted.rpartition(":")[2])


async def _share(host: FakeHost) -> None:
    with trio.move_on_after(WAIT_S):
        await SharingService().run(host)


async def test_a_hub_says_ring_pause_pin_and_window(workshop: Workshop, desk: Machine) -> None:
    workshop.version("1.2.0")
    workshop.name("1.1.0")
    workshop.name("1.2.0", "canary")
    hub = Hub(wish=UpdatesWanted(ring=Ring.ALL, paused=True))
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        assert "updates are paused" in await running.noted("1.1.0 is here")
        hub.wish = UpdatesWanted(ring=Ring.CANARY, paused=True)
        running.look_again()
        await running.noted("1.2.0 is here")
        hub.wish = UpdatesWanted(ring=Ring.CANARY, pin="1.1.0", paused=True)
        running.look_again()
        await running.noted("1.1.0 is here")
        closed = (dt.datetime.now().astimezone() + dt.timedelta(hours=12)).hour * 60
        hub.wish = UpdatesWanted(ring=Ring.ALL, window=UpdateWindow(begin_min=closed, end_min=closed + 59))
        running.look_again()
        await running.noted("waits for its time")
        hub.wish = UpdatesWanted(ring=Ring.UNKNOWN)
        running.look_again()
        await running.noted("a ring that this version does not know")
        assert running.order() is None


@pytest.mark.parametrize(("said", "meant"), [(0, 10.0), (-5, 10.0), (3600, 3600.0), (10**15, 604_800.0)])
async def test_attack_a_hub_has_no_machine_look_all_the_time_or_never(said: int, meant: float) -> None:
    hub = Hub(wish=UpdatesWanted(every_s=said, spread_s=said))
    wanted = await ask(FakeHost("updater", settings=SETTINGS, ports=(linked(hub),)), Told(installed="1.0.0"))
    assert wanted is not None
    assert wanted.every_s == meant
    assert 0 <= wanted.spread_s <= 604_800


async def test_a_version_that_the_hub_stopped_is_not_ordered_and_the_order_names_it(
    workshop: Workshop, desk: Machine
) -> None:
    hub = Hub(wish=UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.1.0"),)))
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        await running.noted("is stopped")
        assert running.order() is None
        hub.wish = UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.0.5"),))
        running.look_again()
        await running.noted("ordered")
        assert running.order() == Order(channel="all", leave=frozenset({("", Version("1.0.5"))}))


async def test_the_hub_is_asked_afresh_right_before_the_order(workshop: Workshop, desk: Machine) -> None:
    hub = Hub()

    def stop() -> None:
        hub.wish = UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.1.0"),))

    hub.then = stop
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        await running.noted("changed its mind")
        assert running.order() is None
    first, second, *_ = hub.told
    assert first.updates == ()
    assert [(told.version, told.step) for told in second.updates] == [("1.1.0", UpdateStep.SWITCHING)]


async def test_a_hub_that_goes_away_right_before_the_order_gets_none_ordered(workshop: Workshop, desk: Machine) -> None:
    class Away(TympanError):
        retry = Retry.LATER

    class Gone(FakeHubLink):
        async def request(self, operation: str, payload: bytes) -> bytes:
            if self.requests:
                raise Away("the hub is away")
            return await super().request(operation, payload)

    link = Gone()
    link.answers = {"updates": Hub().answer}
    async with service(desk, link, repository=str(workshop.public)) as running:
        await running.noted("the hub is away")
        assert running.order() is None


async def test_the_hub_hears_what_runs_and_how_the_last_update_ended(workshop: Workshop, desk: Machine) -> None:
    workshop.version("1.2.0", starts=False)
    with pytest.raises(Exception, match="ended at once"):
        desk.update(workshop.source())
    hub = Hub()
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        await running.noted("come back from")
    [told] = hub.told[0].updates
    assert (hub.told[0].installed, told.subject, told.version, told.step) == ("1.0.0", "", "1.2.0", UpdateStep.RETURNED)
    assert "ended at once" in told.reason


MEMBER = Member(address="https://print.example", agent="a", tenant="t")


async def test_an_agent_that_kept_a_version_and_lost_something_by_it_tells_its_hub_until_it_has_it_again(
    workshop: Workshop, desk: Machine
) -> None:
    hub, agent = Hub(wish=UpdatesWanted(paused=True)), Agent()
    async with service(desk, linked(hub), agent=agent, repository=str(workshop.public)) as running:
        await running.noted("updates are paused")
        folder = running.folder
    assert hub.told[-1].healthy
    desk.update(workshop.source())
    agent.plugins["spool_cups"], agent.prints = "failed", None
    async with service(desk, linked(hub), agent=agent, folder=folder, repository=str(workshop.public)) as running:
        await running.noted("up to date")
        told = hub.told[-1]
        [update] = told.updates
        assert (update.version, update.step, update.missing) == ("1.1.0", UpdateStep.SWITCHED, ("spool_cups",))
        assert "with 1.1.0 these do not run any more: spool_cups" in update.reason
        assert (told.healthy, told.trouble) == (False, update.reason)
        agent.plugins["spool_cups"], agent.prints = "running", False
        running.look_again()
        await running.noted("up to date")
        assert hub.told[-1].updates[0].missing == ("the print system",)
        agent.plugins["ipp_endpoint"], agent.prints = "off", True
        running.look_again()
        await running.noted("up to date")
    last = hub.told[-1]
    assert last.healthy and not last.trouble and not last.updates[0].missing


async def test_what_was_lost_under_the_version_before_is_not_laid_at_the_next_one_s_door(
    workshop: Workshop, desk: Machine
) -> None:
    hub, agent = (
        Hub(wish=UpdatesWanted(paused=True)),
        Agent(plugins={"ipp_endpoint": "running", "spool_cups": "failed"}),
    )
    async with service(desk, linked(hub), agent=agent, repository=str(workshop.public)) as running:
        await running.noted("updates are paused")
        folder = running.folder
    desk.update(workshop.source())
    async with service(desk, linked(hub), agent=agent, folder=folder, repository=str(workshop.public)) as running:
        await running.noted("up to date")
    assert (hub.told[-1].healthy, hub.told[-1].updates[0].missing) == (True, ())


class Refuses(TympanError):
    """Of a hub that says no, and would say so again."""

    retry = Retry.NEVER


async def test_attack_a_hub_that_refuses_does_not_let_go_on_what_it_stopped_paused_or_pinned(
    workshop: Workshop, desk: Machine
) -> None:
    stopped = UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.1.0"),))
    hub, refusal = Hub(wish=stopped), list[TympanError]([Refuses("the hub refuses: it does not know this agent")])
    link, membership = linked(hub), FakeMembership(MEMBER)

    def refuse(payload: bytes) -> bytes:
        raise refusal[0]

    async with service(desk, link, membership, repository=str(workshop.public)) as running:
        await running.noted("is stopped")
        link.answers = {"updates": refuse}
        for error in (refusal[0], NotFound("there is no such operation")):
            refusal[0] = error
            running.look_again()
            assert "is stopped" in await running.noted(error.cause)
        folder = running.folder
    refusal[0] = Refuses("the hub refuses: it does not know this agent")
    async with service(desk, link, membership, folder=folder, repository=str(workshop.public)) as running:
        assert "is stopped" in await running.noted("what the hub said last holds: the hub refuses")
        assert running.order() is None
        running.host.offered = [membership]  # and its plugin runs no more
        running.look_again()
        assert "is stopped" in await running.noted("nothing here speaks to the hub")
        running.host.offered = [link, membership]
        membership.become(attrs.evolve(MEMBER, agent="b"))
        running.look_again()
        await running.noted("it does not know this agent")
        assert running.order() is None
        membership.become(None)
        running.look_again()
        await running.noted("ordered")


async def test_a_hub_that_refuses_and_never_said_what_it_wants_gets_nothing_changed(
    workshop: Workshop, desk: Machine
) -> None:
    def refuse(payload: bytes) -> bytes:
        raise Refuses("the hub refuses: no")

    link = linked(Hub())
    link.answers = {"updates": refuse}
    async with service(desk, link, FakeMembership(MEMBER), repository=str(workshop.public)) as running:
        await running.noted("the hub refuses: no")
        assert running.order() is None


async def test_a_hub_that_answers_with_nothing_of_ours_is_asked_again(workshop: Workshop, desk: Machine) -> None:
    link = linked(Hub())
    link.answers = {"updates": lambda payload: b"<html>"}
    async with service(desk, link, FakeMembership(MEMBER), repository=str(workshop.public)) as running:
        await running.noted("does not say which version it wants")
        assert running.order() is None


@pytest.mark.parametrize(("paused", "at_most"), [(False, 2 * 3600.0 + 60.0), (True, 900.0)])
async def test_a_version_that_waits_is_looked_at_again_when_its_window_opens(
    workshop: Workshop, desk: Machine, paused: bool, at_most: float
) -> None:
    opens = (dt.datetime.now().astimezone() + dt.timedelta(hours=2)).replace(second=0)
    begin = opens.hour * 60 + opens.minute
    wish = UpdatesWanted(
        paused=paused, window=UpdateWindow(begin_min=begin, end_min=(begin + 60) % 1440), every_s=80_000, spread_s=600
    )
    host = FakeHost(
        "updater",
        settings={**SETTINGS, "repository": str(workshop.public)},
        ports=[linked(Hub(wish=wish))],
        control=Agent(),
    )
    folder = await host.folder()
    looks = Looks(host, desk.place, folder, lambda place: None, Wellbeing(folder, 0.0))
    assert await looks.once() <= at_most
    assert "updates are paused" in host.noted if paused else "waits for its time" in host.noted


async def test_an_older_hub_knows_nothing_of_updates_and_the_machine_s_settings_hold(
    workshop: Workshop, desk: Machine
) -> None:
    class Old(FakeHubLink):
        async def request(self, operation: str, payload: bytes) -> bytes:
            raise NotFound("there is no such operation")

    ports: tuple[HubLink, ...] = (Old(),)
    async with service(desk, *ports, repository=str(workshop.public)) as running:
        await running.noted("ordered")


async def test_the_repository_of_the_hub_lies_below_its_address(
    workshop: Workshop, desk: Machine, tmp_path: Path
) -> None:
    (tmp_path / "root" / "updates").mkdir(parents=True)
    (tmp_path / "root" / "updates" / "v1").symlink_to(workshop.public)
    async with served(tmp_path / "root") as address:
        member = FakeMembership(Member(address=address, agent="a", tenant="t"))
        async with service(desk, linked(Hub()), member) as running:
            await running.noted("ordered")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"channel": "beta"}, "canary, early, all"),
        ({"pin": "newest"}, "no version"),
        ({"window": "at night"}, "no time such as"),
        ({"repository": "/nowhere"}, "has no repository"),
        ({}, "nobody is named"),
    ],
)
async def test_what_cannot_be_meant_is_said_and_nothing_ordered(
    desk: Machine, settings: dict[str, object], words: str
) -> None:
    async with service(desk, agent=None, folder=None, **settings) as running:
        await running.noted(words)
        assert running.order() is None


async def test_what_came_by_a_package_manager_is_left_to_it_and_the_hub_hears_so() -> None:
    hub = Hub()
    host = FakeHost("updater", settings=SETTINGS, ports=[linked(hub)])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(UpdaterService(first_s=0.0).run, host)
        with trio.fail_after(WAIT_S):
            while not hub.told:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    assert "package manager" in host.noted
    assert (hub.told[0].able, hub.told[0].why_not) == (False, host.noted)


async def test_the_sharing_service_gives_nothing_but_the_repository(workshop: Workshop, desk: Machine) -> None:
    async with service(desk, repository=str(workshop.public)) as running:
        await running.noted("ordered")
        port = await _shared(running)
        for path, status in (
            ("metadata/timestamp.json", 200),
            ("order.json", 404),
            ("metadata/../order.json", 404),
            ("", 404),
        ):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            async with stream:
                await stream.send_all(f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                head = await stream.receive_some(64)
            assert head.split()[1] == str(status).encode(), path


class TestExaminer(ExaminerSuite):
    @pytest.fixture
    def examiner(self, desk: Machine) -> Examiner:
        return UpdatesExaminer(desk.place)


async def test_doctor_says_what_is_not_trusted_and_what_was_come_back_from(workshop: Workshop, desk: Machine) -> None:
    workshop.version("1.2.0", starts=False)
    with pytest.raises(Exception, match="ended at once"):
        desk.update(workshop.source())
    told = await UpdatesExaminer(desk.place).examine()
    assert [one.health.value for one in told] == ["ok", "note"]
    desk.place.trust.unlink()
    [problem] = await UpdatesExaminer(desk.place).examine()
    assert (problem.health.value, "trusts nobody" in problem.found) == ("problem", True)


def test_asking_for_its_hooks_loads_no_part_of_the_update_framework() -> None:
    look = "import sys; from tympan_updater import plugin; plugin.register_services(); print('tuf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
