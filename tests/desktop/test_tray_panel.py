"""The tray in a real panel on a screen without a monitor: icon, menu, notification, sign-in, release by a click.

Set TYMPAN_PICTURES to a folder to keep what the screen showed.
"""

from __future__ import annotations

import http.client
import json
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
from release_rig._person import csrf

from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings

pytestmark = [pytest.mark.system, pytest.mark.soak]

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = Path(sys.executable).with_name("tympan")
PICTURES: Final = os.environ.get("TYMPAN_PICTURES", "")
PATIENCE_S: Final = 60.0
SIZE: Final = (1100, 720)
BODY: Final = (14, 116, 170)
"""Of the icon."""
MARKED: Final = (53, 132, 228)
"""Of what is marked in a menu, in the theme every GTK has."""
SIGN: Final = (217, 119, 6)
"""Of the sign on it that calls somebody."""
TITLES: Final = ("Budget.pdf", "Letter to the tax office.pdf")
SIGN_IN, HELD = 10, 4
"""Which entries of the menu they are, from 1, while two documents wait and nobody is signed in, and after."""
QR_PIXELS: Final = 8000
"""Of black: no text has as many."""

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

    def icon(self, color: tuple[int, int, int] = BODY) -> tuple[int, int] | None:
        """Where the icon is in the panel, by a colour it has."""
        image = self.picture().crop((0, 0, SIZE[0], 40))
        pixels = image.load()
        assert pixels is not None
        found = [(x, y) for x in range(image.width) for y in range(image.height) if _near(pixels[x, y], color)]
        return found[len(found) // 2] if len(found) > 20 else None

    def do(self, *words: str) -> None:
        """Moves the mouse or presses keys."""
        subprocess.run(["xdotool", *words], env=self.env, check=True, timeout=60, capture_output=True)

    def dark(self) -> int:
        """How many of its pixels are black in the page that is open; none while none is."""
        image = self.picture().crop((20, 130, 700, 690)).convert("L")
        return sum(1 for value in image.tobytes() if value < 30) if image.getpixel((0, 559)) else 0

    def click(self, color: tuple[int, int, int] = BODY) -> None:
        """Clicks the icon, and returns when its menu is open."""
        x, y = until(lambda: self.icon(color), "the icon")
        self.do("mousemove", str(x), str(y), "click", "1")
        until(self._menu, "the menu")

    def _menu(self) -> bool:
        """Whether one is open: a screen without windows is black below its panel."""
        return self.picture().getpixel((60, 60)) != (0, 0, 0)

    def choose(self, entry: int) -> tuple[int, int]:
        """Goes down to an entry of the menu, from 1, and clicks it; where the menu ends beside it."""
        for _ in range(entry):
            self.do("key", "Down")
        right, y = until(self._marked, "an entry to be marked")
        self.do("mousemove", str(right // 2), str(y), "click", "1")
        return right, y

    def choose_below(self, entry: int) -> None:
        """Clicks the first entry of the menu that opens beside an entry."""
        right, y = self.choose(entry)
        until(lambda: self.picture().getpixel((right + 30, y)) != (0, 0, 0), "the menu beside it")
        self.keep("where")
        self.do("mousemove", str(right + 30), str(y), "click", "1")

    def _marked(self) -> tuple[int, int] | None:
        """The right end and the height of what is marked in the menu."""
        image = self.picture()
        pixels = image.load()
        assert pixels is not None
        rows = [y for y in range(40, image.height) if _near(pixels[8, y], MARKED)]
        if not rows:
            return None
        y = rows[len(rows) // 2]
        return max(x for x in range(image.width) if _near(pixels[x, y], MARKED)), y

    def close_browser(self) -> None:
        """Closes the window of the page."""
        self.do("key", "ctrl+w")
        until(lambda: not self._menu(), "the window to close")

    def start(self, stack: ExitStack, *command: str | Path) -> subprocess.Popen[bytes]:
        """Starts a program that ends with the screen."""
        log = stack.enter_context((self.folder / f"{Path(command[0]).name}.log").open("ab"))
        process = subprocess.Popen([*map(str, command)], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(_ended, process)
        return process


def _near(color: Any, wanted: tuple[int, int, int]) -> bool:
    return bool(sum(abs(one - other) for one, other in zip(color, wanted, strict=True)) < 30)


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
    with (
        desk(tmp_path / "office", "root", rules=PullSettings(proximity=Proximity.NONE)) as office,
        screen(tmp_path / "screen") as (seen, stack),
    ):
        for title in TITLES:
            office.held("root", title)
        seen.env |= office.office.agents[0].program.env
        seen.start(stack, COMMAND, "tray")
        until(seen.icon, "the icon in the panel")
        seen.keep("icon")
        seen.click()
        seen.keep("menu")
        seen.choose(SIGN_IN)
        until(lambda: seen.dark() > QR_PIXELS, "the code to be shown")
        seen.keep("sign-in")
        approve(office)
        until(lambda: seen.dark() < QR_PIXELS, "the page to say that it worked")
        seen.keep("signed in")
        seen.close_browser()
        seen.click()
        seen.choose_below(HELD)
        office.printed(TITLES[0])
        office.order(FRONT, "paper-out")
        seen.click()
        seen.choose_below(HELD - 1)
        until(lambda: seen.icon(SIGN), "the icon to call somebody")
        seen.click(SIGN)
        seen.keep("paper out")
        seen.do("key", "Escape")
        office.mend(FRONT)
        office.printed(TITLES[1])
        until(lambda: not seen.icon(SIGN), "the icon to be quiet again")
        seen.keep("mended")


def approve(office: Desk) -> None:
    """Approves the code at the portal, as its owner does on another screen."""
    link = http.client.HTTPConnection("127.0.0.1", office.office.agents[0].port, timeout=60)
    link.request("POST", "/me/v1/login", "{}", {"Content-Type": "application/json"})
    code = json.loads(link.getresponse().read())["user_code"]
    person = office.person("root")

    async def pressed() -> None:
        page = await person.page(f"/activate?code={code}")
        answer = await person.sure("POST", "/activate", {"code": code, "decision": "approve", "csrf": csrf(page.text)})
        assert answer.status_code == 200, answer.text

    office.do(pressed)
