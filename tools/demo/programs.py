"""Programs the demo runs, shows and waits for; none outlives it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
from tools.demo.places import BIN, Places

WAIT_S = 60.0
"""Longest wait for anything here: what takes part of a second on a quiet machine takes many on a loaded one."""

POLL_S = 0.1
END_S = 10.0
"""Time a program has to end in order, before it is killed."""


def say(text: str) -> None:
    """A heading between the steps."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def tell(text: str) -> None:
    """A line of what happens."""
    print(f"  {text}", flush=True)


@attrs.frozen
class Programs:
    """Runs programs of the workspace on the places of one demo."""

    places: Places

    @contextlib.contextmanager
    def started(self, name: str, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A program that runs until the block ends; what it logs goes into a file."""
        with self.places.log(name).open("w") as log:
            process = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.places.environment(),
                start_new_session=True,  # Ctrl-C is for the demo, which ends its programs in order
            )
            try:
                yield process
            finally:
                _end(process)

    def tympan(self, *arguments: str) -> Any:
        """Runs ``tympan`` and returns its JSON answer."""
        return json.loads(self.output("tympan", *arguments, "--json"))

    def output(self, *command: str, stdin: str = "") -> str:
        """What a command printed; the demo ends with what it said when it fails."""
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            env=self.places.environment(),
            input=stdin,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"demo: {' '.join(command)} ended with {done.returncode}: {done.stderr}")
        return done.stdout.strip()

    def attempt(self, *command: str) -> None:
        """Runs a command that may fail, and has nothing to do in most cases."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [str(BIN / command[0]), *command[1:]],
                env=self.places.environment(),
                capture_output=True,
                timeout=END_S,
            )

    def show(self, *arguments: str) -> None:
        """Runs ``tympan`` as a person would and shows what it prints."""
        print(f"$ tympan {' '.join(arguments)}", flush=True)
        subprocess.run([str(BIN / "tympan"), *arguments], env=self.places.environment(), check=False)

    def wait_for(self, what: str, holds: Callable[[], bool]) -> None:
        """Returns once ``holds`` is true; ends the demo as failed, with the agent's log, when it stays false."""
        deadline = time.monotonic() + WAIT_S
        while not holds():
            if time.monotonic() > deadline:
                sys.exit(f"demo: waited {WAIT_S:g} s in vain for {what}. The agent said:\n{self.said('agent')}")
            time.sleep(POLL_S)

    def said(self, name: str) -> str:
        """What a program has logged so far."""
        return self.places.log(name).read_text(errors="replace")

    def line(self, name: str, process: subprocess.Popen[str]) -> str:
        """The first line a program prints, which it does once it is ready."""
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            sys.exit(f"demo: the {name} did not start:\n{self.said(name)}")
        return line.strip()


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
