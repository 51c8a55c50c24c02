"""Every command beside a running agent and a virtual device."""

from __future__ import annotations

import functools
import json
import os
import pty
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
import trio
from rig import Agent, wait_until

from tympan_cli._bundle import Veil
from tympan_sim import Profile, Site, run_printers

pytestmark = [pytest.mark.anyio, pytest.mark.system]
Done = subprocess.CompletedProcess[str]
Refused = Callable[[Done, int], str]
DOCUMENTS = Path(__file__).parents[2] / "tests" / "documents"
ONE_PAGE = str(DOCUMENTS / "01-a4-1p-gray.pdf")
COMMAND = str(Path(sys.executable).with_name("tympan"))
WAIT_S = 60.0
HOSTILE = "\x1b[31mred\x07 [bold]not bold[/bold] :smile: \u202egnp.exe"
SHOWN = "\\x1b[31mred\\x07 [bold]not bold[/bold] :smile: \\u202egnp.exe"


class Desk(Protocol):
    agent: Agent
    site: Site

    def __call__(self, *arguments: str, **env: str) -> Awaitable[Done]: ...


async def answer(desk: Desk, *arguments: str) -> Any:
    done = await desk(*arguments, "--json")
    assert (done.returncode, done.stderr) == (0, ""), done
    return json.loads(done.stdout)


async def until(desk: Desk, job: int, state: str) -> None:
    async def look() -> bool:
        return bool((await answer(desk, "job", str(job)))["state"] == state)

    await wait_until(look, f"job {job} to be {state}", timeout_s=WAIT_S, every_s=0.2)


async def test_held_jobs_are_listed_and_released_in_the_order_named(desk: Desk, refused: Refused) -> None:
    uri = desk.site["lab"].uri
    await desk("printers", "add", "Pull", "--uri", uri, "--mode", "pull")
    await desk("print", ONE_PAGE, "--printer", "pull", "--title", "one")
    waited = await desk("print", ONE_PAGE, "--printer", "pull", "--title", "two", "--wait")
    assert (waited.returncode, waited.stdout.startswith("job 2 on pull is held until ")) == (0, True), waited
    assert waited.stdout.endswith(": a pull printer holds it until you release it; see 'tympan held'\n")
    for job in (1, 2):
        await until(desk, job, "held")
    assert [row["name"] for row in await answer(desk, "held")] == ["one", "two"]
    listed = (await desk("held")).stdout
    assert "two" in listed and "JOB" in listed.upper()
    refused(await desk("release", "7"), 4)
    refused(await desk("release", "--copies", "0"), 2)
    kept = desk.agent.home / "kept-by-the-app"
    refused(await desk("release", "--grant", str(kept)), 4)
    kept.write_text("\n")
    refused(await desk("release", "--grant", str(kept)), 2)
    kept.write_text('{"payloadType": "none"}\n')
    refused(await desk("release", "--grant", str(kept), "2"), 2)
    refused(await desk("release", "--grant", str(kept), "--at", "Pull"), 1)
    done = await desk("release", "2", "1", "--at", "Pull")
    assert (done.returncode, done.stdout) == (0, "2 jobs are on the way; see 'tympan jobs'\n"), done
    for job in (1, 2):
        await until(desk, job, "completed")
    assert [record.name for record in desk.site["lab"].journal] == ["two", "one"]
    assert (await desk("held")).stdout == "no held jobs\n"


async def until_counted(desk: Desk, job: int) -> None:
    """Pages are counted beside delivery: on a busy machine the device may be done first."""

    async def look() -> bool:
        return (await answer(desk, "job", str(job)))["statistics"] is not None

    await wait_until(look, f"job {job} to be counted", timeout_s=WAIT_S, every_s=0.2)


async def test_a_document_printed_and_its_story(desk: Desk) -> None:
    printed = await answer(desk, "print", ONE_PAGE, "--wait", "--copies", "2", "--title", HOSTILE)
    assert (printed["number"], printed["state"], printed["name"]) == (1, "completed", HOSTILE)
    (row,) = await answer(desk, "jobs")
    assert (row["uuid"], row["name"], row["printer"], row["state"]) == (
        printed["uuid"], HOSTILE, "front-desk", "completed",
    )  # fmt: skip
    await until_counted(desk, 1)
    for arguments in (["jobs"], ["job", "1"], ["job", row["uuid"][:8]]):
        shown = await desk(*arguments)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert SHOWN in shown.stdout
        assert shown.stdout.replace("\n", "").isprintable()
    assert "received" in shown.stdout
    assert "→ the device says when it is done" in shown.stdout
    assert shown.stdout.rstrip().endswith("printed")
    assert "1 page, none in colour, iso_a4_210x297mm, 2 impressions on 2 sheets" in shown.stdout


