"""Whose server answers at a port of this machine: asked before a secret is sent to it.

* A port that a program leaves may be taken by any other, of any user of the machine.
* A connection that nobody has accepted yet has no owner; the socket it waits at has, and cannot have been closed, for
  that would have ended the connection. So the listening socket is looked at first, and the connection then.
"""

import ipaddress
import sys
from collections.abc import Collection
from typing import Any, Final, Protocol

from tympan_net._peer import owner_in_tables
from tympan_net._sock_diag import IPAddress, owner_of

ROOT: Final = 0
"""A service manager that holds a port for a service is root's."""

_ANYBODY: Final = {4: ipaddress.ip_address("0.0.0.0"), 6: ipaddress.ip_address("::")}  # noqa: S104 - none is opened


class Link(Protocol):
    """A connected TCP socket, of the standard library or of trio."""

    def getpeername(self) -> Any:
        """The other end."""

    def getsockname(self) -> Any:
        """This end."""


def is_server_of(link: Link, uids: Collection[int]) -> bool:
    """Whether a connection on loopback leads to a program of one of these accounts, or of root.

    Where the system does not tell, the answer is yes: there is nothing better to go by.

    Args:
        link: A connected TCP socket.
        uids: User ids.
    """
    owner = server_uid(link)
    return owner is None or owner == ROOT or owner in uids


def server_uid(link: Link) -> int | None:
    """The user id of the program that a connection on loopback leads to; None when it cannot be told."""
    if sys.platform != "linux":
        return None
    (host, port), (own_host, own_port) = link.getpeername()[:2], link.getsockname()[:2]
    server, client = ipaddress.ip_address(host), ipaddress.ip_address(own_host)
    listens = _owner((server, port), (_ANYBODY[server.version], 0))
    accepted = _owner((server, port), (client, own_port))
    return listens if accepted is None else accepted


def _owner(near: tuple[IPAddress, int], far: tuple[IPAddress, int]) -> int | None:
    owner = owner_of(near, far)
    return owner if owner is not None else owner_in_tables(near, far)
