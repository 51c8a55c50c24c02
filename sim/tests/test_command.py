"""The command `tympan-sim` as a process: real ipptool against it, signals, and kill -9."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from tympan_sim import Record, read_journal
from tympan_sim._faults import RULES
from tympan_wire.ipp import Status

DEADLINE_S = 30.0
Command = Callable[..., "subprocess.Popen[bytes]"]


def ready(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=DEADLINE_S)
    announced: dict[str, Any] = json.loads(line)
    return announced


def ipptool(*arguments: str) -> str:
    done = subprocess.run(["ipptool", *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    return done.stdout + done.stderr


@pytest.mark.system
def test_ipptool_reads_the_attributes_and_prints(command: Command, documents: Path, tmp_path: Path) -> None:
    announced = ready(command("printer", "--json", "--name", "lab", "--directory", str(tmp_path)))
    uris = [announced["printers"][0][key] for key in ("uri", "ipps_uri")]
    for uri in uris:
        shown = ipptool("-tv", uri, "get-printer-attributes.test")
        assert "[PASS]" in shown
        assert "media-col-database" in shown
        assert "[FAIL]" not in shown
        printed = ipptool("-t", "-f", str(documents / "02-a4-100p-10color.pdf"), uri, "print-job.test")
        assert "[PASS]" in printed
        assert "[FAIL]" not in printed
    jobs = ipptool("-tv", uris[0], "get-completed-jobs.test")
    assert "[FAIL]" not in jobs
    assert all(record.pages == 100 for record in read_journal(tmp_path / "lab"))


@pytest.mark.system
@pytest.mark.parametrize("suite", ["ipp-1.1.test", "ipp-2.0.test", "ipp-everywhere.test"])
def test_the_official_suites_find_nothing(command: Command, documents: Path, tmp_path: Path, suite: str) -> None:
    uri = ready(command("printer", "--json"))["printers"][0]["uri"]
    official = Path("/usr/share/cups/ipptool")
    for name in ("ipp-1.1.test", "ipp-2.0.test"):
        (tmp_path / name).write_text((official / name).read_text())
    # The last part prints sample documents that Debian does not ship.
    whole = (official / "ipp-everywhere.test").read_text()
    (tmp_path / "ipp-everywhere.test").write_text(_until_samples(whole))
    for name in ("document-a4.pdf", "document-letter.pdf", "document-a4.ps", "document-letter.ps"):
        (tmp_path / name).write_bytes((documents / "01-a4-1p-gray.pdf").read_bytes())
    for name in ("color.jpg", "gray.jpg"):
        (tmp_path / name).write_bytes((documents / "16-color-1200x900.jpg").read_bytes())
    said = ipptool("-tI", "-f", str(tmp_path / "document-a4.pdf"), uri, str(tmp_path / suite))
    assert "[FAIL]" not in said, said
    assert said.count("[PASS]") >= 40, said


def _until_samples(text: str) -> str:
    lines = text.splitlines(keepends=True)
    end = next(place for place, line in enumerate(lines) if "Test printing all sample documents" in line)
    return "".join(lines[:end])


@pytest.mark.anyio
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_its_port_free(command: Command, caller: Any, by: signal.Signals) -> None:
    process = command("printer", "--json", "--count", "3")
    announced = ready(process)
    assert [at["name"] for at in announced["printers"]] == ["printer1", "printer2", "printer3"]
    call = caller(announced["printers"][2]["uri"])
    assert (await call.print()).code == Status.SUCCESSFUL_OK
    process.send_signal(by)
    assert process.wait(timeout=DEADLINE_S) == 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection((call.host, call.port), timeout=DEADLINE_S):
        pass


@pytest.mark.anyio
async def test_what_was_seen_completed_survives_kill_9(command: Command, caller: Any, tmp_path: Path) -> None:
    arguments = ("printer", "--json", "--name", "lab", "--directory", str(tmp_path))
    process = command(*arguments)
    announced = ready(process)
    call = caller(announced["printers"][0]["uri"])
    for _ in range(5):
        assert (await call.print(b"%PDF-1.4 /Type /Page " + os.urandom(2000))).code == Status.SUCCESSFUL_OK
    seen = await _seen_completed(call, announced["control"], 5)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=DEADLINE_S)
    records = read_journal(tmp_path / "lab")
    assert {record.job_uuid for record in records} == seen
    assert [record.order for record in records] == [1, 2, 3, 4, 5]
    assert all(size_of(record) == record.bytes for record in records)
    again = ready(command(*arguments))
    call = caller(again["printers"][0]["uri"])
    await call.print()
    await _seen_completed(call, again["control"], 1)
    assert [record.order for record in read_journal(tmp_path / "lab")] == [1, 2, 3, 4, 5, 6]


def size_of(record: Record) -> int:
    return Path(record.file).stat().st_size


async def _seen_completed(call: Any, control: str, count: int) -> set[str]:
    """The uuids of completed jobs, once there are so many."""
    with trio.fail_after(DEADLINE_S):
        while True:  # the process has no event to wait for
            shown = json.loads((await call.post(b"", path="/sim/printers/lab", method="GET")).body)
            done = {job["uuid"] for job in shown["jobs"] if job["state"] == "completed"}
            if len(done) >= count:
                return done
            await trio.sleep(0.01)


def test_the_help_is_whole_and_names_every_fault(command: Command) -> None:
    for arguments in (["-h"], ["printer", "-h"]):
        shown, _ = command(*arguments).communicate(timeout=DEADLINE_S)
        assert b"..." not in shown.replace(b"[ARGS]...", b""), "a text was cut"
    assert all(kind.value in shown.decode() for kind in RULES)
    assert b"jam:N" in shown


def test_errors_name_the_cause(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cases = {
            ("--port", str(taken.getsockname()[1])): "in use",
            ("--name", "7 dwarfs"): "7 dwarfs",
            ("--fault", "fire"): "no such kind",
            ("--media", "a4"): "media name",
            ("--directory", "/proc/nowhere"): "/proc/nowhere: No such file or directory; choose another --directory",
            ("--host", "192.0.2.1"): "Cannot assign requested address; choose another",
        }
        for arguments, cause in cases.items():
            process = command("printer", *arguments)
            _, said = process.communicate(timeout=DEADLINE_S)
            assert process.returncode != 0
            assert cause in said.decode()
            assert "Traceback" not in said.decode()
            assert "[Errno" not in said.decode()
