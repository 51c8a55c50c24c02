"""The API is made when it is first asked: once, also for those who ask meanwhile, and a start does not wait for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from fastapi import FastAPI
from hub_rig import Bench

from tympan_hub.http.api import PREFIX, _app
from tympan_hub.service import Services

pytestmark = pytest.mark.anyio
LOADED = "import sys, tympan_hub.cli.server; print(*sys.modules)"


async def test_it_is_made_once_for_all_who_ask_meanwhile(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FastAPI] = []
    make = _app.api

    def noted(services: Services) -> FastAPI:
        made.append(make(services))
        return made[-1]

    monkeypatch.setattr(_app, "api", noted)
    asked = [hub.client.get(f"{PREFIX}/openapi.json") for _ in range(5)]
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * 5
    assert len(made) == 1


def test_a_start_makes_neither_pages_nor_the_api_nor_a_client_of_providers() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    assert "tympan_hub.http.app" in loaded
    for late in ("tympan_hub.http.portal._app", "tympan_hub.http.api._app", "fastapi", "pydantic", "jinja2", "authlib"):
        assert late not in loaded
