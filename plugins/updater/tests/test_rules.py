"""What is pure: plans, times, steps of the journal, orders, and the units that systemd reads."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import pwd
import re
import secrets
import shutil
import subprocess
import time
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tympan.plugin import BadInput
from tympan_updater._account import ACCOUNTS, _owner, lent_account
from tympan_updater._checking import ProgramCheck
from tympan_updater._errors import NotUsable
from tympan_updater._installation import Installation, Running
from tympan_updater._journal import STEPS, Entry, Journal, Phase, Step
from tympan_updater._limits import STATE_FILES
from tympan_updater._order import FOLDER, ORDER, Order, drop_order, encode_order, read_order
from tympan_updater._plan import plan
from tympan_updater._state_copy import copy_state
from tympan_updater._units import UpdateUnits, _quoted
from tympan_updater._window import Window, read_window
from tympan_wire.updates import Channel, Version, agent_target, plugin_target

EXPOSURE = 5.0
"""At most, of 10: it is root, and must read and give away what is another account's."""


def channel(agent: str = "1.1.0", *, lower: bool = False, **plugins: str) -> Channel:
    versions = {name.replace("_", "-"): Version(text) for name, text in plugins.items()}
    names = [agent_target(Version(agent)), *(plugin_target(*pair) for pair in versions.items())]
    return Channel(agent=Version(agent), plugins=versions, hashes=dict.fromkeys(names, "0" * 64), lower=lower)


def running(agent: str = "1.0.0", **plugins: str) -> Running:
    return Running(agent=Version(agent), plugins={name.replace("_", "-"): Version(v) for name, v in plugins.items()})


@pytest.mark.parametrize(
    ("before", "named", "pin", "after"),
    [
        (running(), channel(), "", running("1.1.0")),
        (running("1.1.0"), channel(), "", running("1.1.0")),
        (running("1.2.0"), channel(), "", running("1.2.0")),
        (running("1.2.0"), channel(lower=True), "", running("1.1.0")),
        (running(), channel("1.2.0"), "1.1.0", running("1.1.0")),
        (running("1.2.0"), channel("1.2.0"), "1.1.0", running("1.2.0")),
        (running("1.2.0"), channel("1.2.0", lower=True), "1.1.0", running("1.2.0")),
        (running(acme_a="1.0"), channel("1.0.0", acme_a="1.1", acme_b="1"), "", running(acme_a="1.1", acme_b="1")),
        (running(acme_a="1.2"), channel("1.0.0", acme_a="1.1"), "", running(acme_a="1.2")),
        (running(acme_a="1.2"), channel("1.0.0"), "", running()),
    ],
    ids=[
        "higher",
        "same",
        "lower",
        "lower and signed so",
        "pin",
        "lower pin",
        "a pin is no channel",
        "plugins",
        "lower plugin",
        "dropped",
    ],
)
def test_what_shall_run(before: Running, named: Channel, pin: str, after: Running) -> None:
    assert plan(before, named, pin=Version(pin) if pin else None).after == after


def test_what_was_come_back_from_or_stopped_is_left_and_the_rest_goes_on() -> None:
    made = plan(running(), channel(acme_a="1.1"), refused={("", Version("1.1.0"))})
    assert made.after == running(acme_a="1.1")
    assert made.left == ("the agent 1.1.0 was come back from, or is stopped",)


MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "day", "clock", "holds"),
    [
        ("22:00-05:00", 0, "21:59", False),
        ("22:00-05:00", 0, "22:00", True),
        ("22:00-05:00", 1, "04:59", True),
        ("22:00-05:00", 1, "05:00", False),
        ("sat,sun 08:00-18:00", 5, "08:00", True),
        ("sat,sun 08:00-18:00", 4, "08:00", False),
        ("fri 22:00-05:00", 5, "03:00", True),
        ("fri 22:00-05:00", 4, "03:00", False),
        ("sun 22:00-05:00", 0, "03:00", True),
        ("0:00-24:00", 3, "23:59", True),
    ],
)
def test_times_in_which_versions_are_switched(text: str, day: int, clock: str, holds: bool) -> None:
    hours, minutes = map(int, clock.split(":"))
    window = read_window(text)
    assert window is not None
    assert window.holds(MONDAY + dt.timedelta(days=day, hours=hours, minutes=minutes)) is holds
    assert read_window(str(window)) == window


@pytest.mark.parametrize(
    ("text", "day", "clock", "minutes"),
    [
        ("22:00-05:00", 0, "21:59", 1),
        ("22:00-05:00", 0, "22:00", 0),
        ("22:00-05:00", 0, "05:00", 17 * 60),
        ("sat,sun 08:00-18:00", 6, "18:00", (5 * 24 + 14) * 60),
        ("mon 08:00-09:00", 0, "09:00", (7 * 24 - 1) * 60),
    ],
)
def test_when_a_time_opens_next(text: str, day: int, clock: str, minutes: int) -> None:
    window = read_window(text)
    hour, minute = map(int, clock.split(":"))
    assert window is not None
    assert window.opens_in_s(MONDAY + dt.timedelta(days=day, hours=hour, minutes=minute)) == minutes * 60


