"""The main job, shown: a document printed through the agent on virtual printers, opened and counted, its story told.

Needs no root, no system package and no network beyond loopback. Everything is left in ``demo-output/`` to look at, or
in the folder named as the argument. Whatever it starts ends with it, however it ends short of ``kill -9``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
OUTPUT = Path(sys.argv[1]).absolute() if sys.argv[1:] else ROOT / "demo-output"
HOME = OUTPUT / "state"
PAPER = OUTPUT / "paper"
DOCUMENT = ROOT / "tests" / "documents" / "02-a4-100p-10color.pdf"
START_S = 30.0
POLL_S = 0.1


def say(text: str) -> None:
    """A heading between the steps."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def environment() -> dict[str, str]:
    """The environment of everything started here: its state in one folder, keys beside it."""
    return {**os.environ, "TYMPAN_HOME": str(HOME), "TYMPAN_KEYS": "file"}


@contextlib.contextmanager
def started(name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program that runs until the block ends; its log goes to ``demo-output/``."""
    with (OUTPUT / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [str(BIN / arguments[0]), *arguments[1:]],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(),
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def tympan(*arguments: str) -> Any:
    """Runs ``tympan`` and returns its JSON answer."""
    done = subprocess.run(
        [str(BIN / "tympan"), *arguments, "--json"], env=environment(), capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"demo: tympan {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def show(*arguments: str) -> None:
    """Runs ``tympan`` as a person would and shows what it prints."""
    print(f"$ tympan {' '.join(arguments)}", flush=True)
    subprocess.run([str(BIN / "tympan"), *arguments], env=environment(), check=False)


def wait_for(what: str, holds: Callable[[], bool]) -> None:
    """Returns once ``holds`` is true; ends the demo as failed, with the agent's log, when it stays false."""
    deadline = time.monotonic() + START_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"demo: waited {START_S:g} s in vain for {what}. The agent said:\n{agent_log()}")
        time.sleep(POLL_S)


def agent_log() -> str:
    """What the agent has logged so far."""
    return (OUTPUT / "agent.log").read_text()


def wait_for_agent(agent: subprocess.Popen[str]) -> None:
    """Returns once the agent answers; says what it logged when it ends instead."""

    def up_or_ended() -> bool:
        return (HOME / "run" / "agent.json").exists() or agent.poll() is not None

    wait_for("the agent to start", up_or_ended)
    if agent.poll() is not None:
        sys.exit(f"demo: the agent did not start:\n{agent_log()}")


def wait_for_device(printer: str) -> None:
    """Returns once the agent has met the printer's device."""

    def met() -> bool:
        rows = tympan("printers", "list")
        return any(row["id"] == printer and (row["device"] or {}).get("reachable") for row in rows)

    wait_for(f"the device of {printer} to be reached", met)


def wait_for_state(job: str, state: str) -> None:
    """Returns once a job is in a state."""
    wait_for(f"job {job} to be {state}", lambda: bool(tympan("job", job)["state"] == state))


def wait_until_counted(job: str) -> None:
    """Returns once the document's pages are counted, which happens beside printing and may end after it."""
    wait_for(f"the pages of job {job} to be counted", lambda: tympan("job", job)["statistics"] is not None)


def order(control: str, name: str, fault: str) -> None:
    """Orders a fault at a virtual printer; "" clears it."""
    request = urllib.request.Request(f"{control}/{name}/faults", data=fault.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def end_in_order(number: int, _: object) -> None:
    """Lets every block that started a program end it, as Ctrl-C does."""
    sys.exit(f"demo: ended by {signal.Signals(number).name}")


def empty_output() -> None:
    """Makes the output folder anew; says so when another user's run left one that cannot be removed."""
    try:
        if OUTPUT.exists():
            shutil.rmtree(OUTPUT)
        PAPER.mkdir(parents=True)
    except OSError as error:
        sys.exit(
            f"demo: {error.filename or OUTPUT}: {error.strerror}. Remove {OUTPUT}, as its owner, and run it again."
        )


def main() -> None:
    """Runs the demo."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, end_in_order)
    empty_output()
    names = ("lobby", "studio")
    printers = [word for name in names for word in ("--name", name)]
    sim = started("printers", "tympan-sim", "printer", *printers, "--directory", str(PAPER), "--json")
    agent_run = started("agent", "tympan", "run", "--port", "0")
    with sim as simulator, agent_run as agent:
        if simulator.stdout is None:
            sys.exit("demo: the simulator has no output")
        ready = json.loads(simulator.stdout.readline())
        say("Two virtual IPP printers run, and the agent")
        for device in ready["printers"]:
            print(f"  {device['name']:8} {device['uri']}")
        wait_for_agent(agent)
        for device in ready["printers"]:
            row = tympan("printers", "add", device["name"].title(), "--uri", device["uri"])
            print(f"  programs print to {row['endpoint']}")
            wait_for_device(row["id"])

        say("A 100-page document, sealed on the way, two copies, both sides")
        show("print", os.path.relpath(DOCUMENT), "--printer", "lobby", "--copies", "2", "--sides", "long", "--wait")
        wait_until_counted("1")
        show("job", "1")

        say("A device that is away: the job waits, says so, and is printed when the device is back")
        order(ready["control"], "studio", "offline")
        job = str(tympan("print", os.path.relpath(DOCUMENT), "--printer", "studio")["number"])
        wait_for_state(job, "waiting")
        show("jobs")
        order(ready["control"], "studio", "")
        wait_for_state(job, "completed")
        wait_until_counted(job)
        show("job", job)

        say("What came out on paper, opened and counted")
        papers = sorted(path for path in PAPER.rglob("*") if path.is_file() and path.suffix in (".pdf", ".bin", ""))
        for paper in papers:
            row = tympan("inspect", str(paper), "--format", "application/pdf")
            color = len(row["color_pages"] or ())
            print(f"  {os.path.relpath(paper)}: {row['pages']} pages, {color} in colour, {', '.join(row['sizes'])}")
        if len(papers) != len(names):
            sys.exit(f"demo: {len(papers)} documents came out, {len(names)} were printed")
        say("And no readable byte of it lies in the agent's state folder")
        marker = DOCUMENT.read_bytes()[200:260]
        found = [path for path in HOME.rglob("*") if path.is_file() and marker in path.read_bytes()]
        print(f"  searched {sum(path.is_file() for path in HOME.rglob('*'))} files: {found or 'nothing found'}")
        if found:
            sys.exit("demo: plaintext was found on disk")
    print(f"\nAll of it is in {os.path.relpath(OUTPUT)}/. Next: README.md, 'Use it'.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("demo: interrupted")
