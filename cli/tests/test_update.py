"""``tympan update`` as people and the service manager call it, on an installation made of scripts."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_rig import Machine, Workshop, machine

from tympan_cli._exits import Exit
from tympan_updater._order import FOLDER, Order, encode_order

Tympan = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that anybody may enter: root tries versions as nobody."""
    with tempfile.TemporaryDirectory(prefix="tympan-desk-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def workshop(folder: Path) -> Workshop:
    made = Workshop(folder / "made")
    made.version("1.1.0")
    return made


@pytest.fixture
def desk(folder: Path, workshop: Workshop) -> Machine:
    return machine(folder / "desk", workshop.root)


def test_without_an_installation_it_says_who_brings_updates(tympan: Tympan) -> None:
    done = tympan("update", "status")
    assert done.returncode == Exit.FAILED
    assert "no installation that updates itself" in done.stderr


def test_from_a_folder_there_and_back(tympan: Tympan, desk: Machine, workshop: Workshop) -> None:
    env = {"TYMPAN_INSTALL": str(desk.place.root)}
    done = tympan("update", "from", str(workshop.public), **env)
    assert (done.returncode, done.stdout) == (0, "the agent 1.1.0 runs\n"), done.stderr
    row = json.loads(tympan("update", "status", "--json", **env).stdout)
    assert (row["agent"], row["previous"], row["steady"], row["under_way"]) == ("1.1.0", "1.0.0", "1.1.0", None)
    assert [(told["subject"], told["version"], told["ending"]) for told in row["outcomes"]] == [
        ("agent", "1.1.0", "switched")
    ]
    assert "1.1.0" in tympan("update", "status", **env).stdout
    assert tympan("update", "back", **env).stdout == "the agent 1.0.0 runs\n"


def test_an_order_is_carried_out_and_gone_and_without_one_nothing_happens(
    tympan: Tympan, desk: Machine, workshop: Workshop, home: Path
) -> None:
    env = {"TYMPAN_INSTALL": str(desk.place.root)}
    assert tympan("update", "apply", **env).returncode == 0
    assert desk.current == "1.0.0"
    mirror = home / FOLDER / "mirror"
    mirror.parent.mkdir(parents=True)
    os.rename(workshop.public, mirror)
    (home / FOLDER / "order.json").write_bytes(encode_order(Order(channel="all")))
    done = tympan("update", "apply", **env)
    assert (done.returncode, desk.current) == (0, "1.1.0"), done.stderr
    assert not (home / FOLDER / "order.json").exists()


def test_an_order_that_cannot_be_carried_out_says_why_and_is_gone(
    tympan: Tympan, desk: Machine, workshop: Workshop, home: Path
) -> None:
    (home / FOLDER).mkdir(parents=True)
    order = home / FOLDER / "order.json"
    for data, words in ((b"{}", "order cannot be read"), (encode_order(Order(channel="all")), "has no repository")):
        order.write_bytes(data)
        done = tympan("update", "apply", TYMPAN_INSTALL=str(desk.place.root))
        assert done.returncode != 0
        assert words in done.stderr
        assert not order.exists()
    assert desk.current == "1.0.0"


def test_an_archive_that_is_none_is_refused(tympan: Tympan, desk: Machine, folder: Path) -> None:
    (folder / "none.tar").write_bytes(b"no archive")
    done = tympan("update", "from", str(folder / "none.tar"), TYMPAN_INSTALL=str(desk.place.root))
    assert done.returncode == Exit.FAILED
    assert "cannot be unpacked" in done.stderr


def test_a_version_that_fails_its_check_is_told_and_not_switched_to(
    tympan: Tympan, desk: Machine, workshop: Workshop
) -> None:
    workshop.version("1.2.0", faults=["a page was not printed"])
    done = tympan("update", "from", str(workshop.public), TYMPAN_INSTALL=str(desk.place.root))
    assert done.returncode == Exit.FAILED
    assert "a page was not printed" in done.stderr
    assert desk.current == "1.0.0"


def test_this_version_does_on_this_machine_and_says_what_is_missing(tympan: Tympan, home: Path) -> None:
    done = tympan("update", "check", "--expect", "ipp_endpoint", "--expect", "nowhere")
    assert json.loads(done.stdout) == {"faults": ["the plugin nowhere is not there"]}
    assert done.returncode == Exit.PROBLEMS


def test_a_state_that_this_version_cannot_open_is_a_fault(tympan: Tympan, home: Path, folder: Path) -> None:
    state = folder / "state"
    (state / "store").mkdir(parents=True)
    (state / "store" / "store.db").write_bytes(b"no database" * 1000)
    done = tympan("update", "check", "--state", str(state))
    [fault] = json.loads(done.stdout)["faults"]
    assert "cannot be opened" in fault


def test_units_are_written_for_a_package(tympan: Tympan, folder: Path) -> None:
    done = tympan("update", "units", str(folder))
    assert done.returncode == 0, done.stderr
    assert "ExecStart=/opt/tympan/steady/tympan update apply" in (folder / "tympan-update.service").read_text()
    assert "PathExists=/opt/tympan/update/journal.json" in (folder / "tympan-update.path").read_text()
