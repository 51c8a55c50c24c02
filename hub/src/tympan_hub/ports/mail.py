"""Mail to people, where the hub has a mail server."""

from typing import Protocol


class Mail(Protocol):
    """Sends mail."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hands a message to the mail server; raises ``Unavailable`` when it does not take it in time."""
        ...
