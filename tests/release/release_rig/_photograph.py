"""A phone that films what a screen really shows: a picture of the screen's page, as the camera's video.

Chromium reads the film anew whenever a page opens the camera, so that it may be another one each time.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_FRAMES = 4
"""Shown again and again."""


def photograph(screen: Page, film: Path) -> None:
    """Lets the camera see a page as it is now."""
    film.write_bytes(screen.screenshot(type="jpeg", quality=85) * _FRAMES)


def filming(film: Path) -> tuple[str, ...]:
    """Flags that give Chromium a camera which sees a film; whoever asks for the camera gets it."""
    film.touch()
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