@pytest.mark.parametrize("text", ["night", "25:00-26:00", "22:00", "mo 22:00-05:00", "05:00-05:00", "22:00-5"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(BadInput):
        read_window(text)
    assert read_window(" ") is None
    assert Window().holds(MONDAY)


def test_every_step_leads_where_the_table_says_and_no_other_is_taken() -> None:
    for phase in Phase:
        for step in Step:
            entry = Entry(phase=phase, before=running(), after=running("1.1.0"))
            if (phase, step) in STEPS:
                assert entry.step(step).phase is STEPS[phase, step]
            else:
                with pytest.raises(ValueError, match="no step"):
                    entry.step(step)


def test_the_journal_is_read_as_it_was_written_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    journal = Journal(Installation(tmp_path))
    journal.path.parent.mkdir()
    entry = Entry(
        phase=Phase.PROVING,
        before=running(acme_a="1.0"),
        after=running("1.1.0"),
        expected=("a", "b"),
        enrolled=True,
        tries=1,
    )
    journal.write(entry)
    assert journal.read() == entry
    for damage in (b"", b"{}", b"[]", b'{"phase": "nowhere"}', journal.path.read_bytes()[:40]):
        journal.path.write_bytes(damage)
        assert journal.read() is None


def state(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir(parents=True)
    return tmp_path


def test_an_order_is_read_as_it_was_written_and_dropped(tmp_path: Path) -> None:
    order = Order(channel="early", pin=Version("1.2.0"), leave=frozenset({("", Version("1.3.0"))}))
    place = state(tmp_path)
    assert read_order(place) is None
    (place / ORDER).write_bytes(encode_order(order))
    assert read_order(place) == order
    drop_order(place)
    assert read_order(place) is None
    drop_order(place)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"channel": "beta", "pin": ""}', b'{"channel": "all"}', b"x" * 300_000,
     b'{"channel": "all", "pin": "../..", "leave": []}', b'{"channel": "all", "pin": "", "leave": [1]}'],
    ids=["empty", "list", "channel", "half", "endless", "pin", "leave"],
)  # fmt: skip
def test_attack_an_order_of_a_taken_agent_is_read_for_names_alone(tmp_path: Path, data: bytes) -> None:
    place = state(tmp_path)
    (place / ORDER).write_bytes(data)
    with pytest.raises(NotUsable):
        read_order(place)


def test_attack_an_order_that_is_a_link_is_neither_followed_nor_anything_else_removed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "order.json").write_bytes(encode_order(Order(channel="all")))
    place = state(tmp_path / "state")
    (place / ORDER).symlink_to(outside / "order.json")
    with pytest.raises(NotUsable):
        read_order(place)
    drop_order(place)
    assert (outside / "order.json").exists()
    (place / FOLDER).rmdir()
    (place / FOLDER).symlink_to(outside)
    with pytest.raises(NotUsable):
        read_order(place)
    drop_order(place)
    assert (outside / "order.json").exists()


def test_attack_an_order_that_is_a_pipe_keeps_nobody(tmp_path: Path) -> None:
    place = state(tmp_path)
    os.mkfifo(place / ORDER)
    assert read_order(place) is None


