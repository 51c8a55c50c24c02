"""An update from its making to its end: published, verified, unpacked beside, switched to, and come back from."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from desk_rig import Machine, Workshop, machine, now, wheel

from tympan_release._making import add
from tympan_release._publishing import archive
from tympan_updater._checking import ProgramCheck
from tympan_updater._errors import CheckFailed, NotOffered, NotUsable, Postponed, Returned, TrustsNobody, UpdaterBusy
from tympan_updater._installation import Installation, Pointer, Running, read_table
from tympan_updater._journal import Entry, Journal, Phase
from tympan_updater._order import FOLDER, ORDER
from tympan_updater._outcomes import Ending, Outcomes
from tympan_updater._sources import FolderSource
from tympan_updater._unpacking import unpack_archive
from tympan_updater._wishes import Wish
from tympan_wire.updates import Version


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def updated(tmp_path: Path, workshop: Workshop) -> Machine:
    return machine(tmp_path, workshop.root)


def test_a_version_is_published_fetched_verified_unpacked_switched_to_and_come_back_from(
    workshop: Workshop, updated: Machine
) -> None:
    workshop.version("1.1.0")
    assert str(updated.update(workshop.source()).agent) == "1.1.0"
    assert updated.starts == ["1.0.0", "1.1.0"]
    assert {pointer: str(updated.place.pointed(pointer)) for pointer in Pointer} == {
        Pointer.CURRENT: "1.1.0",
        Pointer.PREVIOUS: "1.0.0",
        Pointer.STEADY: "1.1.0",
    }
    assert (updated.place.tree(Version("1.1.0")) / "_internal" / "library.bin").read_bytes() == b"1.1.0" * 1000
    assert str(updated.updater().back().agent) == "1.0.0"
    assert updated.runs == "1.0.0"


def test_a_version_that_a_person_went_back_from_is_not_gone_to_again_but_the_next_one_is(
    workshop: Workshop, updated: Machine
) -> None:
    workshop.version("1.1.0")
    updated.update(workshop.source())
    updated.updater().back()
    with pytest.raises(Postponed, match="come back from"):
        updated.update(workshop.source())
    workshop.version("1.2.0")
    assert str(updated.update(workshop.source()).agent) == "1.2.0"
    workshop.version("1.3.0")
    updated.update(workshop.source())
    assert [str(version) for version in updated.place.installed()] == ["1.2.0", "1.3.0"]


def test_what_is_up_to_date_is_left_alone(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0")
    updated.update(workshop.source())
    assert str(updated.update(workshop.source()).agent) == "1.1.0"
    assert updated.starts == ["1.0.0", "1.1.0"]


def test_of_old_versions_the_previous_one_stays(workshop: Workshop, updated: Machine) -> None:
    for version in ("1.1.0", "1.2.0", "1.3.0"):
        workshop.version(version)
        updated.update(workshop.source())
    assert [str(version) for version in updated.place.installed()] == ["1.2.0", "1.3.0"]
    assert not list(updated.place.versions.glob(".*"))


def test_a_version_that_still_runs_stays_until_it_ends(workshop: Workshop, updated: Machine) -> None:
    program = updated.place.program(Version("1.0.0"))
    shutil.copy(str(shutil.which("sleep")), program)
    process = subprocess.Popen([program, "600"])
    try:
        for version in ("1.1.0", "1.2.0", "1.3.0"):
            workshop.version(version)
            updated.update(workshop.source())
        assert [str(version) for version in updated.place.installed()] == ["1.0.0", "1.2.0", "1.3.0"]
    finally:
        process.kill()
        process.wait()
    workshop.version("1.4.0")
    updated.update(workshop.source())
    assert [str(version) for version in updated.place.installed()] == ["1.3.0", "1.4.0"]


def test_a_version_that_does_not_start_is_come_back_from_by_itself(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0")
    updated.update(workshop.source())
    workshop.version("1.2.0", starts=False)
    with pytest.raises(Returned, match=r"1\.2\.0 ended at once"):
        updated.update(workshop.source())
    assert (updated.current, updated.runs) == ("1.1.0", "1.1.0")
    told = Outcomes(updated.place).all()[-1]
    assert (str(told.version), told.ending) == ("1.2.0", Ending.RETURNED)
    assert str(updated.place.pointed(Pointer.PREVIOUS)) == "1.0.0"


def test_a_version_that_does_not_start_is_come_back_from_though_the_disk_takes_nothing_more(
    workshop: Workshop, updated: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.version("1.1.0", starts=False)
    write, start = Journal.write, Machine.restart
    full: list[bool] = []

    def written(self: Journal, entry: Entry) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, entry)

    def started(self: Machine) -> None:
        full.append(True)
        start(self)

    monkeypatch.setattr(Journal, "write", written)
    monkeypatch.setattr(Machine, "restart", started)
    with pytest.raises(Returned, match=r"1\.1\.0 ended at once"):
        updated.update(workshop.source())
    assert (updated.current, updated.runs) == ("1.0.0", "1.0.0")
    assert Outcomes(updated.place).refused() == {("", Version("1.1.0"))}


def _full() -> Callable[..., NoReturn]:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    return full


def test_a_disk_that_takes_no_switch_lets_the_old_version_run_and_blames_no_version(
    workshop: Workshop, updated: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.version("1.1.0")
    point = Installation.point
    with monkeypatch.context() as patched:
        patched.setattr(
            Installation,
            "point",
            lambda self, at, version: (_full() if str(version) == "1.1.0" else point)(self, at, version),
        )
        with pytest.raises(Postponed, match="No space left"):
            updated.update(workshop.source())
    assert (updated.current, updated.runs, Journal(updated.place).path.exists()) == ("1.0.0", "1.0.0", False)
    assert Outcomes(updated.place).refused() == frozenset()
    assert "No space left" in Outcomes(updated.place).trouble
    assert str(updated.update(workshop.source()).agent) == "1.1.0"
    assert Outcomes(updated.place).trouble == ""


def test_a_disk_that_is_full_at_the_very_end_leaves_the_new_version_and_the_next_start_ends_it(
    workshop: Workshop, updated: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.version("1.1.0")
    with monkeypatch.context() as patched:
        patched.setattr(Outcomes, "tell", _full())
        with pytest.raises(Postponed, match="No space left"):
            updated.update(workshop.source())
    assert updated.runs == "1.1.0"
    entry = updated.updater().recover()
    assert entry is not None
    assert (entry.phase, Outcomes(updated.place).all()[-1].ending) == (Phase.KEPT, Ending.SWITCHED)
    assert (updated.starts, str(updated.place.pointed(Pointer.STEADY))) == (["1.0.0", "1.1.0"], "1.1.0")


def test_what_nobody_thought_of_is_written_down_and_leaves_the_old_version(
    workshop: Workshop, updated: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.version("1.1.0")

    def odd(*_: object, **__: object) -> None:
        raise RuntimeError("an odd thing")

    with monkeypatch.context() as patched:
        patched.setattr(ProgramCheck, "__call__", odd)
        with pytest.raises(RuntimeError, match="an odd thing"):
            updated.update(workshop.source())
    assert (updated.runs, Journal(updated.place).path.exists()) == ("1.0.0", False)
    assert "RuntimeError: an odd thing" in Outcomes(updated.place).trouble
    assert [str(version) for version in updated.place.installed()] == ["1.0.0"]


def test_an_order_that_cannot_be_read_is_written_down(updated: Machine, tmp_path: Path) -> None:
    (tmp_path / "state" / FOLDER).mkdir(parents=True)
    (tmp_path / "state" / ORDER).write_text('{"channel": "beta"}')
    with pytest.raises(NotUsable):
        updated.updater().carry_out(tmp_path / "state")
    assert "order" in Outcomes(updated.place).trouble


def test_a_version_in_which_a_plugin_no_longer_runs_is_come_back_from(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0", plugins=("ipp_endpoint",))
    with pytest.raises(Returned, match="spool_cups"):
        updated.update(workshop.source())
    assert updated.runs == "1.0.0"
    assert Outcomes(updated.place).all()[-1].missing == ("spool_cups",)


def test_a_version_that_belongs_to_no_hub_any_more_is_come_back_from(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0", enrolled=False)
    with pytest.raises(Returned, match="the hub"):
        updated.update(workshop.source())
    assert updated.runs == "1.0.0"


def test_a_version_that_fails_its_self_check_is_never_switched_to(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0", faults=["the plugin spool_cups is not there"])
    with pytest.raises(CheckFailed, match="spool_cups is not there"):
        updated.update(workshop.source())
    assert updated.starts == ["1.0.0"]
    assert [str(version) for version in updated.place.installed()] == ["1.0.0"]


def test_a_version_that_was_come_back_from_is_not_gone_to_again_unless_a_person_says_so(
    workshop: Workshop, updated: Machine
) -> None:
    workshop.version("1.1.0", starts=False)
    with pytest.raises(Returned):
        updated.update(workshop.source())
    with pytest.raises(Postponed, match="come back from"):
        updated.update(workshop.source())
    assert updated.starts == ["1.0.0", "1.1.0", "1.0.0"]
    with pytest.raises(Returned):
        updated.update(workshop.source(), again=True)
    workshop.version("1.2.0")
    assert str(updated.update(workshop.source()).agent) == "1.2.0"


def test_plugins_are_updated_by_themselves_and_one_a_channel_no_longer_names_goes(
    workshop: Workshop, updated: Machine
) -> None:
    for version in ("1.0.0", "1.0.1"):
        add(workshop.shop(), wheel(workshop.files, "acme-raw9100", version))
    workshop.name(None, acme_raw9100="1.0.0")
    updated.update(workshop.source())
    workshop.name(None, acme_raw9100="1.0.1")
    updated.update(workshop.source())
    assert read_table(updated.place.plugins / "current.json") == {"v": 1, "use": ["acme_raw9100-1.0.1"]}
    assert (updated.place.plugins / "acme_raw9100-1.0.1" / "acme_raw9100-1.0.1.dist-info" / "METADATA").exists()
    assert updated.current == "1.0.0"
    workshop.name(None)
    updated.update(workshop.source())
    assert updated.place.running().plugins == {}


def test_deliveries_under_way_are_waited_for_and_no_new_one_begins(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0")
    updated.deliveries = 3
    updated.update(workshop.source())
    assert updated.asked_to_rest == 3
    assert updated.current == "1.1.0"


def test_an_update_is_put_off_when_deliveries_do_not_end(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0")
    updated.deliveries = 1000
    with pytest.raises(Postponed, match="on their way"):
        updated.updater(drain_s=0.0).apply(Wish(channel="all"), workshop.source())
    assert (updated.starts, updated.place.work.joinpath("journal.json").exists()) == (["1.0.0"], False)
    assert "on their way" in Outcomes(updated.place).trouble
    updated.deliveries = 0
    assert str(updated.update(workshop.source()).agent) == "1.1.0"
    assert Outcomes(updated.place).trouble == ""


def test_an_archive_updates_a_machine_without_a_network(workshop: Workshop, updated: Machine, tmp_path: Path) -> None:
    workshop.add("1.0.5")
    workshop.version("1.1.0")
    packed = archive(workshop.public, tmp_path / "updates.tar", ["all"])
    unpack_archive(tmp_path / "updates.tar", tmp_path / "stick")
    assert packed == len([path for path in (tmp_path / "stick").rglob("*") if path.is_file()])
    assert not list((tmp_path / "stick").rglob("*1.0.5*"))
    updated.update(FolderSource(tmp_path / "stick"))
    assert updated.current == "1.1.0"


def test_a_pin_holds_a_version_and_goes_to_a_higher_one(workshop: Workshop, updated: Machine) -> None:
    workshop.add("1.1.0")
    workshop.version("1.2.0")
    assert str(updated.update(workshop.source(), pin="1.0.0").agent) == "1.0.0"
    assert str(updated.update(workshop.source(), pin="1.1.0").agent) == "1.1.0"


def test_attack_a_lower_version_is_refused_though_it_is_signed_and_pinned(workshop: Workshop, updated: Machine) -> None:
    workshop.add("1.1.0")
    workshop.version("1.2.0")
    updated.update(workshop.source())
    with pytest.raises(Postponed, match="lower"):
        updated.update(workshop.source(), pin="1.1.0")
    workshop.name("1.1.0")
    with pytest.raises(Postponed, match="lower"):
        updated.update(workshop.source())
    workshop.name("1.1.0", lower=True)
    assert str(updated.update(workshop.source()).agent) == "1.1.0"


def test_without_a_root_of_trust_nothing_is_believed(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0")
    updated.place.trust.unlink()
    with pytest.raises(TrustsNobody, match=r"root\.json is missing"):
        updated.update(workshop.source())


def test_one_updater_at_a_time(workshop: Workshop, updated: Machine) -> None:
    with updated.place.locked(), pytest.raises(UpdaterBusy, match="Wait for it"):
        updated.update(workshop.source())


def test_the_lock_is_a_package_s_too_and_no_other_account_can_hold_it(updated: Machine) -> None:
    lock = updated.place.work / "lock"
    lock.parent.mkdir(exist_ok=True)
    lock.touch(mode=0o644)
    with updated.place.locked():
        held = subprocess.run(["flock", "--nonblock", lock, "true"], check=False)
    assert (held.returncode, oct(lock.stat().st_mode & 0o777)) == (1, "0o600")
    assert subprocess.run(["flock", "--nonblock", lock, "true"], check=False).returncode == 0


def test_an_updater_waits_a_while_for_another_one_to_end(updated: Machine) -> None:
    updated.place.work.mkdir(exist_ok=True)
    lock = updated.place.work / "lock"
    lock.touch()
    other = subprocess.Popen(["flock", lock, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdin and other.stdout
    other.stdin.write(b"held\n")
    other.stdin.flush()
    assert other.stdout.readline() == b"held\n"
    threading.Timer(0.3, other.stdin.close).start()
    with updated.place.locked(within_s=30.0):
        assert other.wait(timeout=30) == 0
    other.stdout.close()


def test_of_what_others_say_only_so_much_is_kept_that_it_can_be_read_again(updated: Machine) -> None:
    long, ids = "\u00fc\U0001f5a8\n" * 20_000, tuple(f"{number}\U0001f5a8" * 500 for number in range(5000))
    before = Running(agent=Version("1.0.0"))
    outcomes, journal = Outcomes(updated.place), Journal(updated.place)
    updated.place.work.mkdir()
    for number in range(60):
        after = Running(agent=before.agent, plugins={f"{'p' * 60}-{number}": Version("1.0.1")})
        outcomes.tell(before, after, Ending.RETURNED, now(), reason=long, missing=ids)
        outcomes.keep_trouble(long)
        journal.write(Entry(phase=Phase.RETURNING, before=before, after=after, expected=ids, reason=long))
        entry = journal.read()
        assert entry is not None and entry.after == after
    assert len(outcomes.all()) == len(outcomes.refused()) == 50
    assert outcomes.trouble and outcomes.all()[-1].reason.startswith("\u00fc\U0001f5a8 \u00fc")


def test_a_version_nobody_signed_is_not_there(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.1.0")
    with pytest.raises(NotOffered, match=r"agent/1\.5\.0"):
        updated.update(workshop.source(), pin="1.5.0")
    assert updated.current == "1.0.0"


@pytest.mark.parametrize("name", ["a/../../evil", "/evil", "a\\..\\evil"])
def test_attack_a_bundle_that_leads_out_of_its_folder_is_not_unpacked(
    workshop: Workshop, updated: Machine, name: str
) -> None:
    member = tarfile.TarInfo(name)
    member.size = 4
    workshop.version("1.1.0", more=[(member, b"evil")])
    _refused(workshop, updated)


def _link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member, b""


def _file(name: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = 4
    return member, b"evil"


@pytest.mark.parametrize(
    "more",
    [
        [_link("out", "../evil")],
        [_link("out", "/etc")],
        [_link("in", "_internal"), _file("in/evil")],
        [_link("d/l", ".."), _link("d/l/m", ".."), _file("d/l/m/evil")],
        [_link("x", "."), _link("y", "x/..")],
        [_link("x", "d/e"), _link("y", "x/../../..")],
        [(tarfile.TarInfo("pipe"), b"")],
    ],
    ids=["out", "absolute", "through a link", "links upon links", "up from a link", "up from a deep link", "a device"],
)
def test_attack_links_and_devices_in_a_bundle_are_not_unpacked(
    workshop: Workshop, updated: Machine, more: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    for member, _ in more:
        if member.name.endswith("pipe"):
            member.type = tarfile.FIFOTYPE
    workshop.version("1.1.0", more=more)
    _refused(workshop, updated)


def test_a_bundle_keeps_links_within_itself_and_no_rights_but_that_a_program_runs(
    workshop: Workshop, updated: Machine
) -> None:
    program = tarfile.TarInfo("tool")
    program.size, program.mode = 4, 0o4777
    workshop.version("1.1.0", more=[_link("again", "_internal/library.bin"), (program, b"tool")])
    before = os.umask(0o077)  # of a person who updates by hand
    try:
        updated.update(workshop.source())
    finally:
        os.umask(before)
    tree = updated.place.tree(Version("1.1.0"))
    assert (tree / "again").read_bytes() == b"1.1.0" * 1000
    modes = {
        name: oct((tree / name).stat().st_mode & 0o7777) for name in ("tool", "_internal", "_internal/library.bin", ".")
    }
    assert modes == {"tool": "0o755", "_internal": "0o755", "_internal/library.bin": "0o644", ".": "0o755"}


def _refused(workshop: Workshop, updated: Machine) -> None:
    before = sorted(path.name for path in updated.place.root.parent.iterdir())
    with pytest.raises(Exception, match="cannot be unpacked"):
        updated.update(workshop.source())
    assert (updated.current, updated.starts) == ("1.0.0", ["1.0.0"])
    assert sorted(path.name for path in updated.place.root.parent.iterdir()) == before
    assert not list(updated.place.root.rglob("evil"))


def test_what_a_version_says_of_itself_is_read_and_nothing_else(workshop: Workshop, updated: Machine) -> None:
    script = io.BytesIO(b"#!/bin/sh\necho no idea >&2\nexit 3\n")
    member = tarfile.TarInfo("tympan")
    member.size, member.mode = len(script.getvalue()), 0o755
    path = workshop.files / "tympan-1.1.0-linux-x86_64.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(member, script)
    add(workshop.shop(), path)
    workshop.name("1.1.0")
    with pytest.raises(CheckFailed, match="no idea"):
        updated.update(workshop.source())


def test_a_machine_that_is_short_of_something_blames_no_version(
    workshop: Workshop, updated: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*arguments: object, **named: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    workshop.version("1.1.0")
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", short)
        with pytest.raises(Postponed, match="could not be tried"):
            updated.update(workshop.source())
    assert (Outcomes(updated.place).all(), Outcomes(updated.place).refused()) == ((), frozenset())
    assert str(updated.update(workshop.source()).agent) == "1.1.0"


def test_the_outcomes_are_kept_for_each_subject_and_can_be_read_by_anybody(
    workshop: Workshop, updated: Machine
) -> None:
    for version in ("1.1.0", "1.2.0"):
        workshop.version(version)
        updated.update(workshop.source())
    [told] = Outcomes(updated.place).all()
    assert (told.subject, str(told.version), told.ending) == ("", "1.2.0", Ending.SWITCHED)
    assert told.at <= now()
    assert json.loads((updated.place.work / "outcomes.json").read_text())["v"] == 1
