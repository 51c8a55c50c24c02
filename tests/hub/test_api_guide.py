"""The commands of 'Use the API', run as they stand on the page, on a hub that is served."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
from pathlib import Path

import pytest
from portal_rig import served
from test_api_schema import lived_in

from tympan_hub.domain.people import Role
from tympan_hub.domain.webhooks import secret_text, signature

pytestmark = pytest.mark.system
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "use-the-api.md"
BLOCKS = re.findall(r"^## ([^\n]+)\n.*?```sh\n(.*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
SAYS = {
    "Get a token": "",
    "Who am I": '"role":"administrator"',
    "Add a printer": '"id":"reception"',
    "Change it, unless somebody else did": '"location":"First floor"',
    "Read a list": '"next":null',
    "When the answer is no": '"code":"not-found"',
    "Be told instead of asking": '"secret":"whsec_',
}
"""What each command's answer holds."""


def test_every_command_does_what_the_page_says(tmp_path: Path) -> None:
    tokens, _ = asyncio.run(lived_in(tmp_path / "hub"))
    assert [title for title, _ in BLOCKS] == list(SAYS)
    with served(tmp_path / "hub") as hub:
        begin = f"HUB={hub.url}\nTOKEN={tokens[Role.ADMINISTRATOR]}\n"
        for title, block in BLOCKS:
            for _ in range(2 if "Idempotency-Key" in block else 1):
                ran = subprocess.run(["sh", "-c", begin + block], capture_output=True, text=True, timeout=60)
                assert SAYS[title] in ran.stdout, (title, ran.stdout, ran.stderr)


def test_the_check_of_a_delivery_tells_ours_from_forged() -> None:
    found = re.search(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL)
    assert found
    there: dict[str, object] = {}
    exec(found[1], there)
    is_ours = there["is_ours"]
    assert callable(is_ours)
    body = json.dumps({"type": "test"}).encode()
    now = int(time.time())
    headers = {
        "webhook-id": "x",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(b"k" * 32, "x", now, body),
    }
    assert is_ours(secret_text(b"k" * 32), headers, body)
    assert not is_ours(secret_text(b"l" * 32), headers, body)
    assert not is_ours(secret_text(b"k" * 32), headers, body + b" ")
    old = now - 3600
    replayed = {**headers, "webhook-timestamp": str(old), "webhook-signature": signature(b"k" * 32, "x", old, body)}
    assert not is_ours(secret_text(b"k" * 32), replayed, body)