def test_a_state_is_copied_without_what_links_lead_to(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy"
    for name in ("store/store.db", "keys/hub"):
        (state / name).parent.mkdir(parents=True)
        (state / name).write_text(name)
    (state / "keys" / "out").symlink_to(state / "keys" / "hub")
    (state / "policy").symlink_to(state / "keys")
    assert copy_state(state, copy)
    assert {path.relative_to(copy).as_posix(): path.read_text() for path in copy.rglob("*") if path.is_file()} == {
        name: name for name in ("store/store.db", "keys/hub")
    }


def test_attack_a_taken_agent_does_not_fill_the_disk_by_the_copy_of_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tympan_updater._state_copy.STATE_SMALL_BYTES", 100_000)
    state, copy = tmp_path / "state", tmp_path / "copy"
    (state / "keys").mkdir(parents=True)
    for number in range(STATE_FILES + 10):
        (state / "keys" / f"{number}").touch()
    for number in range(3):
        os.truncate(state / "keys" / f"{number}", 90_000)
    assert not copy_state(state, copy)
    found = list((copy / "keys").iterdir())
    assert len(found) == STATE_FILES
    assert sum(path.stat().st_size for path in found) <= 100_000


def test_what_a_version_started_ends_with_its_trial(tmp_path: Path) -> None:
    place, version = Installation(tmp_path / "install"), Version("1.1.0")
    place.tree(version).mkdir(parents=True)
    told = tmp_path / "child"
    starts = f"sleep 600 >/dev/null 2>&1 &\necho $! > {told}\n"
    place.program(version).write_text(f"#!/bin/sh\n{starts}echo '{{\"faults\": []}}'\n")
    place.program(version).chmod(0o755)
    ProgramCheck(lowered=False)(place, running("1.1.0"), frozenset())
    child = Path("/proc") / told.read_text().strip() / "stat"
    until = time.monotonic() + 20
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < until, "it runs on"
        time.sleep(0.01)


def test_a_version_is_tried_as_an_account_that_nobody_has() -> None:
    with lent_account() as account:
        assert account in ACCOUNTS
        with pytest.raises(KeyError):
            pwd.getpwuid(account)
        assert account not in {_owner(path) for path in Path("/proc").glob("[0-9]*")}


def locks(path: Path) -> bool:
    """Whether systemd could take a number for a service now."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_while_it_is_lent_the_account_is_registered_as_systemd_s_own_and_none_of_those_is_taken(tmp_path: Path) -> None:
    first, second = ACCOUNTS[0], ACCOUNTS[1]
    with (tmp_path / str(first)).open("w") as of_a_service:
        fcntl.flock(of_a_service, fcntl.LOCK_EX)
        with lent_account(tmp_path) as account:
            assert account == second
            assert (tmp_path / str(second)).read_text() == "tympan-trial\n"
            assert not locks(tmp_path / str(second))
        assert not (tmp_path / str(second)).exists() and (tmp_path / str(first)).exists()
    with lent_account(tmp_path) as account:
        assert account == first, "what its service left behind belongs to nobody"


def test_an_account_is_lent_where_nobody_registers_any(tmp_path: Path) -> None:
    with lent_account(tmp_path / "nothing") as account:
        assert account in ACCOUNTS


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is not on this machine: make system")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.system
@pytest.mark.parametrize("user", [False, True])
def test_systemd_takes_the_units(tmp_path: Path, user: bool) -> None:
    root = tmp_path / "an install of 100%"
    program = root / "steady" / "tympan"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    credential = "" if user else "LoadCredentialEncrypted=tympan.store"
    units = UpdateUnits(
        root=root,
        state=PurePosixPath('/var/lib/private/tympan\t"of" 100% o\'n \\x41'),
        credential=credential,
        user=user,
    )
    for name, text in (("tympan-update.service", units.service()), ("tympan-update.path", units.path())):
        (tmp_path / name).write_text(text)
    told = analyze("verify", "--man=no", *(str(tmp_path / f"tympan-update.{kind}") for kind in ("path", "service")))
    assert (told.returncode, told.stderr) == (0, "")


WORDS = st.text(
    st.one_of(
        st.sampled_from("\"'\\\t %$#;=-xnts0"), st.characters(exclude_categories=("C", "Z"), exclude_characters="/")
    ),
    min_size=1,
    max_size=40,
).filter(lambda word: word not in (".", ".."))


@pytest.mark.system
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.sets(WORDS, min_size=1, max_size=20))
def test_systemd_reads_back_every_word_that_was_quoted(tmp_path: Path, words: set[str]) -> None:
    folder = tmp_path / secrets.token_hex(8)
    folder.mkdir()
    lines = [f"d {_quoted(folder / word)}\n" for word in sorted(words)]
    (tmp_path / "words.conf").write_text("".join(lines))
    # Its lines are read by what reads the words of units.
    argv = ["systemd-tmpfiles", "--create", str(tmp_path / "words.conf")]
    told = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
    assert {made.name for made in folder.iterdir()} == words


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("/opt/tympan", "/opt/tympan"),
        ("/opt/of 100%", '"/opt/of 100%%"'),
        ('/opt/"a"', r'"/opt/\"a\""'),
        (r"/opt/a\t", r'"/opt/a\\t"'),
        ("/opt/a\tb", '"/opt/a\tb"'),
        ("/opt/o'n", '"/opt/o\'n"'),
        ("/opt/$HOME;#", '"/opt/$HOME;#"'),
    ],
)
def test_words_of_units_are_quoted(word: str, quoted: str) -> None:
    assert _quoted(word) == quoted


def test_a_folder_whose_name_has_two_lines_gets_into_no_unit() -> None:
    bad = PurePosixPath("/srv/a\nExecStartPre=rm")
    for units in (UpdateUnits(root=bad, state=bad), UpdateUnits(root=bad, state=bad, user=True)):
        for make in (units.service, units.path):
            with pytest.raises(BadInput, match="has two lines"):
                make()


@pytest.mark.system
def test_the_updater_s_service_is_root_with_little_of_it(tmp_path: Path) -> None:
    unit = tmp_path / "tympan-update.service"
    unit.write_text(
        UpdateUnits(root=PurePosixPath("/opt/tympan"), state=PurePosixPath("/var/lib/private/tympan")).service()
    )
    summary = analyze("security", "--offline=yes", "--no-pager", str(unit)).stdout
    exposure = re.search(r"Overall exposure level for tympan-update.service: ([\d.]+)", summary)
    assert exposure is not None, summary
    assert float(exposure[1]) <= EXPOSURE
