"""The other end of an accepted connection, and which local user owns it.

* Only a socket that still belongs to a process is believed: the kernel lists orphaned and TIME_WAIT sockets with
  uid 0 and inode 0, so a client that sends and closes at once would otherwise pass for root.
* Only loopback peers are looked up; for all others the answer is None.
"""

import ipaddress
import struct
import sys
from pathlib import Path
from typing import Final

import trio

from tympan_net._sock_diag import IPAddress, owner_of

_TABLES: Final = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
_UID_FIELD: Final = 7
_INODE_FIELD: Final = 9
_UNKNOWN: Final = object()


class Peer:
    """The client end of one connection.

    Attributes:
        address: the client's IP address as text.
        port: the client's TCP port.
        local_address: our end's IP address as text.
        local_port: our end's TCP port.
    """

    __slots__ = ("_uid", "address", "local_address", "local_port", "port")

    def __init__(self, *, address: str, port: int, local_address: str, local_port: int) -> None:
        self.address = address
        self.port = port
        self.local_address = local_address
        self.local_port = local_port
        self._uid: object = _UNKNOWN

    @classmethod
    def of(cls, sock: trio.socket.SocketType) -> "Peer":
        """The other end of an accepted socket; a Unix-domain peer has the address "unix" and no ports.

        Raises:
            OSError: it is gone already.
        """
        if sock.family not in (trio.socket.AF_INET, trio.socket.AF_INET6):
            peer = cls(address="unix", port=0, local_address="unix", local_port=0)
            peer._uid = _credentials_uid(sock)
            return peer
        (address, port), (local_address, local_port) = sock.getpeername()[:2], sock.getsockname()[:2]
        return cls(address=address, port=port, local_address=local_address, local_port=local_port)

    def __repr__(self) -> str:
        return f"Peer({self.address}:{self.port} -> {self.local_address}:{self.local_port})"

    @property
    def is_loopback(self) -> bool:
        """Whether the client runs on this machine."""
        return self.address == "unix" or _unmapped(self.address).is_loopback

    async def uid(self) -> int | None:
        """The user id owning the client's socket (Linux, loopback); None when it cannot be told.

        Looked up once per connection. The kernel is asked for this one socket; where it cannot be, its tables are
        read in a thread: they are long on a busy machine.
        """
        if self._uid is _UNKNOWN:
            self._uid = await self._look_up()
        return self._uid if isinstance(self._uid, int) else None

    async def _look_up(self) -> int | None:
        if sys.platform != "linux" or not self.is_loopback:
            return None
        client, server = ipaddress.ip_address(self.address), ipaddress.ip_address(self.local_address)
        owner = owner_of((_unmapped(client), self.port), (_unmapped(server), self.local_port))
        if owner is not None:
            return owner
        ends = (client, self.port), (server, self.local_port)
        return await trio.to_thread.run_sync(owner_in_tables, *ends)


def _credentials_uid(sock: trio.socket.SocketType) -> int | None:
    """The uid at the other end of a Unix-domain socket (SO_PEERCRED, unix(7))."""
    if sys.platform != "linux":
        return None
    _, uid, _ = struct.unpack("3i", sock.getsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_PEERCRED, 12))
    return int(uid)


def owner_in_tables(near: tuple[IPAddress, int], far: tuple[IPAddress, int]) -> int | None:
    """The uid of the socket at `near` connected to `far` by the kernel's tables, as the two ends may be spelled."""
    for version, ends in _spellings(near[0], far[0]):
        found = owner_in(_read(_TABLES[version]), (ends[0], near[1]), (ends[1], far[1]))
        if found is not None:
            return found
    return None


def owner_in(table: bytes, near: tuple[IPAddress, int], far: tuple[IPAddress, int]) -> int | None:
    """The uid of the socket at `near` connected to `far` in the text of /proc/net/tcp or tcp6 (proc_net_tcp)."""
    at = table.find(b" " + _hex(*near) + b" " + _hex(*far) + b" ")
    if at < 0:
        return None
    line = table[table.rfind(b"\n", 0, at) + 1 : table.find(b"\n", at)].split()
    if len(line) <= _INODE_FIELD or line[_INODE_FIELD] == b"0":
        return None
    return int(line[_UID_FIELD])


def _hex(address: IPAddress, port: int) -> bytes:
    """The kernel prints each 32-bit word of the address in host order, the port in network order."""
    words = struct.unpack(f"={len(address.packed) // 4}I", address.packed)
    return ("".join(f"{word:08X}" for word in words) + f":{port:04X}").encode()


def _spellings(client: IPAddress, server: IPAddress) -> list[tuple[int, tuple[IPAddress, IPAddress]]]:
    """How the client's kernel socket may spell the two ends: an IPv6 socket can hold an IPv4 connection."""
    plain = (_unmapped(client), _unmapped(server))
    if plain[0].version == 6:
        return [(6, plain)]
    mapped = (ipaddress.IPv6Address(f"::ffff:{plain[0]}"), ipaddress.IPv6Address(f"::ffff:{plain[1]}"))
    return [(4, plain), (6, mapped)]


def _unmapped(address: str | IPAddress) -> IPAddress:
    parsed = ipaddress.ip_address(address)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
