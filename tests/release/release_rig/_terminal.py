"""A command at a terminal of 80 columns, as its user sees it; kept as a picture."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import attrs
from playwright.sync_api import Browser
from rich.console import Console
from rich.text import Text
from rig import Agent
from rig._agent import COMMAND

COLUMNS, _ROWS = 80, 24
_ENDS_S = 120.0
_PIECE = 65_536
_PAGE = """\
<!doctype html><meta charset="utf-8"><title>terminal</title>
<style>body {{ margin: 16px }} pre {{ font: 14px/1.35 'DejaVu Sans Mono', monospace; margin: 0 }}</style>
<pre>{code}</pre>
"""


@attrs.frozen(kw_only=True)
class Screen:
    """What stands at the terminal after a command.

    Attributes:
        command: As it was typed.
        said: What came, with its colours.
        status: How it ended.
    """

    command: str
    said: str
    status: int

    @property
    def text(self) -> str:
        """Without colours, in one line: where a line ends is the terminal's business."""
        return " ".join(Text.from_ansi(self.said).plain.split())

    def picture(self, browser: Browser, path: Path) -> None:
        """Keeps it as a PNG."""
        paper = Console(file=io.StringIO(), record=True, width=COLUMNS, force_terminal=True, color_system="standard")
        paper.print(Text(f"$ {self.command}"), Text.from_ansi(self.said), sep="\n", soft_wrap=False)
        page = browser.new_page(viewport={"width": 740, "height": 120})
        page.set_content(paper.export_html(code_format=_PAGE, inline_styles=True))
        page.screenshot(path=path, full_page=True)
        page.close()


def typed(ours: Agent, *words: str) -> Screen:
    """A command of ``tympan`` at a terminal."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, COLUMNS, 0, 0))
    env = {**os.environ, **ours.program.env, "TERM": "xterm-256color", "PYTHONUNBUFFERED": "1"}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        env.pop(name, None)
    process = subprocess.Popen([str(COMMAND), *words], stdin=far, stdout=far, stderr=far, env=env)
    os.close(far)
    try:
        said = _all(near)
        status = process.wait(_ENDS_S)
    finally:
        process.kill()
        os.close(near)
    return Screen(command=" ".join(("tympan", *words)), said=said, status=status)


def _all(near: int) -> str:
    """All that comes until nobody holds the other end any more, which Linux tells as an error."""
    said = b""
    while True:
        try:
            piece = os.read(near, _PIECE)
        except OSError:
            piece = b""
        if not piece:
            return said.decode().replace("\r\n", "\n")
        said += piece
