"""The tray's application beside a kernel in memory, with jobs of two accounts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from tympan.plugin import LocalResponse, NotFound, TympanError
from tympan.testing import FakeHost, FakeLocalRequest
from tympan_tray._accounts import account_of
from tympan_tray._app import TrayApp
from tympan_tray._view import HeldJob, HubView, JobView, PrinterView, View

NOW = dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.UTC)
ADA, BOB = 0, 1
"""User ids every Debian has a name for: root, and daemon."""
SITE = "127.0.0.1:39149"
HUB = HubView(address="https://print.example/", agent="agent-1", tenant="Acme")


def uuid_of(number: int) -> str:
    """A job's uuid."""
    return f"00000000-0000-4000-8000-{number:012d}"


def job_row(number: int, user: str, **changes: Any) -> dict[str, Any]:
    """A job as the control answers it."""
    row = {
        "uuid": uuid_of(number), "number": number, "printer": "front", "name": f"letter {number}", "user": user,
        "state": "held", "reason": "none", "detail": "", "created_at": NOW.isoformat(), "ended_at": None,
        "retry_at": None, "statistics": {"pages": 2, "impressions": 3}, "target": None,
        "shared": False, "foreign": False,
    }  # fmt: skip
    return {**row, **changes}


def printer_row(name: str, **changes: Any) -> dict[str, Any]:
    """A printer as the control answers it."""
    row = {
        "id": name, "name": name.title(), "uri": f"ipp://{name}.example/ipp/print", "mode": "pull",
        "location": "2nd floor", "offered": True, "releases": True, "fingerprint": "",
        "device": {"reachable": True, "reason": "none", "detail": ""},
    }  # fmt: skip
    return {**row, **changes}


class FakeControl:
    """The kernel's controls with two accounts' jobs; it keeps what was ``asked``."""

    token = "none"

    def __init__(self) -> None:
        ada, bob = account_of(ADA), account_of(BOB)
        self.jobs = [job_row(1, ada), job_row(2, ada), job_row(3, bob), job_row(4, ada, state="unknown")]
        self.printers = [printer_row("front")]
        self.who: dict[str, Any] = {
            "enrolled": True, "address": HUB.address, "agent": HUB.agent, "tenant": "acme", "tenant_name": "Acme",
            "trouble": "", "signed_in": True, "name": "Ada Lovelace", "person": "p1", "required": True,
            "keys": ["cd" * 32],
        }  # fmt: skip
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.standing = "pending"
        self.refused: list[dict[str, object]] = []
        self.member = True

    async def ask(self, operation: str, arguments: Mapping[str, object]) -> object:
        """As the kernel does."""
        await trio.lowlevel.checkpoint()
        self.asked.append((operation, arguments))
        return getattr(self, operation.replace(".", "_"))(**arguments)

    def whoami(self, user: str) -> object:
        if not self.member:
            raise NotFound("no plugin that joins a hub is running")
        return {**self.who, "user": user}

    def printers_list(self) -> object:
        return self.printers

    def held(self, user: str) -> object:
        return [job for job in self.jobs if job["user"] == user and job["state"] == "held"]

    def jobs_list(self) -> object:
        return self.jobs

    def keys(self) -> object:
        if not self.member:
            raise TympanError("this agent belongs to no hub")
        return {"agents": [{"agent": "agent-1", "fingerprint": "ab" * 32, "this": True}]}

    def status(self) -> object:
        return {"keys_statement": "in the keyring", "problems": ["the disk is nearly full"]}

    def plugins(self) -> object:
        return [{"id": "tray", "version": "0.1.0", "status": "running"}]

    def release(self, user: str, jobs: list[str], at: str, proof: str) -> object:
        for job in self.jobs:
            if job["user"] == user and job["uuid"] in jobs and not self.refused:
                job["state"] = "queued"
        return {"jobs": jobs, "refused": self.refused, "notes": []}

    def jobs_cancel(self, job: str, by: str) -> object:
        self.jobs = [row for row in self.jobs if row["uuid"] != job]
        return {}

    def jobs_release(self, job: str, by: str) -> object:
        return self._moved(job, "queued")

    def jobs_settle(self, job: str, by: str) -> object:
        return self._moved(job, "completed")

    def login_begin(self, user: str, address: str) -> object:
        return {
            "id": "c1", "user_code": "ABCD-EFGH", "uri": "https://print.example/code",
            "uri_complete": "https://print.example/code?c=ABCD-EFGH", "interval_s": 0.01,
            "expires_at": (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)).isoformat(), "enrols": False,
        }  # fmt: skip

    def login_ask(self, id: str) -> object:  # noqa: A002 - the operation's own word
        return {"standing": self.standing}

    def logout(self, user: str) -> object:
        self.who |= {"signed_in": False, "name": ""}
        return {"user": user, "signed_in": True}

    def _moved(self, job: str, state: str) -> object:
        next(row for row in self.jobs if row["uuid"] == job)["state"] = state
        return {}

    def announce(self, port: int) -> None:
        """Not asked for."""

    def withdraw(self) -> None:
        """Not asked for."""

    def did(self, operation: str) -> list[Mapping[str, object]]:
        """With what an operation was asked."""
        return [arguments for name, arguments in self.asked if name == operation]