NAMELESS = """
import socket

look_up = socket.getaddrinfo


def without_localhost(host, *others, **more):
    if host in ("localhost", b"localhost"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return look_up(host, *others, **more)


socket.getaddrinfo = without_localhost
"""
"""What an interpreter starts with on a machine whose list of hosts has no ``localhost``."""


async def test_a_machine_without_a_host_named_localhost_prints(desk: Desk, tmp_path: Path) -> None:
    """A new version is asked for a page before it is switched to; it would be refused here for ever."""
    (tmp_path / "sitecustomize.py").write_text(NAMELESS)
    printed = await desk("print", ONE_PAGE, "--wait", PYTHONPATH=str(tmp_path))
    assert (printed.returncode, printed.stderr) == (0, ""), printed


async def test_listings_fit_the_terminal(desk: Desk) -> None:
    await desk("printers", "add", "Away " + "x" * 60, "--uri", "ipp://127.0.0.1:9/ipp/print/" + "y" * 60)
    await desk("print", ONE_PAGE, "-p", "front-desk", "--wait", "--title", "A long name " * 12)
    for arguments in (["jobs"], ["job", "1"], ["printers", "list"], ["plugins", "--gate"], ["status"], ["doctor"],
                      ["policy", "explain", "endpoint.ipp"]):  # fmt: skip
        for columns in (60, 80, 120):
            shown = await desk(*arguments, COLUMNS=str(columns))
            longest = max(shown.stdout.splitlines(), key=len)
            assert len(longest) <= columns, (arguments, longest)
    uncut = (await desk("jobs")).stdout
    assert "A long name " * 11 in uncut, "a name was cut on its way into a pipe"


async def test_printers_plugins_and_status(desk: Desk) -> None:
    added = await answer(desk, "printers", "add", "Lab", "--uri", "ipp://printer.example/ipp/print")
    assert (added["id"], added["endpoint"]) == ("lab", f"ipp://localhost:{desk.agent.port}/ipp/print/lab")
    rows = {row["id"]: row for row in await answer(desk, "printers", "list")}
    assert set(rows) == {"front-desk", "lab"}
    assert (await answer(desk, "printers", "remove", "lab"))["id"] == "lab"
    for row in await answer(desk, "plugins"):
        assert {"id", "distribution", "status", "reason"} <= set(row)
    status = await answer(desk, "status")
    assert (status["running"], status["port"], status["pid"]) == (True, desk.agent.port, desk.agent.pid)
    assert status["home"] == str(desk.agent.home)
    assert f"process {desk.agent.pid}, port {desk.agent.port}" in (await desk("status")).stdout
    assert "Keys are protected by file permissions only." in (await desk("doctor")).stdout


async def test_an_archive_for_support_tells_a_story_without_whose_it_is(desk: Desk, tmp_path: Path) -> None:
    titles = ("Salaries of Ada Byron", "Letter to ada@home.example")
    for title in titles:
        await desk("print", ONE_PAGE, "-p", "front-desk", "--wait", "--title", title)
    [first, _] = await answer(desk, "jobs")
    with (tmp_path / "help.zip").open("w+") as of_another:  # who laid it there before, and still has it open
        done = await desk("doctor", "--json", "--bundle", str(tmp_path / "help.zip"))
        assert of_another.read() == ""
    assert [path.name for path in tmp_path.glob("*help.zip*")] == ["help.zip"]
    assert "help.zip is written" in done.stderr
    assert (tmp_path / "help.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(tmp_path / "help.zip") as archive:
        told = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(told) == {
        f"{name}.json" for name in ("findings", "versions", "status", "plugins", "hub", "printers", "queues", "shares",
                                    "devices", "keys", "jobs")
    }  # fmt: skip
    whole = "\n".join(told.values())
    token = (desk.agent.home / "run" / "token").read_text().strip()
    for secret in (*titles, "Byron", "@home.example", token):
        assert secret not in whole
    jobs = json.loads(told["jobs.json"])
    assert [job["name"] for job in jobs] == ["document-1", "document-2"]
    assert {job["user"] for job in jobs} == {"person-1"}
    assert [line["state"] for line in jobs[0]["timeline"]][-1] == "completed"
    assert first["user"] not in told["jobs.json"]


def test_people_who_are_signed_in_are_named_nowhere_though_they_have_no_job() -> None:
    veil = Veil.over([], ["Ada Byron", "ada.b"])
    told = veil.veiled({"detail": "Canceled by Ada Byron.", "of": ["ada.b", "/home/ada.b"]})
    assert "Byron" not in str(told)
    assert "ada" not in str(told)


def test_whoever_asks_with_sudo_is_named_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "ada.byron")
    assert Veil.over([]).veiled("/home/ada.byron/help.zip") == "/home/person-1/help.zip"


