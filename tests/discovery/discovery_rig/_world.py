"""A world: subnets that are bridges, a router between them, and hosts that each live in a namespace of their own.

- Unicast is routed between the subnets, IPv4 and IPv6. Multicast is not: nothing in the router forwards it.
- There is no way out: no namespace has a link to the machine's own network.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

import attrs
import trio
from rig import Room

from discovery_rig._namespaces import Namespace, make

_PREFIX_BITS = 16
"""Room for a subnet of 500 devices; what a scan is given is narrower."""
_NAMED = 'hostname "$0" && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'


@attrs.define(eq=False)
class Subnet:
    """A link of its own.

    Attributes:
        name: For people.
        number: From 1; in its addresses and the bridge's name.
        router: The namespace that has its bridge.
    """

    name: str
    number: int
    router: Namespace
    _hosts: Iterator[int] = attrs.field(factory=lambda: itertools.count(2))

    @property
    def bridge(self) -> str:
        """Its bridge."""
        return f"br{self.number}"

    @property
    def network(self) -> IPv4Network:
        """Its IPv4 addresses."""
        return IPv4Network(f"10.{70 + self.number}.0.0/{_PREFIX_BITS}")

    @property
    def network_v6(self) -> IPv6Network:
        """Its IPv6 addresses."""
        return IPv6Network(f"fd77:{self.number:x}::/64")

    def take(self) -> int:
        """The number of a host to come, which is the end of its addresses."""
        return next(self._hosts)


@attrs.define(eq=False)
class Host:
    """A machine on one subnet.

    Attributes:
        name: For people.
        subnet: Where it stands.
        number: Of it on that subnet.
        namespace: Where it lives.
        address: Its IPv4 address.
        resolv: Its ``resolv.conf``. It names no server unless a test gives it one: the machine's own cannot be reached
            from here, which takes resolvers 5 s to see.
    """

    name: str
    subnet: Subnet
    number: int
    namespace: Namespace
    address: IPv4Address
    resolv: Path = Path("/dev/null")

    @property
    def address_v6(self) -> IPv6Address:
        """Its IPv6 address."""
        return self.subnet.network_v6[self.number]

    @property
    def port(self) -> str:
        """Its port of the bridge, by which captures name it."""
        return f"p{self.subnet.number}-{self.number}"

    @property
    def mac(self) -> str:
        """Its hardware address."""
        return f"02:77:00:{self.subnet.number:02x}:{self.number >> 8:02x}:{self.number & 255:02x}"

    @property
    def room(self) -> Room:
        """What a process enters to run on it."""
        return Room(network=self.namespace.path, name=self.name, resolv=self.resolv)

    def argv(self, *command: str | Path) -> list[str]:
        """A command that runs on it, and takes its name for the machine's."""
        return self.namespace.argv("unshare", "--uts", "--mount", "sh", "-c", _NAMED, self.name, self.resolv, *command)

    def socket(self, family: int, kind: int) -> socket.socket:
        """A socket on it, for this process."""
        return self.namespace.socket(family, kind)

    def move(self, address: IPv4Address) -> None:
        """Gives it another IPv4 address, as a DHCP server does."""
        bits, gateway = self.subnet.network.prefixlen, self.subnet.network[1]
        self.namespace.ip(
            f"addr del {self.address}/{bits} dev eth0",
            f"addr add {address}/{bits} dev eth0",
            f"route replace default via {gateway}",
        )
        self.address = address

    def also(self, addresses: Sequence[IPv4Address]) -> None:
        """Gives it more addresses."""
        self.namespace.ip(*(f"addr add {each}/{self.subnet.network.prefixlen} dev eth0" for each in addresses))


Plug = Callable[["Host", Namespace], None]
"""Makes ``eth0`` of a host, and the port of its bridge in the router's namespace."""


def veth(host: Host, router: Namespace) -> None:
    """The kernel's own cable."""
    router.ip(f"link add {host.port} type veth peer name eth0 netns {host.namespace.name}")


@attrs.frozen
class World:
    """Subnets and hosts.

    Attributes:
        router: Where the bridges are.
        subnets: By name.
        plug: What joins hosts to their subnets.
    """

    router: Namespace
    subnets: dict[str, Subnet]
    plug: Plug = veth
    _all: list[Namespace] = attrs.field(factory=list)

    def __getitem__(self, name: str) -> Subnet:
        return self.subnets[name]

    async def host(self, name: str, on: str) -> Host:
        """A new host."""
        return (await self.hosts([name], on))[0]

    async def hosts(self, names: Sequence[str], on: str) -> tuple[Host, ...]:
        """New hosts on one subnet."""
        return await trio.to_thread.run_sync(self._add, names, self.subnets[on])

    def _add(self, names: Sequence[str], subnet: Subnet) -> tuple[Host, ...]:
        made = make([f"{subnet.name}-{name}" for name in names])
        self._all.extend(made)
        return tuple(self._plug_in(name, subnet, space) for name, space in zip(names, made, strict=True))

    def _plug_in(self, name: str, subnet: Subnet, space: Namespace) -> Host:
        number = subnet.take()
        host = Host(name, subnet, number, space, subnet.network[number])
        self.plug(host, self.router)
        self.router.ip(f"link set {host.port} master {subnet.bridge} up")
        bits = subnet.network.prefixlen
        space.ip(
            f"link set eth0 address {host.mac} up",
            f"addr add {IPv4Interface((host.address, bits))} dev eth0",
            f"addr add {host.address_v6}/64 dev eth0 nodad",
            f"route add default via {subnet.network[1]}",
            f"route add default via {subnet.network_v6[1]}",
        )
        return host

    def remove(self) -> None:
        """Takes all of it away."""
        for space in self._all:
            space.remove()


@asynccontextmanager
async def world(*subnets: str, plug: Plug = veth) -> AsyncIterator[World]:
    """Subnets of these names behind one router, with nobody on them yet; gone with the block."""
    land = await trio.to_thread.run_sync(_made, subnets, plug)
    try:
        yield land
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(land.remove)


def _made(names: Sequence[str], plug: Plug) -> World:
    [router] = make(["router"])
    router.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1, ipv6__conf__default__forwarding=1)
    land = World(router, {name: Subnet(name, number, router) for number, name in enumerate(names, 1)}, plug, [router])
    for subnet in land.subnets.values():
        router.ip(
            f"link add {subnet.bridge} type bridge mcast_snooping 0 stp_state 0",
            f"link set {subnet.bridge} up",
            f"addr add {IPv4Interface((subnet.network[1], subnet.network.prefixlen))} dev {subnet.bridge}",
            f"addr add {subnet.network_v6[1]}/64 dev {subnet.bridge} nodad",
        )
    return land
