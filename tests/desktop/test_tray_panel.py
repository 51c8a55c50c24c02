"""The tray in a real panel on a screen without a monitor: icon, menu, notification, sign-in, release by a click.

Set TYMPAN_PICTURES to a folder to keep what the screen showed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from PIL import Image
from release_rig import FRONT, Desk, desk

pytestmark = [pytest.mark.system, pytest.mark.soak]

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = Path(sys.executable).with_name("tympan")
PICTURES: Final = os.environ.get("TYMPAN_PICTURES", "")
PATIENCE_S: Final = 60.0
SIZE: Final = (1100, 720)
BODY: Final = (14, 116, 170)
"""Of the icon."""

_PANEL: Final = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/><value type="int" value="2"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
    <property name="plugin-2" type="string" value="clock"/>
  </property>
</channel>
"""
_OPENER: Final = """#!/bin/sh
exec {chromium} --no-sandbox --disable-gpu --no-first-run --user-data-dir={folder}/browser --window-size=700,640 \\
    --window-position=10,60 --app="$1" >/dev/null 2>&1 &
"""


def until(what: Callable[[], Any], why: str) -> Any:
    """Waits until something is so, and returns it."""
    ends = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < ends, f"waited in vain for {why}"
        time.sleep(0.1)
    return found


@attrs.define(eq=False)
class Screen:
    """A screen with a panel."""

    folder: Path
    env: dict[str, str]
    shots: int = 0

    def picture(self) -> Image.Image:
        """What it shows."""
        path = self.folder / "shot.png"
        subprocess.run(["scrot", "--overwrite", "--silent", path], env=self.env, check=True, timeout=60)
        with Image.open(path) as image:
            return image.convert("RGB")

    def keep(self, name: str) -> None:
        """Keeps it, where somebody wants to look."""
        self.shots += 1
        if PICTURES:
            folder = Path(PICTURES) / "panel"
            folder.mkdir(parents=True, exist_ok=True)
            self.picture().save(folder / f"{self.shots:02} {name}.png")

    def icon(self) -> tuple[int, int] | None:
        """Where the icon is in the panel."""
        image = self.picture().crop((0, 0, SIZE[0], 40))
        pixels = image.load()
        assert pixels is not None
        found = [(x, y) for x in range(image.width) for y in range(image.height) if _near(pixels[x, y])]
        return found[len(found) // 2] if len(found) > 30 else None

    def do(self, *words: str) -> None:
        """Moves the mouse or presses keys."""
        subprocess.run(["xdotool", *words], env=self.env, check=True, timeout=60, capture_output=True)

    def click(self) -> None:
        """Clicks the icon, which opens its menu."""
        x, y = until(self.icon, "the icon")
        self.do("mousemove", str(x), str(y), "click", "1")
        time.sleep(1.0)

    def start(self, stack: ExitStack, *command: str | Path) -> subprocess.Popen[bytes]:
        """Starts a program that ends with the screen."""
        log = stack.enter_context((self.folder / f"{Path(command[0]).name}.log").open("ab"))
        process = subprocess.Popen([*map(str, command)], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(_ended, process)
        return process


def _near(color: Any) -> bool:
    return bool(sum(abs(one - other) for one, other in zip(color, BODY, strict=True)) < 30)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@contextmanager
def screen(folder: Path) -> Iterator[tuple[Screen, ExitStack]]:
    """A screen with a bus, a panel and notifications. Owns: all their processes."""
    subprocess.run([ROOT / "tools" / "panel.sh"], check=True, timeout=900)
    folder.mkdir()
    config = folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
    config.mkdir(parents=True)
    (config / "xfce4-panel.xml").write_text(_PANEL)
    opener = folder / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(_OPENER.format(chromium=shutil.which("chromium"), folder=folder))
    opener.chmod(0o755)
    env = {
        "PATH": f"{opener.parent}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(folder / "config"), "XDG_RUNTIME_DIR": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"), "XDG_DATA_DIRS": "/usr/share", "XDG_CURRENT_DESKTOP": "XFCE",
        "NO_AT_BRIDGE": "1",
    }  # fmt: skip
    made = Screen(folder, env)
    with ExitStack() as stack:
        read, write = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(_ended, server)
        os.close(write)
        with os.fdopen(read) as told:
            env["DISPLAY"] = f":{int(told.readline())}"
        bus = folder / "bus"
        env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        made.start(stack, "dbus-daemon", "--session", "--nofork", f"--address=unix:path={bus}")
        until(bus.exists, "the bus")
        made.start(stack, "dunst")
        made.start(stack, "xfce4-panel", "--disable-wm-check")
        yield made, stack


def test_icon_menu_notification_sign_in_and_a_release_by_a_click(tmp_path: Path) -> None:
    with desk(tmp_path / "office", "root") as office, screen(tmp_path / "screen") as (seen, stack):
        for title in ("Budget.pdf", "Letter to the tax office.pdf"):
            office.held("root", title)
        ours = office.office.agents[0]
        seen.env |= ours.program.env
        seen.start(stack, COMMAND, "tray")
        until(seen.icon, "the icon in the panel")
        seen.keep("icon")
        seen.click()
        seen.keep("menu")
        _choose(seen, office)
        office.printed("Budget.pdf")
        seen.keep("released")


def _choose(seen: Screen, office: Desk) -> None:
    """Releases the first held job at the front by the keyboard, as a person without a mouse does."""
    assert FRONT
    seen.do("key", "--delay", "200", "Down", "Down", "Down", "Down", "Right", "Return")
