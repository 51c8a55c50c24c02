"""The application at ``/me``: what a user of this machine may see and do, by the tray and by a page in their browser.

- The tray is known by its connection, whose user id is the account; where the system does not tell it, by the token,
  and then it says the account itself: whoever has the token may do anything of the agent's anyway.
- A browser is never known by its connection alone, for any page of the web could make it ask: it needs the session that
  the tray opened, and whatever changes something comes from a page of this very site (``Origin``).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

import trio

from tympan.plugin import Host, LocalCaller, LocalRequest, LocalResponse, NotFound, TympanError
from tympan_tray import _pages as pages
from tympan_tray._accounts import account_of, may_join, may_pair
from tympan_tray._desk import Desk
from tympan_tray._errors import BadWish, NotLetIn, NotYourHub, TrayError
from tympan_tray._limits import BODY_BYTES, BODY_S, WAIT_S
from tympan_tray._pairing import Pairing, Pass
from tympan_tray._sign_ins import Code
from tympan_tray._wishes import PARTS, Act, Wish
from tympan_tray._words import Words, of_browser

PREFIX: Final = "/me"
_API: Final = f"{PREFIX}/v1/"
_MISSING: Final = 404
_COOKIE: Final = "tympan-me"
_BY_JOBS: Final = frozenset({Act.RELEASE, Act.DELETE, Act.PRINT_AGAIN, Act.PRINTED})
_NONE: Final = LocalResponse(
    status=404, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"There is no such page.\n"
)


class TrayApp:
    """The ports ``LocalApp`` and ``Service`` in one: requests are answered while the service runs."""

    prefix = PREFIX
    callers = frozenset({LocalCaller.USER, LocalCaller.TOKEN, LocalCaller.PORTAL})

    def __init__(self) -> None:
        self._site: _Site | None = None

    async def run(self, host: Host) -> None:
        """Serves until cancelled; codes and sessions end with it."""
        try:
            async with trio.open_nursery() as nursery:
                self._site = _Site(host, Desk(host, nursery))
                host.ready()
                await trio.sleep_forever()
        finally:
            self._site = None

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers one request."""
        site = self._site
        if site is None:
            return LocalResponse(status=503, headers=(("retry-after", "1"),))
        return await site.handle(request)


class _Site:
    """What the application is while it runs."""

    def __init__(self, host: Host, desk: Desk) -> None:
        self._host = host
        self._desk = desk
        self._pairing = Pairing()
        self._shown: Mapping[str, Callable[[LocalRequest, Pass, Words], Awaitable[LocalResponse]]] = {
            "": self._start, "view": self._view, "login": self._login, "about": self._about,
        }  # fmt: skip

    async def handle(self, request: LocalRequest) -> LocalResponse:
        if request.path.startswith(_API):
            return await self._api(request)
        say = of_browser(request.header("accept-language"))
        try:
            return await self._page(request, say)
        except TympanError as error:
            return pages.failed(error, _status(error), say)

    # ------------------------------------------------------------------ the tray

    async def _api(self, request: LocalRequest) -> LocalResponse:
        if _is_browser(request) or request.method != "POST":
            return _NONE
        try:
            asked = _object(await _body(request))
            uid = await request.uid()
            account = account_of(uid) if uid is not None else _text(asked, "account")
            if not account:
                raise BadWish("nobody's account was named")
            return _json(await self._answer(request.path.removeprefix(_API), account, uid, asked))
        except TympanError as error:
            said = {"error": type(error).__name__, "cause": error.cause, "next": error.next_step}
            return _json(said, _status(error))

    async def _answer(self, what: str, account: str, uid: int | None, asked: Mapping[str, Any]) -> dict[str, Any]:
        if what == "look":
            told, mark = await self._desk.changed(account, _text(asked, "seen"))
            return {"view": json.loads(told), "digest": mark}
        if what == "pair":
            if not may_pair(uid):
                raise NotLetIn
            part = _text(asked, "part")
            code = self._pairing.codes.give(account, uid)
            return {"path": f"{PREFIX}/open?code={code}" + (f"&part={part}" if part in PARTS else "")}
        if what == Act.SIGN_IN:
            code_shown = await self._sign_in(account, uid, _text(asked, "address"))
            return {"user_code": code_shown.user_code, "uri": code_shown.uri}
        return {"said": await self._desk.do(account, _wish(what, asked))}

    async def _sign_in(self, account: str, uid: int | None, address: str) -> Code:
        """Whoever names a hub joins the machine to it, with everybody's documents; any user may sign in at its own."""
        if address and not may_join(uid):
            raise NotYourHub
        return await self._desk.sign_ins.begin(account, address)

    # ------------------------------------------------------------------ the page

    async def _page(self, request: LocalRequest, say: Words) -> LocalResponse:
        name = request.path.removeprefix(PREFIX).removeprefix("/")
        if request.method == "GET" and name in pages.STATIC:
            return pages.static(name)
        if request.method == "GET" and name == "open":
            return await self._open(request)
        visitor = self._pairing.sessions.look(_cookie(request), await request.uid())
        if visitor is None:
            raise NotLetIn
        if request.method == "POST":
            _check_own(request)
            return await self._deed(name, await _body(request), visitor)
        shown = self._shown.get(name) if request.method == "GET" else None
        return _NONE if shown is None else await shown(request, visitor, say)

    async def _open(self, request: LocalRequest) -> LocalResponse:
        asked = parse_qs(request.query)
        code, part = (asked.get(name, [""])[0] for name in ("code", "part"))
        session = self._pairing.opened(code, await request.uid())
        if session is None:
            raise NotLetIn
        cookie = f"{_COOKIE}={session}; Path={PREFIX}; HttpOnly; SameSite=Strict"
        return pages.leading_to(f"{PREFIX}/{part if part in PARTS else ''}", ("set-cookie", cookie))

    async def _start(self, request: LocalRequest, visitor: Pass, say: Words) -> LocalResponse:
        told, mark = await self._desk.changed(visitor.account, "")
        return pages.start(told, mark, say)

    async def _view(self, request: LocalRequest, visitor: Pass, say: Words) -> LocalResponse:
        """The same without its frame, as soon as it is another one: for the page's script."""
        seen = parse_qs(request.query).get("seen", [""])[0]
        told, mark = await self._desk.changed(visitor.account, seen, WAIT_S)
        return pages.piece(told, mark, say)

    async def _login(self, request: LocalRequest, visitor: Pass, say: Words) -> LocalResponse:
        view = await self._desk.view(visitor.account)
        return pages.login(view, self._desk.sign_ins.of(visitor.account), say)

    async def _about(self, request: LocalRequest, visitor: Pass, say: Words) -> LocalResponse:
        return pages.about(await self._desk.about(visitor.account), say)

    async def _deed(self, name: str, body: bytes, visitor: Pass) -> LocalResponse:
        form = _form(body)
        if name == Act.SIGN_IN:
            await self._sign_in(visitor.account, visitor.uid, form.get("address", [""])[0].strip())
            return pages.leading_to(f"{PREFIX}/login")
        asked = {"jobs": form.get("job", []), **{one: form.get(one, [""])[0].strip() for one in ("at", "proof")}}
        said = await self._desk.do(visitor.account, _wish(name, asked))
        if said:
            raise Told(said)
        return pages.leading_to(f"{PREFIX}/")


