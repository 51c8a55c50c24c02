"""A stand-in for the hub's door for documents, between a browser and a served hub: it is cut when a test says so.

What the browser hands in is kept as it came, and opened with the keys of agents that only the test has.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from uuid import UUID

import attrs
from playwright.sync_api import Page, Route

from tympan_wire.key_proofs import fingerprint
from tympan_wire.sealed import Opener, Recipient, Suite, open_note, unwrap_with

CONTEXT = b"tympan tunnel stand-in"
TICKET = base64.b64encode(b"a ticket").decode()
_JOB = "<!doctype html><title>A job</title><link rel=icon href=data:,>"
NO_WORKER = "Object.defineProperty(navigator, 'serviceWorker', { value: undefined })"
"""What a worker fetches passes by those who stand in between."""


@attrs.frozen
class Handed:
    """A document that came in, opened."""

    told: dict[str, Any]
    note: dict[str, Any]
    plain: bytes


@attrs.define
class Door:
    """The stand-in.

    Attributes:
        agents: Keys of agents that print, by their ids.
        cuts: How many of the next parts are cut off on their way.
        refusal: What conversions are answered with: a reason; "" for the PDF in ``converted``.
        full: With which problem documents are refused; {} when they are taken.
        offered: Printers, when not the two there are.
    """

    agents: dict[str, Recipient] = attrs.field(
        factory=lambda: {
            "a" * 32: Recipient.generate(Suite.MLKEM768_X25519),
            "b" * 32: Recipient.generate(Suite.X25519),
        }
    )
    cuts: int = 0
    refusal: str = ""
    converted: bytes = b""
    full: dict[str, Any] = attrs.field(factory=dict)
    offered: list[dict[str, Any]] | None = None
    tickets: list[dict[str, Any]] = attrs.field(factory=list)
    conversions: list[bytes] = attrs.field(factory=list)
    sheets: list[str] = attrs.field(factory=list)
    sent: list[bytes] = attrs.field(factory=list)
    uploads: dict[str, dict[int, bytes]] = attrs.field(factory=dict)
    sizes: dict[str, int] = attrs.field(factory=dict)
    taken: list[dict[str, Any]] = attrs.field(factory=list)

    def stand(self, page: Page) -> None:
        """Takes what a page sends to the API."""
        page.route(re.compile(r"/app/print/door"), lambda route: self._answer(route))
        page.route(
            re.compile(r"/jobs/[0-9a-f-]{36}$"), lambda route: route.fulfill(body=_JOB, content_type="text/html")
        )

    def handed(self) -> list[Handed]:
        """What came in, as the first of the agents opens it."""
        return [self._opened(told) for told in self.taken]

    def _opened(self, told: dict[str, Any]) -> Handed:
        job, envelope = UUID(told["job"]), told["envelopes"][0]
        locked = base64.b64decode(envelope["envelope"])
        key = unwrap_with(locked, self.agents[envelope["agent"]], document=job, context=CONTEXT)
        parts = self.uploads[told["upload"]]
        opener = Opener(key, document=job)
        plain = opener.update(b"".join(parts[number] for number in sorted(parts)))
        opener.finish()
        note = json.loads(open_note(key, base64.b64decode(told["note"]), document=job))
        return Handed(told, note, plain)

    def printers(self) -> list[dict[str, Any]]:
        """As the hub tells them."""
        if self.offered is not None:
            return self.offered
        readers = [
            {
                "agent": agent,
                "name": f"DESK-{agent[0]}",
                "recipient": base64.b64encode(one.public).decode(),
                "fingerprint": fingerprint(one.public),
            }
            for agent, one in self.agents.items()
        ]
        whole = {"media": ["iso_a4_210x297mm"], "context": base64.b64encode(CONTEXT).decode(), "converts": True}
        sides = ["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
        return [
            {
                **whole,
                "id": "hall",
                "name": "Hall",
                "location": "Ground floor",
                "holds": False,
                "color": True,
                "sides": sides,
                "readers": readers,
            },
            {
                **whole,
                "id": "follow",
                "name": "Follow me",
                "location": "",
                "holds": True,
                "color": False,
                "sides": ["one-sided"],
                "readers": readers,
            },
            {
                **whole,
                "id": "asleep",
                "name": "Attic",
                "location": "",
                "holds": False,
                "color": True,
                "sides": [],
                "readers": [],
                "hindrance": "No computer that prints there was heard of.",
            },
        ]

    def _answer(self, route: Route) -> None:
        request = route.request
        path = request.url.partition("/app/print/door")[2]
        assert request.headers["x-csrf-token"]
        body = request.post_data_buffer or b""
        self.sent.append(body)
        if part := re.fullmatch(r"/uploads/(\w+)/parts/(\d+)", path):
            self._part(route, part[1], int(part[2]), body)
        elif path.startswith("/conversions?"):
            self.sheets.append(path.partition("?sheet=")[2])
            self._convert(route, body)
        elif path == "" and self.full:
            route.fulfill(status=self.full["status"], json=self.full, content_type="application/problem+json")
        else:
            route.fulfill(json=self._told(path, json.loads(body or b"{}")))

    def _part(self, route: Route, upload: str, number: int, body: bytes) -> None:
        if self.cuts:
            self.cuts -= 1
            route.abort("connectionreset")
            return
        assert route.request.headers["content-digest"].startswith("sha-256=:")
        self.uploads[upload][number] = body
        route.fulfill(json={})

    def _convert(self, route: Route, body: bytes) -> None:
        self.conversions.append(body)
        if self.refusal:
            problem = {"reason": self.refusal, "detail": "said by the hub", "status": 422}
            route.fulfill(status=422, json=problem, content_type="application/problem+json")
        else:
            route.fulfill(body=self.converted, content_type="application/pdf")

    def _told(self, path: str, told: dict[str, Any]) -> Any:
        if path == "/printers":
            return self.printers()
        if path == "/tickets":
            self.tickets.append(told)
            return {"ticket": TICKET}
        if path == "/uploads":
            upload = told["name"].replace("-", "")
            self.uploads.setdefault(upload, {})
            self.sizes[upload] = told["size"]
            return {"id": upload, "parts": sorted(self.uploads[upload])}
        if path == "":
            self.taken.append(told)
        return {"id": told.get("job", "")}
