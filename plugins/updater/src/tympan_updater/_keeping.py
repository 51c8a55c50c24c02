"""Whoever runs the agent, as the updater needs it: asked to hold back, started again, looked at.

The updater itself runs no agent. Where a service manager does, it is asked; where nobody does, there is nothing to
start again, and the next start runs the new version.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import attrs

from tympan_updater._errors import AgentStays
from tympan_updater._limits import LOOK_S, MANAGER_S

Ask = Callable[[str, Mapping[str, object]], Any]
"""Asks the running agent one operation of its control; None when none runs or answers."""


@attrs.frozen(kw_only=True)
class Standing:
    """How the running agent is.

    Attributes:
        plugins: The plugins that run: the distribution of each by its id.
        enrolled: Whether it belongs to a hub.
        version: The version it says it is; "" when it does not say.
    """

    plugins: Mapping[str, str] = attrs.field(factory=dict)
    enrolled: bool = False
    version: str = ""


class Keeper(Protocol):
    """Whoever runs the agent."""

    def standing(self) -> Standing | None:
        """How the agent is now; None when none runs."""

    def under_way(self) -> int:
        """Asks the agent to begin no new delivery for a while, and how many are under way; accepting goes on."""

    def restart(self) -> None:
        """Starts the agent again, and returns once it says that it is ready.

        Raises:
            AgentStays: It does not get ready.
        """


class AskedAgent:
    """What the agent says of itself over its control."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def standing(self) -> Standing | None:
        """How the agent is now."""
        rows, status = self._ask("plugins", {}), self._ask("status", {})
        if not isinstance(rows, list) or not isinstance(status, dict):
            return None
        rows = [row for row in rows if isinstance(row, dict) and row.get("status") == "running"]
        running = {str(row.get("id")): str(row.get("distribution")) for row in rows}
        hub = self._ask("hub.status", {})
        enrolled = isinstance(hub, dict) and bool(hub.get("enrolled"))
        return Standing(plugins=running, enrolled=enrolled, version=str(status.get("version", "")))

    def under_way(self) -> int:
        """Asks it to hold back."""
        answer = self._ask("drain", {})
        return int(answer.get("under_way", 0)) if isinstance(answer, dict) else 0


class SystemdKeeper:
    """systemd runs the agent (systemctl(1)).

    Args:
        ask: How the agent is asked.
        user: Whether it is a user's own service.
        start_s: For the agent to get ready.
    """

    def __init__(self, ask: Ask, *, user: bool, start_s: float, unit: str = "tympan.service") -> None:
        self._agent = AskedAgent(ask)
        self._argv = ["systemctl", *(["--user"] if user else [])]
        self._unit = unit
        self._start_s = start_s

    def standing(self) -> Standing | None:
        """How the agent is now."""
        return self._agent.standing()

    def under_way(self) -> int:
        """Asks it to hold back."""
        return self._agent.under_way()

    def restart(self) -> None:
        """As the port says; a unit that failed too often is given its tries back first."""
        self._systemctl(["reset-failed", self._unit], within_s=MANAGER_S)
        done = self._systemctl(["restart", self._unit], within_s=self._start_s)
        if done != "":
            raise AgentStays(f"systemd cannot start the agent: {done}")

    def _systemctl(self, arguments: list[str], *, within_s: float) -> str:
        try:
            done = subprocess.run(
                [*self._argv, *arguments],
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=within_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it is not ready within {within_s:g} s"
        return (done.stderr or done.stdout or f"status {done.returncode}").strip() if done.returncode else ""


class NobodyKeeper:
    """No service manager runs the agent: whoever started it by hand starts it again."""

    def __init__(self, ask: Ask) -> None:
        self._agent = AskedAgent(ask)

    def standing(self) -> Standing | None:
        """None: what runs is the old version, and says nothing of the new one."""
        return None

    def under_way(self) -> int:
        """Nothing has to stop: what runs goes on as it is."""
        return 0

    def restart(self) -> None:
        """The next start runs the new version."""


def has_systemd() -> bool:
    """Whether systemd is this machine's service manager."""
    return shutil.which("systemctl") is not None


def missing_after(keeper: Keeper, expected: frozenset[str], *, enrolled: bool, within_s: float) -> tuple[str, ...]:
    """What does not run again in time of what ran before: plugins by their ids, ``the agent``, ``the hub``."""
    until = time.monotonic() + within_s
    while True:
        missing = _missing(keeper.standing(), expected, enrolled=enrolled)
        if not missing or time.monotonic() >= until:
            return missing
        time.sleep(LOOK_S)


def _missing(standing: Standing | None, expected: frozenset[str], *, enrolled: bool) -> tuple[str, ...]:
    if standing is None:
        return ("the agent",)
    lost = sorted(expected - standing.plugins.keys())
    return (*lost, "the hub") if enrolled and not standing.enrolled else tuple(lost)