class Told(TrayError):
    """It was done in part, or differs from what was ordered: what the agent says of it is shown."""

    status = 200

    def __init__(self, said: tuple[str, ...]) -> None:
        super().__init__(" ".join(said), next_step="What was not released stays held.")


def _wish(name: str, asked: Mapping[str, Any]) -> Wish:
    """A deed for the desk; raises ``BadWish`` for what is none."""
    jobs = asked.get("jobs", [])
    if not isinstance(jobs, list) or not all(isinstance(job, str) for job in jobs):
        raise BadWish("the jobs are no list of ids")
    if name not in (*_BY_JOBS, Act.SIGN_OUT):
        raise BadWish("the tray knows no such thing")
    if name in _BY_JOBS and not jobs:
        raise BadWish("no job was named")
    return Wish(act=Act(name), jobs=tuple(jobs), at=_text(asked, "at"), proof=_text(asked, "proof"))


def _check_own(request: LocalRequest) -> None:
    """A form of this very page sent it: its origin is the site that the door checked ``Host`` against."""
    if request.header("origin") != f"http://{(request.header('host') or '').lower()}":
        raise NotLetIn


def _is_browser(request: LocalRequest) -> bool:
    return request.header("origin") is not None or request.header("sec-fetch-site") is not None


def _cookie(request: LocalRequest) -> str:
    parts = (request.header("cookie") or "").split(";")
    return next((part.strip().partition("=")[2] for part in parts if part.strip().startswith(f"{_COOKIE}=")), "")


async def _body(request: LocalRequest) -> bytes:
    try:
        with trio.fail_after(BODY_S):
            return await request.body(BODY_BYTES)
    except trio.TooSlowError as error:
        raise BadWish(f"the request did not come within {BODY_S:g} s") from error


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadWish("what was sent is no JSON") from error
    if not isinstance(found, dict):
        raise BadWish("what was sent is no JSON object")
    return found


def _form(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("ascii", "replace"), max_num_fields=1000)
    except ValueError as error:
        raise BadWish("the form has too many fields") from error


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise BadWish(f"{name} is no text")
    return value


def _json(value: object, status: int = 200) -> LocalResponse:
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")  # titles of foreign programs are any text
    return LocalResponse(status=status, headers=headers, body=body)


def _status(error: TympanError) -> int:
    if isinstance(error, TrayError):
        return error.status
    return _MISSING if isinstance(error, NotFound) else TrayError.status