async def test_the_doctor_asks_the_plugins_what_they_stand_on(desk: Desk) -> None:
    async def look() -> dict[str, Any] | None:
        told = {one["topic"]: one for one in await answer_any(desk, "doctor")}
        return told if {"spooler", "hub"} <= set(told) else None

    found = await wait_until(look, "the plugins to run that look", timeout_s=WAIT_S, every_s=0.2)
    assert found["spooler"]["found"]
    assert (found["hub"]["verdict"], found["hub"]["then"]) == ("note", "Join one: tympan login URL")


async def test_devices_in_view_whatever_they_call_themselves(desk: Desk) -> None:
    mark = f"x{uuid.uuid4().hex[:8]}"
    profile = Profile(name=mark, make_and_model="Acme \x1b[2J 9", location="<b>Room\x07\u202e")
    async with trio.open_nursery() as nursery:
        await nursery.start(functools.partial(run_printers, [profile], announce=True))
        with trio.fail_after(60):
            while not (mine := [row for row in (await answer(desk, "devices"))["devices"] if mark in row["host"]]):
                await trio.sleep(0.2)
        (row,) = mine
        assert (row["method"], row["addresses"]) == ("bonjour", ["127.0.0.1"])
        assert row["description"]["make_and_model"] == "Acme [2J 9"
        shown = (await desk("devices")).stdout
        assert mark in shown
        assert "<b>Room" in shown
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
        assert "bonjour: " in shown
        nursery.cancel_scope.cancel()


async def test_what_the_agent_refuses(desk: Desk, refused: Refused) -> None:
    await answer(desk, "print", ONE_PAGE, "--wait")
    for act in (["job", "1", "--hold"], ["job", "1", "--settle"], ["job", "1", "--release"], ["cancel", "1"]):
        said = refused(await desk(*act), 5)
        assert "job 1 is completed already" in said
        assert "'tympan job 1' tells its story" in said
    for arguments, status in (
        (["job", "99"], 4), (["job", "zzzz"], 4), (["job", ""], 4), (["job", "\x1b]0;x\x07"], 4), (["cancel", "99"], 4),
        (["cancel", "1"], 5), (["job", "1", "--hold"], 5), (["job", "1", "--settle"], 5),
        (["job", "1", "--release"], 5),
        (["print", ONE_PAGE, "--printer", "nobody"], 4), (["printers", "remove", "nobody"], 4),
        (["printers", "install", "nobody"], 4), (["printers", "trust", "nobody", "--yes"], 4),
        (["printers", "add", "Front Desk", "--uri", "ipp://printer.example/"], 2),
        (["printers", "add", "", "--uri", "ipp://printer.example/"], 2),
        (["printers", "add", "Lab", "--uri", "nonsense"], 2),
        (["policy", "explain", "no.such"], 4),
        (["print", str(DOCUMENTS / "26-empty.bin")], 1),
        (["print", str(DOCUMENTS / "18-dsc-3p-a4-duplex.ps")], 5),
    ):  # fmt: skip
        said = refused(await desk(*arguments), status)
        assert said.replace("\n", "").isprintable(), arguments
    await desk("printers", "add", "Lab", "--uri", "ipp://printer.example/")
    said = refused(await desk("print", ONE_PAGE), 2)
    assert "say which printer with --printer" in said
    assert "front-desk, lab" in said


async def test_a_job_waits_for_its_device_and_is_canceled(desk: Desk) -> None:
    desk.site["lab"].order("paper-out")
    await desk("print", ONE_PAGE, "--title", "Waiting.pdf")

    async def told() -> bool:
        _, job, *reason = (await desk("jobs")).stdout.splitlines()
        return "Waiting.pdf" in job and len(reason) == 1

    await wait_until(told, "the reason to stand below the job", timeout_s=WAIT_S, every_s=0.2)
    canceled = await desk("cancel", "1")
    assert canceled.returncode == 0
    assert canceled.stdout.startswith("job 1 is ")
    desk.site["lab"].clear()
    await until(desk, 1, "canceled")
    assert (await desk("jobs", "--open")).stdout == "no jobs\n"


