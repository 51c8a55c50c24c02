"""The service that looks for updates: what is new is fetched, verified and ordered, as the machine's settings say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from desk_rig import Machine, Workshop
from service_rig import SETTINGS, WAIT_S, Hub, linked, served, service

from tympan.plugin import Examiner, Member
from tympan.testing import ExaminerSuite, FakeHost, FakeMembership
from tympan_updater._examiner import UpdatesExaminer
from tympan_updater._order import Order
from tympan_updater._service import UpdaterService
from tympan_updater._sources import FolderSource
from tympan_updater._wishes import Wish

pytestmark = pytest.mark.anyio


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
