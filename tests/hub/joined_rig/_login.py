"""``tympan login`` as a person meets it: a code on the terminal, approved on whatever screen they have."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Protocol

from rig._agent import COMMAND, Agent

if TYPE_CHECKING:
    from joined_rig._steps import Portal

_ENDED_S = 150.0


class Computer(Protocol):
    """What has an agent."""

    @property
    def agent(self) -> Agent:
        """Of it."""


class Login:
    """``tympan login`` on its own terminal; its code is read as a person reads it."""

    def __init__(self, whole: Computer, *address: str) -> None:
        env = {**os.environ, **(whole.agent.program.env or {})}
        self._process = subprocess.Popen(
            [str(COMMAND), "login", *address],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # who runs the tests may ignore Ctrl-C
        )

    def code(self) -> str:
        """The code it shows next."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.fullmatch(r"\s*([B-Z]{4}-[B-Z]{4})\s*", line):
                return found[1]
        raise AssertionError(f"it ended without a code: {self.ended()}")

    def ended(self) -> tuple[int, str, str]:
        """Its exit status, and what else it said."""
        said, wrong = self._process.communicate(timeout=_ENDED_S)
        return self._process.returncode, said.strip(), wrong

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)


def show_code(at: Portal, code: str) -> None:
    """Types a code at the portal, which says whose it is."""
    at.go("/activate")
    at.fill(code=code.lower())
    at.press("Go on")
    at.sees("shows this code")


def approve(at: Portal, code: str, button: str) -> None:
    """Types a code at the portal, and decides."""
    show_code(at, code)
    at.press(button)
    at.page.locator("main .empty h1").wait_for()
