"""The ports about people in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import trio

from tympan._errors import BadInput, NotFound
from tympan._ports import LoginCode, LoginStanding, SignedIn


class FakePeopleSource:
    """``PeopleSource`` with the people a test gives it by ``change``; None is not known yet."""

    def __init__(self, people: Iterable[SignedIn] | None = None) -> None:
        self._people = None if people is None else tuple(people)
        self._changed = trio.Event()

    def change(self, *people: SignedIn) -> None:
        """Gives others, and wakes whoever waits."""
        self._people = people
        self._changed.set()

    async def people(self) -> Sequence[SignedIn] | None:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return self._people

    async def wait_changed(self) -> None:
        """Returns at the next ``change``, or at once when one was not looked at yet."""
        await self._changed.wait()


class FakeSignIn:
    """``SignIn`` of a hub in memory: what a test puts into ``standing`` becomes of every code."""

    def __init__(self) -> None:
        self.standing = LoginStanding.PENDING
        self.codes: dict[str, str] = {}
        self.users: set[str] = set()

    async def begin(self, address: str, user: str) -> LoginCode:
        """A code; an address that is none is refused."""
        await trio.lowlevel.checkpoint()
        if address and not address.startswith("http"):
            raise BadInput(f"{address!r:.100} is no address of a hub")
        name = f"code-{len(self.codes)}"
        self.codes[name] = user
        uri = "https://hub.example/activate"
        ends_at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
        return LoginCode(
            id=name,
            user_code="BCDF-GHJK",
            uri=uri,
            uri_complete=f"{uri}?code=BCDF-GHJK",
            interval_s=1.0,
            expires_at=ends_at,
            enrols=False,
        )

    async def ask(self, code: str) -> LoginStanding:
        """The standing set."""
        await trio.lowlevel.checkpoint()
        if code not in self.codes:
            raise NotFound("nobody waits with this code")
        if self.standing is LoginStanding.SIGNED_IN:
            self.users.add(self.codes[code])
        return self.standing

    async def sign_out(self, user: str) -> bool:
        """Whether somebody was."""
        await trio.lowlevel.checkpoint()
        was = user in self.users
        self.users.discard(user)
        return was