class ClockHost(FakeHost):
    """A host whose wall clock stands."""

    def now(self) -> dt.datetime:
        """As jobs were made."""
        return NOW


@attrs.define(eq=False)
class Desk:
    """What a test holds."""

    app: TrayApp
    host: ClockHost
    control: FakeControl

    async def api(self, what: str, owner: int | None = ADA, **arguments: Any) -> tuple[int, Any]:
        """As a tray asks: status and JSON."""
        request = FakeLocalRequest(
            method="POST", path=f"/me/v1/{what}", content=json.dumps(arguments).encode(), owner=owner
        )
        answer = await self.app.handle(request)
        assert isinstance(answer.body, bytes)
        return answer.status, json.loads(answer.body)

    async def view(self, owner: int = ADA) -> dict[str, Any]:
        """What an account is shown."""
        status, answer = await self.api("look", owner, seen="")
        assert status == 200, answer
        view = answer["view"]
        assert isinstance(view, dict)
        return view

    async def opened(self, owner: int = ADA, browser: int | None = None, part: str = "") -> str:
        """The cookie of a page that was opened from the tray."""
        _, answer = await self.api("pair", owner, part=part)
        path, _, query = answer["path"].partition("?")
        page = await self.app.handle(browser_request(path, query=query, owner=owner if browser is None else browser))
        assert page.status == 303, page
        return dict(page.headers)["set-cookie"].partition(";")[0]

    async def get(self, path: str, cookie: str, owner: int = ADA, **headers: str) -> tuple[int, str]:
        """Status and text of a page."""
        answer = await self.app.handle(browser_request(path, {"Cookie": cookie, **headers}, owner=owner))
        return answer.status, text_of(answer)

    async def post(
        self, path: str, cookie: str, form: str, owner: int = ADA, origin: str = f"http://{SITE}"
    ) -> LocalResponse:
        """A form of the page."""
        headers = {"Cookie": cookie, "Origin": origin, "Sec-Fetch-Site": "same-origin"}
        request = browser_request(path, headers, owner=owner)
        return await self.app.handle(attrs.evolve(request, method="POST", content=form.encode()))


def browser_request(
    path: str, headers: Mapping[str, str] | None = None, *, query: str = "", owner: int | None = ADA
) -> FakeLocalRequest:
    """A request as a browser sends it; ``_`` in the name of a header stands for ``-``."""
    path, _, more = path.partition("?")
    named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    sent = {"Host": SITE, "Sec-Fetch-Site": "none", **named}
    return FakeLocalRequest(path=path, query=query or more, headers=sent, owner=owner)


def text_of(answer: LocalResponse) -> str:
    """The body of an answer."""
    assert isinstance(answer.body, bytes)
    return answer.body.decode()


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """A running application."""
    control = FakeControl()
    host = ClockHost("tray", control=control)
    app = TrayApp()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(app.run, host)
        await host.ready_event.wait()
        yield Desk(app, host, control)
        nursery.cancel_scope.cancel()


def job(number: int = 1, **changes: Any) -> JobView:
    """A job in a view."""
    given: dict[str, Any] = {
        "job": uuid_of(number), "name": f"letter {number}", "printer": "Front", "place": "2nd floor", "pages": 3,
    }  # fmt: skip
    return JobView(**{**given, **changes})


def held(number: int = 1, **changes: Any) -> HeldJob:
    """A held job in a view."""
    given: dict[str, Any] = {"job": uuid_of(number), "name": f"letter {number}", "printer": "Front", "pages": 3}
    return HeldJob(**{**given, **changes})


def printer(name: str = "front", **changes: Any) -> PrinterView:
    """A printer in a view."""
    return PrinterView(**{"id": name, "name": name.title(), "location": "2nd floor", **changes})


def view(**changes: Any) -> View:
    """A view in which all is well."""
    given: dict[str, Any] = {
        "account": "ada", "release": "0.1.0", "hub": HUB, "signed_in": True, "person": "Ada", "sign_in_wanted": True,
        "fingerprint": "ab" * 32,
    }  # fmt: skip
    return View(**{**given, **changes})
