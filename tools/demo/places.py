"""Where the demo keeps things: all of it in one folder, made anew for each run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
DOCUMENT = ROOT / "tests" / "documents" / "02-a4-100p-10color.pdf"
_LOOPBACK = ROOT / "tools" / "loopback.toml"
_OTHERS = ("TYMPAN_HUB_DATABASE", "TYMPAN_HUB_URL")
"""Settings of a hub that the shell may have, and that are not for this one."""


@attrs.frozen
class Places:
    """Paths below the folder of one run, as one computer has them.

    Attributes:
        output: The folder.
        computer: What the state of its agent is called there.
    """

    output: Path
    computer: str = "state"

    @property
    def agent(self) -> Path:
        """State of the agent."""
        return self.output / self.computer

    @property
    def hub(self) -> Path:
        """State of the hub."""
        return self.output / "hub"

    @property
    def paper(self) -> Path:
        """What the devices put out."""
        return self.output / "paper"

    def log(self, name: str) -> Path:
        """What a program logs."""
        return self.output / f"{name}.log"

    def environment(self) -> dict[str, str]:
        """Of everything started here: each state in its folder, keys beside it."""
        mine = {"TYMPAN_HOME": str(self.agent), "TYMPAN_KEYS": "file", "TYMPAN_HUB_HOME": str(self.hub)}
        mine["TYMPAN_SETTINGS"] = str(_LOOPBACK)
        return {**{name: value for name, value in os.environ.items() if name not in _OTHERS}, **mine}

    def empty(self) -> None:
        """Makes the folder anew; says so when another user's run left one that cannot be removed."""
        try:
            if self.output.exists():
                shutil.rmtree(self.output)
            self.paper.mkdir(parents=True)
        except OSError as error:
            where = error.filename or self.output
            sys.exit(f"demo: {where}: {error.strerror}. Remove {self.output}, as its owner, and run it again.")
