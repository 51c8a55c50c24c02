"""A person with a phone, whatever happens to the hub: forms as the phone sends them, and their jobs by the API.

What a hub that was killed did not answer is sent again: who taps does not know whether the first tap came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import httpx
import trio
from portal_rig import PASSWORD

from release_rig._furnish import address
from release_rig._waits import WAIT_S

_ANSWER_S, _AGAIN_S = 30.0, 0.05
_AWAY = frozenset({500, 503})
"""A hub that is being ended may say either; a fault that stays ends in the deadline."""


@attrs.define(kw_only=True)
class Person:
    """Somebody.

    Attributes:
        name: As in their address.
        url: Where the hub answers.
        token: Of the API.
    """

    name: str
    url: str
    token: str
    _cookies: httpx.Cookies = attrs.field(factory=httpx.Cookies)

    async def jobs(self, *standings: str) -> list[dict[str, Any]]:
        """Their jobs, those that stand so."""
        wanted = "".join(f"&standing={standing}" for standing in standings)
        answer = await self.sure("GET", f"/api/v1/jobs?limit=200{wanted}")
        rows: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return rows

    async def held(self) -> list[dict[str, Any]]:
        """Their jobs that are held."""
        return await self.jobs("held")

    async def page(self, path: str) -> httpx.Response:
        """A page, signed in."""
        answer = await self.sure("GET", path)
        if answer.status_code == 303:
            await self._sign_in()
            answer = await self.sure("GET", path)
        return answer

    async def release(self, code: str, *jobs: str, proof: str = "") -> httpx.Response:
        """Ticks jobs on the page of a device, and presses the button; 303 leads to how they fare."""
        return await self._tick(f"/r/{code}", jobs, proof=proof)

    async def delete(self, *jobs: str) -> httpx.Response:
        """Ticks jobs, and deletes them."""
        return await self._tick("/app/delete", jobs)

    async def _tick(self, path: str, jobs: Sequence[str], **fields: str) -> httpx.Response:
        """Sends a form, with what only a page of the same session tells."""
        page = await self.page("/account")
        ticked = {f"job-{job}": "yes" for job in jobs}
        return await self.sure("POST", path, {**ticked, **fields, "csrf": csrf(page.text)})

    async def sure(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        """What the hub answers, once it does."""
        with trio.fail_after(WAIT_S):
            while (answer := await self._ask(method, path, form)) is None:
                await trio.sleep(_AGAIN_S)
        return answer

    async def _sign_in(self) -> None:
        page = await self.sure("GET", "/sign-in")
        form = {"email": address(self.name), "password": PASSWORD, "csrf": csrf(page.text)}
        answer = await self.sure("POST", "/sign-in", form)
        assert answer.status_code == 303, answer.text

    async def _ask(self, method: str, path: str, form: dict[str, str] | None) -> httpx.Response | None:
        headers = {"Authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {"Origin": self.url}
        client = httpx.AsyncClient(base_url=self.url, cookies=self._cookies, timeout=_ANSWER_S, trust_env=False)
        async with client:
            try:
                answer = await client.request(method, path, data=form, headers=headers)
            except httpx.TransportError:
                return None
            self._cookies.update(client.cookies)
        return None if answer.status_code in _AWAY else answer


def csrf(page: str) -> str:
    """What each form of a page must carry."""
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def together(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """How jobs stand, by title."""
    return {row["title"]: row["standing"] for row in rows}
