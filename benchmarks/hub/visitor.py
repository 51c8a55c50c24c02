"""A person at the portal, as a browser without scripts: signs in, opens pages, sends forms."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import httpx
from hub_stage import ADMINISTRATOR, PASSWORD

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Visitor:
    """One browser. Owns: its connection, for the block it is opened in."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def page(self, path: str) -> str:
        """A page as HTML; raises when there is none."""
        return self._client.get(path).raise_for_status().text

    def send(self, path: str, fields: Mapping[str, str], *, shown_on: str) -> httpx.Response:
        """Sends a form that a page has."""
        found = _CSRF.search(self.page(shown_on))
        if found is None:
            raise RuntimeError(f"{shown_on} has no form")
        answer = self._client.post(path, data={**fields, "csrf": found[1]})
        if answer.status_code >= 400:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    def sign_in(self) -> None:
        """Signs in as the administrator."""
        answer = self.send("/sign-in", {"email": ADMINISTRATOR, "password": PASSWORD}, shown_on="/sign-in")
        if answer.status_code != 303:
            raise RuntimeError("the administrator cannot sign in")


def policy_switch(visitor: Visitor, key: str, verdict: str) -> None:
    """Switches a capability, as on the page of policy."""
    visitor.send("/policy", {"key": key, "value": verdict, "sure": "1"}, shown_on="/policy")


def seconds(visitor: Visitor, path: str, rounds: int) -> list[float]:
    """How long a page takes, each time, sorted."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        visitor.page(path)
        taken.append(time.perf_counter() - start)
    return sorted(taken)


def at(share: float, sorted_values: list[float]) -> float:
    """The value below which this share of the values lies."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]
