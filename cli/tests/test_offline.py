"""What works without an agent, and what says that none runs."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rig import free_port

Done = subprocess.CompletedProcess[str]
Tympan = Callable[..., Done]
Refused = Callable[[Done, int], str]
DOCUMENT = Path(__file__).parents[2] / "tests" / "documents" / "01-a4-1p-gray.pdf"
OWN = {
    "browser_bridge", "cloud_tunnel", "discovery_bonjour", "discovery_ippscan", "discovery_wsd", "document_stats",
    "hub_sync", "ipp_endpoint", "ipp_submission", "local_site", "printer_sharing", "pull_release", "release_nearby",
    "spool_cups", "spool_windows", "transport_https",
}  # fmt: skip


def answer(done: Done) -> Any:
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs"],
        ["jobs", "--json"],
        ["job", "1"],
        ["cancel", "1"],
        ["print", str(DOCUMENT)],
        ["printers", "install", "front-desk"],
        ["printers", "uninstall", "front-desk"],
        ["printers", "trust", "front-desk", "--yes"],
    ],
    ids=" ".join,
)
def test_what_needs_the_agent_says_how_to_start_it(tympan: Tympan, refused: Refused, arguments: list[str]) -> None:
    said = refused(tympan(*arguments), 3)
    assert "no agent runs in " in said
    assert "Start it with 'tympan run'." in said


def test_plugins_are_listed_from_what_is_installed(tympan: Tympan, home: Path) -> None:
    started = tympan(
        "plugins", "--json", PYTHONDONTWRITEBYTECODE="1"
    )  # anew: a forked one has imported what others did
    rows = {row["id"]: row for row in answer(started)}
    assert set(rows) >= OWN
    row = rows["local_site"]
    assert (row["distribution"], row["status"]) == ("tympan-local-site", "found")
    assert row["reason"] == "on by policy; the agent does not run"
    assert not row["imported"]
    assert not (home / "keys").exists(), "asking made a key"
    shown = tympan("plugins", "--gate").stdout
    assert "local_site" in shown
    assert "passed  manifest" in shown


def test_policy_is_set_and_explained_from_files(tympan: Tympan) -> None:
    before = answer(tympan("policy", "explain", "spool.cups", "--json"))
    assert (before["on"], before["scope"], before["default"]) == (True, None, "on")
    for number, (verdict, on) in enumerate((("off", False), ("user", True), ("on", True))):
        done = tympan("policy", "set", "spool.cups", verdict)
        assert done.returncode == 0, done.stderr
        assert f"spool.cups is {verdict} in this machine's policy" in done.stdout
        said = answer(tympan("policy", "explain", "spool.cups", "--json"))
        assert said["on"] is on, number
        assert said["chain"][0]["verdict"] == verdict
    tympan("policy", "set", "spool.cups", "off")
    assert "spool.cups is off: the machine policy 'machine' number" in tympan("policy", "explain", "spool.cups").stdout
    rows = {row["id"]: row for row in answer(tympan("plugins", "--json"))}
    assert rows["spool_cups"]["status"] == "off"


def test_a_policy_nobody_signed_closes_and_is_never_overwritten(tympan: Tympan, refused: Refused, home: Path) -> None:
    (home / "policy").mkdir(parents=True)
    (home / "policy" / "machine.json").write_text("{}")
    said = answer(tympan("policy", "explain", "spool.cups", "--json"))
    assert not said["on"]
    assert "Remove the file" in refused(tympan("policy", "set", "spool.cups", "on"), 1)
    assert (home / "policy" / "machine.json").read_text() == "{}"


def test_printers_are_kept_in_the_file(tympan: Tympan, refused: Refused) -> None:
    assert "no printers yet" in tympan("printers", "list").stdout
    added = answer(tympan("printers", "add", "Büro 2 [red]", "--uri", "ipp://printer.example/ipp/print", "--json"))
    assert added["endpoint"] == f"ipp://localhost:39149/ipp/print/{added['id']}"
    rows = answer(tympan("printers", "list", "--json"))
    assert [(row["id"], row["name"], row["device"]) for row in rows] == [(added["id"], "Büro 2 [red]", None)]
    assert added["id"] == "buro-2-red"
    assert "Büro 2 [red]" in tympan("printers", "list").stdout
    assert "location" not in tympan("printers", "list").stdout
    answer(tympan("printers", "add", "Lab", "--uri", "ipp://printer.example/", "--location", "2nd floor", "--json"))
    shown = tympan("printers", "list").stdout.splitlines()
    assert shown[0].split() == ["printer", "name", "location", "state", "device"]
    assert "2nd floor" in shown[2]
    tympan("printers", "remove", "lab")
    assert "already" in refused(tympan("printers", "add", "Büro 2 [red]", "--uri", "ipp://printer.example/"), 2)
    assert answer(tympan("printers", "remove", added["id"], "--json"))["id"] == added["id"]
    assert answer(tympan("printers", "list", "--json")) == []
    refused(tympan("printers", "remove", added["id"]), 4)


def test_the_endpoint_follows_the_port_of_the_settings(tympan: Tympan, home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text("[local_site]\nport = 41234\n")
    added = answer(tympan("printers", "add", "Lab", "--uri", "ipp://printer.example/", "--json"))
    assert added["endpoint"] == "ipp://localhost:41234/ipp/print/lab"


@pytest.mark.parametrize("port", ["70000", "-1", '"ipp"'])
def test_a_setting_that_is_no_port_is_refused_and_does_not_become_the_usual_one(
    tympan: Tympan, refused: Refused, home: Path, port: str
) -> None:
    tympan("printers", "add", "Lab", "--uri", "ipp://printer.example/")
    (home / "settings.toml").write_text(f"[local_site]\nport = {port}\n")
    assert "local_site.port" in refused(tympan("printers", "list"), 1)
    found = {row["topic"]: row for row in json.loads(tympan("doctor", "--json").stdout)}
    assert found["port"]["verdict"] == "problem"
    assert ("local_site.port" in found["port"]["found"], found["port"]["then"]) == (True, "Mend settings.toml.")


def test_status_without_an_agent(tympan: Tympan, home: Path) -> None:
    done = tympan("status", "--json")
    assert (done.returncode, done.stderr) == (3, "")
    assert json.loads(done.stdout) == {"running": False, "home": str(home), "gone": ""}
    assert tympan("status").stdout == f"no agent runs in {home}. Start it with 'tympan run'.\n"


def test_doctor_names_a_program_on_the_agent_s_port(tympan: Tympan, home: Path) -> None:
    port = free_port()
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text(f"[local_site]\nport = {port}\n")
    with socket.create_server(("127.0.0.1", port)):
        done = tympan("doctor", "--json")
    found = {row["topic"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 7
    assert (found["port"]["verdict"], str(port) in found["port"]["found"]) == ("problem", True)
    assert (found["agent"]["verdict"], found["agent"]["then"]) == ("problem", "Start it with 'tympan run'.")
    assert found["state folder"]["verdict"] == "ok"
    assert "→ Start it with 'tympan run'." in tympan("doctor").stdout


def test_an_agent_that_died_is_told_from_a_living_one(tympan: Tympan, refused: Refused, home: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    announce(home, port=free_port(), pid=ended.pid)
    assert f"process {ended.pid}, ended without taking leave" in refused(tympan("jobs"), 3)
    assert "Start it with 'tympan run'." in tympan("jobs").stderr
    assert len(answer(tympan("plugins", "--json"))) >= len(OWN)
    assert answer(tympan("printers", "list", "--json")) == []
    assert json.loads(tympan("status", "--json").stdout)["gone"]


def test_a_process_that_took_the_number_of_a_dead_agent_is_not_asked(
    tympan: Tympan, refused: Refused, home: Path
) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        port = free_port()
        announce(home, port=port, pid=other.pid)
        said = refused(tympan("jobs"), 3)
        other.kill()
    assert f"nobody listens on its port {port}" in said


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"port": 0, "pid": 1}', '{"port": 70000, "pid": 1}', '{"port": "x", "pid": 1}',
     '{"port": 39149, "pid": -1}', '{"port": 39149, "pid": 99999999999}', "\x00\x01", "[" * 3000],
)  # fmt: skip
def test_a_damaged_announcement_is_no_agent(tympan: Tympan, refused: Refused, home: Path, text: str) -> None:
    announce(home, port=1, pid=1)
    (home / "run" / "agent.json").write_text(text)
    assert "agent.json is damaged" in refused(tympan("jobs"), 3)
    assert answer(tympan("printers", "list", "--json")) == []


def announce(home: Path, *, port: int, pid: int) -> None:
    (home / "run").mkdir(parents=True)
    (home / "run" / "agent.json").write_text(json.dumps({"port": port, "pid": pid}))
    (home / "run" / "token").write_text("secret")


def test_inspect_counts_as_the_truth_says(tympan: Tympan) -> None:
    truth = json.loads((DOCUMENT.parent / "truth.json").read_text())
    found = answer(tympan("inspect", str(DOCUMENT), "--json"))
    assert set(found) >= {"format", "pages", "sizes", "color_pages", "duplex"}
    expected = truth[DOCUMENT.name]
    for key in ("format", "pages", "sizes", "color_pages", "duplex"):
        assert found[key] == expected[key], key
    assert "pages with colour  none" in tympan("inspect", str(DOCUMENT)).stdout


def test_inspect_obeys_policy(tympan: Tympan, refused: Refused) -> None:
    tympan("policy", "set", "statistics.document", "off")
    assert "statistics.document is off" in refused(tympan("inspect", str(DOCUMENT)), 5)