async def test_a_canceled_job_no_longer_says_what_it_waited_for(desk: Desk) -> None:
    added = await answer(desk, "printers", "add", "Away", "--uri", "ipp://127.0.0.1:9/ipp/print")
    await desk("print", ONE_PAGE, "-p", added["id"])

    async def waits() -> bool:
        return "does not answer" in (await desk("jobs")).stdout

    await wait_until(waits, "the job to wait", timeout_s=WAIT_S, every_s=0.1)
    assert (await desk("cancel", "1")).returncode == 0
    _, *rows = (await desk("jobs")).stdout.splitlines()
    assert len(rows) == 1, rows
    assert "canceled" in rows[0]


async def test_an_aborted_job_ends_a_waiting_print_with_problems(desk: Desk) -> None:
    desk.site["lab"].order("abort:1*0")
    done = await desk("print", ONE_PAGE, "--wait")
    assert done.returncode == 7
    assert done.stdout.startswith("job 1 on front-desk is aborted: ")


async def test_ctrl_c_while_waiting_ends_the_command_and_not_the_job(desk: Desk) -> None:
    desk.site["lab"].order("paper-out")
    env = {**os.environ, "TYMPAN_HOME": str(desk.agent.home)}
    # A runner in the background hands on an ignored SIGINT, which a terminal never does.
    process = await trio.lowlevel.open_process(
        [COMMAND, "print", ONE_PAGE, "--wait"],
        stderr=subprocess.PIPE,
        env=env,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    async def accepted() -> bool:
        jobs = await answer(desk, "jobs")
        return [job["state"] != "receiving" for job in jobs] == [True] and process.poll() is None

    await wait_until(accepted, "the job to be there", timeout_s=WAIT_S)
    process.send_signal(signal.SIGINT)
    with trio.fail_after(WAIT_S):
        assert await process.wait() == 130
    assert process.stderr is not None
    said = await process.stderr.receive_some()
    assert said == b"tympan: job 1 goes on without being waited for\n        See 'tympan job 1'.\n"
    desk.site["lab"].clear()
    await until(desk, 1, "completed")


async def test_a_certificate_is_forgotten_only_by_a_person_s_word(desk: Desk, refused: Refused) -> None:
    assert "Add --yes" in refused(await desk("printers", "trust", "front-desk"), 2)
    done = await desk("printers", "trust", "Front Desk", "--yes")
    assert (done.returncode, done.stdout) == (0, "the certificate front-desk shows next is pinned\n")


async def test_policy_obeyed_by_the_running_agent(desk: Desk, refused: Refused) -> None:
    assert "the running agent obeys now" in (await desk("policy", "set", "statistics.document", "off")).stdout

    async def off() -> bool:
        rows = {row["id"]: row for row in await answer(desk, "plugins")}
        return bool(rows["document_stats"]["status"] == "off")

    await wait_until(off, "the plugin to be off", timeout_s=WAIT_S, every_s=0.1)
    said = await answer(desk, "policy", "explain", "statistics.document")
    assert (said["on"], said["scope"]) == (False, "machine")
    refused(await desk("policy", "set", "no.such", "on"), 4)


async def test_an_agent_killed_by_a_power_cut_is_no_longer_announced_as_running(desk: Desk, refused: Refused) -> None:
    await desk.agent.kill9()
    assert (desk.agent.home / "run" / "agent.json").exists()
    assert "ended without taking leave" in refused(await desk("jobs"), 3)
    added = await answer(desk, "printers", "add", "Lab", "--uri", "ipp://printer.example/")
    await desk.agent.start()
    assert added["id"] in {row["id"] for row in await answer(desk, "printers", "list")}


async def test_nothing_that_takes_documents_is_named(desk: Desk, refused: Refused) -> None:
    await desk("policy", "set", "endpoint.ipp", "off")

    async def off() -> bool:
        return bool({row["id"]: row for row in await answer(desk, "plugins")}["ipp_endpoint"]["status"] == "off")

    await wait_until(off, "the endpoint to be off", timeout_s=WAIT_S, every_s=0.1)
    said = refused(await desk("print", ONE_PAGE), 5)
    assert "nothing takes documents, as ipp_endpoint is off: endpoint.ipp is off: the machine policy" in said


async def test_a_device_nobody_asked_in_this_run_is_not_called_away(desk: Desk) -> None:
    await desk("print", ONE_PAGE, "--wait")
    await desk("policy", "set", "submission.ipp", "off")
    await desk.agent.stop()
    await desk.agent.start()
    (row,) = await answer(desk, "printers", "list")
    assert (row["device"]["reachable"], row["device"]["reason"]) == (False, "none")
    shown = (await desk("printers", "list")).stdout
    assert "away" not in shown
    assert "answered last at" in shown
    devices = [one["found"] for one in await answer_any(desk, "doctor") if one["topic"] == "device"]
    assert devices == ["front-desk was not asked yet"]


async def answer_any(desk: Desk, *arguments: str) -> Any:
    return json.loads((await desk(*arguments, "--json")).stdout)


async def test_a_reader_that_has_enough_of_the_jobs_is_no_error(desk: Desk) -> None:
    await desk("print", ONE_PAGE, "--wait")
    env = {**os.environ, "TYMPAN_HOME": str(desk.agent.home)}
    for command in ("jobs", "jobs --json", "job 1"):
        shell = f"set -o pipefail; {COMMAND} {command} | head -0"
        done = await trio.run_process(["bash", "-c", shell], env=env, capture_stderr=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), command


async def test_a_second_agent_on_the_same_state_folder_says_so(desk: Desk, refused: Refused) -> None:
    said = refused(await desk("run", "--port", "0"), 6)
    assert "Another agent uses the state folder" in said
    assert f"(process {desk.agent.pid})" in said


async def test_an_agent_that_listens_nowhere_is_told_from_none(desk: Desk, refused: Refused) -> None:
    await desk("policy", "set", "local.site", "off")

    async def deaf() -> bool:
        return (await desk("status")).returncode == 3

    await wait_until(deaf, "the listener to be off", timeout_s=WAIT_S, every_s=0.1)
    said = refused(await desk("jobs"), 3)
    assert f"process {desk.agent.pid} runs and listens on no port" in said
    assert "tympan policy explain local.site" in said
    assert "cannot be asked" in (await desk("doctor")).stdout
    assert "sees it within a second" in (await desk("policy", "set", "local.site", "on")).stdout

    async def heard() -> bool:
        return (await desk("status")).returncode == 0

    await wait_until(heard, "the listener to be on again", timeout_s=WAIT_S, every_s=0.1)
    await desk.agent.kill9()
    assert "ended without taking leave" in refused(await desk("jobs"), 3)
    (desk.agent.home / "run" / "agent.json").unlink()
    assert "Start it with 'tympan run'." in refused(await desk("jobs"), 3)


async def test_a_file_whose_name_is_no_utf8_prints(desk: Desk, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"report-\xff.pdf")
    odd.write_bytes(Path(ONE_PAGE).read_bytes())
    done = await desk("print", str(odd), "--wait")
    assert (done.returncode, done.stderr) == (0, "")


async def test_the_spooler_s_absence_is_told(desk: Desk, refused: Refused) -> None:
    await trio.Path(desk.agent.home / "settings.toml").write_text('[spool_cups]\nserver = "/nonexistent/cups.sock"\n')
    await desk.agent.stop()
    await desk.agent.start()

    async def runs() -> bool:
        rows = await answer(desk, "plugins")
        return any(row["id"] == "spool_cups" and row["status"] == "running" for row in rows)

    await wait_until(runs, "the spooler's plugin to run", timeout_s=WAIT_S, every_s=0.1)
    said = refused(await desk("printers", "install", "front-desk"), 6)
    assert "CUPS" in said


async def test_a_big_file_shows_its_progress_on_a_terminal(desk: Desk, tmp_path: Path) -> None:
    big = tmp_path / "big.pdf"
    big.write_bytes(Path(ONE_PAGE).read_bytes() + b"%" + b"x" * (8 << 20))
    master, slave = pty.openpty()
    env = {**os.environ, "TYMPAN_HOME": str(desk.agent.home), "TERM": "xterm", "COLUMNS": "80"}
    process = await trio.lowlevel.open_process([COMMAND, "print", str(big)], stderr=slave, env=env)
    os.close(slave)
    with trio.fail_after(WAIT_S):
        shown = await trio.to_thread.run_sync(read_all, master)
        assert await process.wait() == 0
    assert b"Sealing and sending" in shown


def read_all(terminal: int) -> bytes:
    shown = b""
    try:
        while piece := os.read(terminal, 65536):
            shown += piece
    except OSError:  # how Linux says that the other side of a terminal is closed
        pass
    os.close(terminal)
    return shown


async def test_a_refused_format_leaves_no_job_that_waits(desk: Desk, refused: Refused) -> None:
    """The endpoint refuses with Send-Document, when the job was begun already."""
    refused(await desk("print", ONE_PAGE, "--format", "application/x-unheard-of"), 5)
    assert [row["state"] for row in await answer(desk, "jobs")] == ["canceled"]
