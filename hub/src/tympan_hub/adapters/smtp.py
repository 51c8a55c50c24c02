"""Mail over SMTP (RFC 5321), by the standard library in a thread: a few messages, each within its deadline."""

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from attrs import field, frozen

from tympan_hub.domain.errors import BadInput, Unavailable

_TIMEOUT_S: Final = 15.0
"""For each answer of the server: an administrator waits for the page meanwhile."""
_AT_ONCE: Final = 2
_PORTS: Final = {"smtp": 25, "smtps": 465}
_FROM: Final = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255}")


@frozen(kw_only=True)
class MailServer:
    """A mail server.

    Attributes:
        host: Its name.
        port: Its port.
        tls: TLS from the first octet; otherwise STARTTLS where the server offers it.
        user: To sign in with; "" for none.
        password: Of that user; never shown.
        sender: The address mail comes from.
    """

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    sender: str

    @classmethod
    def at(cls, address: str) -> "MailServer":
        """From ``smtp[s]://[user:password@]host[:port]?from=address``; raises ``BadInput``."""
        try:
            parts = urlsplit(address)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise _no_address() from error
        sender = (parse_qs(parts.query).get("from") or [""])[0]
        if parts.scheme not in _PORTS or not parts.hostname or not _FROM.fullmatch(sender):
            raise _no_address()
        return cls(
            host=parts.hostname,
            port=port,
            tls=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=sender,
        )


class Smtp:
    """``Mail``."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._limiter: CapacityLimiter | None = None

    async def send(self, to: str, subject: str, text: str) -> None:
        """As the port says."""
        self._limiter = self._limiter or anyio.CapacityLimiter(_AT_ONCE)
        try:
            message = self._message(to, subject, text)
        except ValueError as error:
            raise Unavailable(f"this cannot be sent by mail: {error}", next_step="Give the link yourself.") from error
        try:
            await run_sync(partial(self._hand_over, message), limiter=self._limiter)
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"the mail server did not take it: {error}", next_step="Try again later.") from error

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._server.sender, Address(addr_spec=to)
        message["Subject"] = subject.replace("=?", "= ?")  # an encoded word (RFC 2047) is unpacked, line ends and all
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._server.sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
        message.set_content(text)
        return message

    def _hand_over(self, message: EmailMessage) -> None:
        kind = partial(smtplib.SMTP_SSL, context=ssl.create_default_context()) if self._server.tls else smtplib.SMTP
        with kind(self._server.host, self._server.port, timeout=_TIMEOUT_S) as client:
            if not self._server.tls and _offers_tls(client):
                client.starttls(context=ssl.create_default_context())
            elif self._server.user and not self._server.tls:
                raise smtplib.SMTPException("it offers no TLS, and a password is not sent without")
            if self._server.user:
                client.login(self._server.user, self._server.password)
            client.send_message(message)


def _offers_tls(client: smtplib.SMTP) -> bool:
    client.ehlo_or_helo_if_needed()
    return client.has_extn("starttls")


def _no_address() -> BadInput:
    return BadInput(
        "this is no address of a mail server",
        next_step="Give one such as smtps://user:password@mail.example.org?from=print@example.org.",
    )
