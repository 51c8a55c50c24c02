"""Mail to people, where the hub has a mail server."""

from typing import Protocol

from tympan_hub.domain.errors import HubError


class Mail(Protocol):
    """Sends mail."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hands a message to the mail server; raises ``Unavailable`` when it does not take it in time."""
        ...


class Words(Protocol):
    """What a letter says, in the language of its reader."""

    def text(self, accepted: str, text: str, **values: str) -> str:
        """An English text with its gaps filled, in the first of the ``accepted`` languages (RFC 3282) that there is."""
        ...

    def sentence(self, accepted: str, error: HubError) -> str:
        """What went wrong, and what to do about it."""
        ...


class English:
    """``Words`` of a hub that speaks nothing else."""

    def text(self, accepted: str, text: str, **values: str) -> str:
        """As the port says."""
        return text % values

    def sentence(self, accepted: str, error: HubError) -> str:
        """As the port says."""
        return error.sentence
