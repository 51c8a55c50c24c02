"""A hub that is served, as those who run it watch it: metrics on a port of their own, deliveries brought by itself."""

from __future__ import annotations

import asyncio
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from portal_rig import PASSWORD

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.webhooks import CHOSEN

pytestmark = pytest.mark.system
WAIT_S = 60


class Heard(http.server.BaseHTTPRequestHandler):
    """An endpoint of a webhook that keeps what it is told."""

    told: list[dict[str, str]]
    came: threading.Event

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.told.append(dict(self.headers))
        self.send_response(204)
        self.end_headers()
        self.came.set()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def endpoint() -> Iterator[tuple[str, type[Heard]]]:
    heard = type("Listening", (Heard,), {"told": [], "came": threading.Event()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), heard)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", heard
    server.shutdown()
    thread.join()
    server.server_close()


async def with_a_webhook(home: Path, url: str) -> None:
    async with hub(Home(home)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        admin = await services.people.add(
            tenant, CONSOLE, email="a@acme.example", name="a", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        made = await services.webhooks.add(tenant, admin.actor, name="x", url=url, happenings=CHOSEN)
        await services.webhooks.test(tenant, admin.actor, made.webhook.id)


def test_it_tells_what_it_does_and_brings_what_waits(tmp_path: Path, endpoint: tuple[str, type[Heard]]) -> None:
    url, heard = endpoint
    asyncio.run(with_a_webhook(tmp_path / "hub", url))
    command = [str(Path(sys.executable).with_name("tympan-hub")), "--home", str(tmp_path / "hub"), "serve"]
    command += ["--port", "0", "--metrics-port", "0", "--webhooks-to-private"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        public = process.stdout.readline().removeprefix("tympan-hub answers on ").strip()
        watched = re.sub("^tympan-hub tells metrics on ", "", process.stderr.readline()).strip()
        assert heard.came.wait(WAIT_S)
        assert "webhook-signature" in {name.lower() for name in heard.told[0]}
        assert httpx.get(f"{public}/readyz").json() == {"ready": True, "database": "ok", "blobs": "ok"}
        assert httpx.get(f"{public}/metrics").status_code == 404
        assert httpx.get(f"{watched}/healthz").text == "ok\n"
        text = httpx.get(f"{watched}/metrics").text
        assert 'tympan_hub_http_requests_total{method="GET",route="/readyz",status="200"} 1.0' in text
        assert 'tympan_hub_rounds_total{outcome="well",round="deliveries"}' in text
        assert "process_resident_memory_bytes" in text
    finally:
        process.terminate()
        assert process.wait(WAIT_S) == 0
        process.stderr.close()  # type: ignore[union-attr]
        process.stdout.close()  # type: ignore[union-attr]
    assert len(heard.told) == 1
