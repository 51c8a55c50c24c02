"""Every error path: a cause and a next step on stderr, a status of the table, nothing on stdout, no traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tympan_cli._exits import Exit

Done = subprocess.CompletedProcess[str]
Tympan = Callable[..., Done]
Refused = Callable[[Done, int], str]
DOCUMENT = str(Path(__file__).parents[2] / "tests" / "documents" / "01-a4-1p-gray.pdf")
COMMAND = str(Path(sys.executable).with_name("tympan"))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["frobnicate"], 2),
        ([""], 2),
        (["--frobnicate"], 2),
        (["jobs", "--frobnicate"], 2),
        (["jobs", "surplus"], 2),
        (["job"], 2),
        (["run", "--port", "65536"], 2),
        (["run", "--port", "-1"], 2),
        (["run", "--port", "x"], 2),
        (["printers", "add", "Lab"], 2),
        (["printers", "add", "", "--uri", "ipp://printer.example/"], 2),
        (["printers", "add", "a" * 128, "--uri", "ipp://printer.example/"], 2),
        (["printers", "add", "\x1b[31mred\x07", "--uri", "ipp://printer.example/"], 2),
        (["printers", "add", "Lab", "--uri", ""], 2),
        (["printers", "add", "Lab", "--uri", "printer.example"], 2),
        (["printers", "add", "Lab", "--uri", "ftp://printer.example/"], 2),
        (["printers", "add", "Lab", "--uri", "ipp://"], 2),
        (["printers", "add", "Lab", "--uri", "ipp://[::1/"], 2),
        (["printers", "add", "Lab", "--uri", "ipp://ann:secret@printer.example/"], 2),
        (["printers", "add", "Lab", "--uri", "ipp://printer.example:99999/"], 2),
        (["printers", "add", "Lab", "--uri", "ipp://printer.example/" + "x" * 1100], 2),
        (["printers", "add", b"L\xff", "--uri", "ipp://printer.example/"], 2),
        (["printers", "add", "Lab", "--uri", b"ipp://\xff/"], 2),
        (["printers", "add", "Lab", "--uri", "ipp://printer.example/", "--mode", "shove"], 2),
        (["hub", "enrol"], 2),
        (["hub", "enrol", "https://print.example"], 2),
        (["hub", "enrol", "--from", "no-such-file"], 4),
        (["hub", "enrol", "--from", "/dev/null"], 2),
        (["printers", "remove", "nobody"], 4),
        (["printers", "remove", ""], 4),
        (["policy", "explain", "no.such"], 4),
        (["policy", "explain", ""], 4),
        (["policy", "explain", "\x1b[2J"], 4),
        (["policy", "set", "no.such", "on"], 4),
        (["policy", "set", "endpoint.ip", "on"], 4),
        (["policy", "set", "endpoint.ipp", "maybe"], 2),
        (["inspect", "no-such-file.pdf"], 4),
        (["inspect", b"no-such-\xff.pdf"], 4),
        (["inspect", ""], 2),
        (["inspect", "/"], 2),
        (["inspect", "/dev/null"], 2),
        (["inspect", "x" * 300], 1),
        (["inspect", DOCUMENT, "--format", "pdf"], 2),
        (["inspect", DOCUMENT, "--format", "a/b\nc"], 2),
        (["print", "no-such-file.pdf"], 4),
        (["print", "/"], 2),
        (["print", DOCUMENT, "--copies", "0"], 2),
        (["print", DOCUMENT, "--copies", "many"], 2),
        (["print", DOCUMENT, "--sides", "three"], 2),
        (["print", DOCUMENT, "--pages", ""], 2),
        (["print", DOCUMENT, "--pages", "3-1"], 2),
        (["print", DOCUMENT, "--pages", "0"], 2),
        (["print", DOCUMENT, "--pages", "1-"], 2),
        (["print", DOCUMENT, "--pages", "²"], 2),
        (["print", DOCUMENT, "--pages", "1-99999999999"], 2),
        (["print", DOCUMENT, "--media", ""], 2),
        (["print", DOCUMENT, "--media", "a4\x01"], 2),
        (["print", DOCUMENT, "--media", "a" * 256], 2),
    ],
)
def test_a_command_line_that_cannot_be_taken(
    tympan: Tympan, refused: Refused, arguments: list[str], status: int
) -> None:
    said = refused(tympan(*arguments), status)
    assert "\x1b" not in said, "a control character reached the terminal"
    assert said.isprintable() or said.replace("\n", "").isprintable()


@pytest.mark.parametrize("words", ["", "printers", "policy"])
def test_a_command_without_its_subcommand_shows_the_help(tympan: Tympan, words: str) -> None:
    done = tympan(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == tympan(*words.split(), "--help").stdout


def test_a_key_nearly_right_is_guessed(tympan: Tympan, refused: Refused) -> None:
    assert "Did you mean endpoint.ipp?" in refused(tympan("policy", "set", "endpoint.ip", "on"), 4)


@pytest.mark.parametrize("arguments", [["jobs"], ["plugins"], ["printers", "list"], ["status"], ["doctor"], ["run"]])
def test_a_state_folder_that_is_a_file(
    tympan_at: Tympan, refused: Refused, tmp_path: Path, arguments: list[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for home in (file, file / "below"):
        assert "is a file, and the state of the agent needs a folder" in refused(tympan_at(home, *arguments), 6)


@pytest.mark.parametrize("arguments", [["printers", "add", "Lab", "--uri", "ipp://printer.example/"],
                                       ["policy", "set", "spool.cups", "off"], ["run", "--port", "0"]])  # fmt: skip
def test_a_state_folder_that_cannot_be_written(tympan_at: Tympan, refused: Refused, arguments: list[str]) -> None:
    # Nobody, not even root, makes a folder in /proc.
    said = refused(tympan_at("/proc/tympan-home", *arguments), 6)
    assert "/proc/tympan-home" in said
    assert "Make the folder " in said


def test_reading_commands_do_not_need_to_write(tympan_at: Tympan) -> None:
    for arguments in (["plugins", "--json"], ["printers", "list"], ["policy", "explain", "endpoint.ipp"]):
        done = tympan_at("/proc/tympan-home", *arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert tympan_at("/proc/tympan-home", "doctor").returncode == Exit.PROBLEMS


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"format": 2, "printers": []}', "\x00", "[" * 9999])
def test_a_printers_file_that_cannot_be_understood(tympan: Tympan, refused: Refused, home: Path, text: str) -> None:
    home.mkdir()
    (home / "printers.json").write_text(text)
    for arguments in (["list"], ["remove", "lab"], ["add", "Lab", "--uri", "ipp://printer.example/"]):
        assert "Mend or remove the file." in refused(tympan("printers", *arguments), 1)
    assert (home / "printers.json").read_text() == text


def test_a_file_that_breaks_while_it_is_read(tympan: Tympan, refused: Refused, tmp_path: Path) -> None:
    loop = tmp_path / "loop.pdf"
    loop.symlink_to(loop)
    assert "cannot be read" in refused(tympan("inspect", str(loop)), 1)


@pytest.mark.parametrize("words", ["printers list", "plugins --json", "plugins", "--help", "job --help"])
def test_a_reader_that_has_enough_is_no_error(home: Path, words: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as gone:
        env = {**os.environ, "TYMPAN_HOME": str(home)}
        done = subprocess.run([COMMAND, *words.split()], stdout=gone, stderr=subprocess.PIPE, env=env, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [["plugins", "--json"], ["plugins"]])
def test_a_full_disk_behind_the_output_is_an_error(home: Path, arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        env = {**os.environ, "TYMPAN_HOME": str(home)}
        done = subprocess.run([COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, env=env, timeout=60)
    assert done.returncode == Exit.UNAVAILABLE
    assert done.stderr.startswith(b"tympan: No space left on device\n        ")


def test_a_terminal_that_knows_ascii_only(tympan: Tympan) -> None:
    tympan("printers", "add", "Büro 😀", "--uri", "ipp://printer.example/")
    for arguments in (["printers", "list"], ["printers", "list", "--json"]):
        done = tympan(*arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.isascii()


COMMAND_WORDS = "jobs job cancel print printers policy plugins inspect status add remove set explain list install"
ODD_WORDS = "on off --json --uri --gate --wait -p -n -- - 0 -1 ipp://[ ipp://h/ [bold] ../.. /etc %s {0} $(id) 💥"
NASTY = (DOCUMENT, "", "\x1b]0;x\x07", "a" * 5000, b"\xff\xfe", "\u202egnp.exe")
WORDS: tuple[str | bytes, ...] = (*COMMAND_WORDS.split(), *ODD_WORDS.split(), *NASTY)


@pytest.mark.parametrize(("seed", "times"), [(20, 15), pytest.param(21, 1000, marks=pytest.mark.soak)])
def test_no_words_in_any_order_end_in_a_traceback(tympan: Tympan, seed: int, times: int) -> None:
    chosen = random.Random(seed)
    for _ in range(times):
        arguments = [chosen.choice(WORDS) for _ in range(chosen.randint(1, 5))]
        done = tympan(*arguments)
        assert done.returncode in set(Exit), (arguments, done)
        assert "Traceback" not in done.stderr, arguments
        assert "nobody foresaw" not in done.stderr, (arguments, done.stderr)
        shown = (done.stdout + done.stderr).replace("\n", "")
        assert "\x1b" not in shown, arguments
        assert "\u202e" not in shown, arguments


def test_ctrl_c_at_the_agent_ends_it_in_order(home: Path) -> None:
    env = {**os.environ, "TYMPAN_HOME": str(home), "TYMPAN_KEYS": "file"}
    with subprocess.Popen([COMMAND, "run", "--port", "0"], stderr=subprocess.PIPE, env=env, text=True) as running:
        assert running.stderr is not None
        assert any("the agent runs" in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == Exit.OK
    assert not (home / "run" / "agent.json").exists()
