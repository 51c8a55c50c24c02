"""Brings what happened to somebody else's server."""

from collections.abc import Mapping
from typing import Protocol

from tympan_hub.domain.webhooks import Answer


class Postman(Protocol):
    """Posts to addresses that others chose: none of the hub's own network, within a bounded time, following nobody."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One attempt; whatever goes wrong is told in the answer."""
        ...
