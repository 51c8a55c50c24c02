"""Sealing in a real browser: the published vectors bit by bit; what it sealed, opened by an agent's code."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page
from portal_rig import Look, browsing

from tympan_hub.http.portal._pages import STATIC
from tympan_wire.sealed import (
    CHUNK_BYTES,
    EnvelopeRefused,
    Opener,
    Recipient,
    Suite,
    open_note,
    unwrap_with,
)

pytestmark = pytest.mark.system

VECTORS = Path(__file__).parents[2] / "docs" / "formats" / "vectors"
DOCUMENT = UUID("6f1c7f0e-93b5-4d7c-8a52-0c7f4f2f9a11")
KEY = bytes(range(32))
CONTEXT = b"tympan tunnel acme"

_LOAD = """
async () => {
  window.sealing = await import("/sealing.js");
  window.hpke = await import("/vendor/hpke.min.mjs");
  window.hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  window.unhex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  window.counted = (size) => new Blob([Uint8Array.from({ length: size }, (_, place) => place % 251)]);
}
"""

_SEAL = """
async ([key, document, salt, size, piece]) => {
  const whole = counted(size);
  const sealed = await sealing.Sealed.of(whole, unhex(key), document, salt ? unhex(salt) : undefined);
  const pieces = [];
  for (let at = 0; at < sealed.size; at += piece) {
    pieces.push(await sealed.slice(at, Math.min(at + piece, sealed.size)));
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return { size: sealed.size, sealed: sealing.toBase64(bytes) };
}
"""

_NOTE = """
async ([key, note, document, nonce]) => {
  const plain = new TextEncoder().encode(note);
  return hex(await sealing.sealNote(unhex(key), plain, document, nonce ? unhex(nonce) : undefined));
}
"""

_WRAP = """
async ([key, recipient, document, context]) => {
  const read = sealing.fromBase64;
  return sealing.toBase64(await sealing.wrapFor(hpke, read(key), read(recipient), document, read(context)));
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tells nobody."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page that has the modules, and no hub."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        with browsing(url) as opened:
            here = opened(Look(name="phone", width=390))
            here.go("/favicon.svg")
            here.page.evaluate(_LOAD)
            yield here.page
    finally:
        server.shutdown()
        server.server_close()


def vectors(name: str) -> dict[str, Any]:
    return dict(json.loads((VECTORS / name).read_text("utf-8")))


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_what_the_browser_seals_is_what_the_vectors_say(page: Page) -> None:
    told = vectors("sealed-v1.json")
    for vector in told["vectors"]:
        asked = [told["key_hex"], told["document"], told["salt_hex"], vector["plain_size"], 100_000]
        made = page.evaluate(_SEAL, asked)
        sealed = base64.b64decode(made["sealed"])
        assert (made["size"], len(sealed)) == (vector["sealed_size"], vector["sealed_size"])
        assert hashlib.sha256(sealed).hexdigest() == vector["sealed_sha256"], vector["plain_size"]


def test_notes_are_what_the_vectors_say(page: Page) -> None:
    told = vectors("note-v1.json")
    for vector in told["vectors"]:
        asked = [told["key_hex"], vector["note"], told["document"], told["nonce_hex"]]
        assert page.evaluate(_NOTE, asked) == vector["sealed_hex"]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 17])
def test_an_agent_opens_what_the_browser_sealed_piece_by_piece(page: Page, size: int) -> None:
    plain = bytes(place % 251 for place in range(size))
    for piece in (1 << 20, 70_001, 65_560, 81):
        if size // piece < 50:
            made = page.evaluate(_SEAL, [KEY.hex(), str(DOCUMENT), "", size, piece])
            opener = Opener(KEY, document=DOCUMENT)
            assert opener.update(base64.b64decode(made["sealed"])) == plain
            opener.finish()


@pytest.mark.parametrize("suite", list(Suite))
def test_an_agent_opens_the_envelope_the_browser_made_and_no_other_does(page: Page, suite: Suite) -> None:
    agent, other = Recipient.generate(suite), Recipient.generate(suite)
    asked = [base64_of(KEY), base64_of(agent.public), str(DOCUMENT), base64_of(CONTEXT)]
    envelope = base64.b64decode(page.evaluate(_WRAP, asked))
    assert len(envelope) == {Suite.X25519: 81, Suite.MLKEM768_X25519: 1169}[suite]
    assert unwrap_with(envelope, agent, document=DOCUMENT, context=CONTEXT) == KEY
    with pytest.raises(EnvelopeRefused):
        unwrap_with(envelope, other, document=DOCUMENT, context=CONTEXT)
    with pytest.raises(EnvelopeRefused):
        unwrap_with(envelope, agent, document=DOCUMENT, context=b"tympan tunnel another")


def test_a_note_of_the_browser_opens_at_an_agent(page: Page) -> None:
    sealed = bytes.fromhex(page.evaluate(_NOTE, [KEY.hex(), "{}", str(DOCUMENT), ""]))
    assert open_note(KEY, sealed, document=DOCUMENT) == b"{}"


@pytest.mark.parametrize("key", [b"", b"\x10" + bytes(31), b"\x12" + bytes(32)], ids=["empty", "short", "suite"])
def test_a_key_of_no_known_suite_is_refused(page: Page, key: bytes) -> None:
    code = f"(asked) => ({_WRAP})(asked).then(() => 'made', (error) => error.name)"
    assert page.evaluate(code, [base64_of(KEY), base64_of(key), str(DOCUMENT), base64_of(CONTEXT)]) == "TypeError"
