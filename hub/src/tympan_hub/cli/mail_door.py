"""``tympan-hub serve --lmtp``: for which letters the hub is there, and where it listens for them."""

import socket
from pathlib import Path
from typing import Final

from attrs import frozen

from tympan_hub.cli.addresses import listener
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.mail_addresses import MailPlace

_UNIX: Final = "unix:"
_BACKLOG: Final = 64
_SOCKET_MODE: Final = 0o660
"""Its group may connect: that of the folder, where the folder passes it on (setgid)."""


@frozen(kw_only=True)
class MailDoor:
    """A mail door.

    Attributes:
        place: For which letters.
        at: ``HOST:PORT``, or ``unix:PATH``.
        descriptor: A socket that listens already, of the process that watches this one.
    """

    place: MailPlace
    at: str
    descriptor: int | None = None

    def listening(self) -> socket.socket:
        """The socket; raises ``BadInput`` where nobody can listen."""
        if self.descriptor is not None:
            return socket.socket(fileno=self.descriptor)
        if self.at.startswith(_UNIX):
            return _on_path(Path(self.at.removeprefix(_UNIX)))
        host, _, port = self.at.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise BadInput(f"{self.at!r:.200} is no place to listen", next_step="Give HOST:PORT or unix:PATH.")
        return listener(host.strip("[]"), int(port))


def mail_door(at: str, domain: str, server: str, descriptor: int | None = None) -> MailDoor | None:
    """The mail door of these options; None for none. Raises ``BadInput`` for half of one."""
    if not at:
        return None
    if not domain or not server:
        cause = (
            "a mail door needs the domain of its addresses, and the name of the mail server that vouches for senders"
        )
        raise BadInput(cause, next_step="Give --mail-domain and --authserv-id, too.")
    return MailDoor(place=MailPlace(domain=domain, server=server), at=at, descriptor=descriptor)


def said(listening: socket.socket) -> str:
    """Where it listens, for people."""
    name = listening.getsockname()
    if isinstance(name, tuple):
        host, port = name[:2]
        return f"{f'[{host}]' if ':' in host else host}:{port}"
    return f"{_UNIX}{name}"


def _on_path(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket() and made.connect_ex(str(path)) != 0:
            path.unlink()  # of a hub that was killed: nobody answers there
        made.close()
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.bind(str(path))
        path.chmod(_SOCKET_MODE)
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        cause = f"nobody can listen on {path}: {error.strerror or error}"
        raise BadInput(cause, next_step="Choose another path with --lmtp.") from error
    made.setblocking(False)
    return made
