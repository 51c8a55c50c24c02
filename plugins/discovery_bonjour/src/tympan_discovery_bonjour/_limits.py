"""Numbers of the discovery, each with unit and reason. Whatever a network says, no more than this is kept or done."""

from __future__ import annotations

from typing import Final

SWEEP_S: Final = 12.0
"""A sweep: printers that sleep need up to 10 s to answer. Questions are sent at 0, 1 and 5 s (RFC 6762 section 5.2)."""

SETTLE_S: Final = 0.1
"""What is heard is gathered for so long: the services of one device come in several packets."""

NAMES: Final = 5_000
"""Service instances kept: 1,000 devices of five services; one that comes when it is full is dropped and counted.

The mDNS library remembers 10,000 records, which 590 devices with all five services have: beyond that it forgets what
runs out first, and a device may go and come back."""

SERVICES_A_HOST: Final = 100
"""Service instances of one host name: a print server with 30 queues has 90."""

SERVICES_AN_ADDRESS: Final = 2_000
"""Service instances at one IP address: who announces ten thousand leaves room for others."""

DEVICES_AN_ADDRESS: Final = 600
"""Devices at one IP address: more are no devices."""

UNRESOLVED: Final = 2_000
"""Instances heard of whose address is asked for; real devices tell it along with their name."""

RESOLVES: Final = 16
"""Of those, asked at once: each is up to four small packets on everybody's link."""

RESOLVE_MS: Final = 3_000
"""For one of them to answer, in milliseconds; then it is dropped until it is heard of again."""

FLOOD: Final = 20_000
"""Events of names since the sockets were opened after which they are opened anew: so what the mDNS library remembers of
each is forgotten. A sweep of 1,000 devices has 5,000."""

REOPEN_S: Final = 60.0
"""From one such opening to the next; in between nothing is listened to. Known devices are not asked for it."""

NAME_CHARS: Final = 63
"""Of an instance's name, in octets a label's most (RFC 6763 section 4.1.1)."""

HOST_CHARS: Final = 253
"""Of a host name (RFC 1035 section 2.3.4)."""

ADDRESSES: Final = 8
"""IP addresses of one device: two of IPv4, and IPv6 ones."""

TXT_BYTES: Final = 1_300
"""Of a TXT record: it has to fit into a packet (RFC 6763 section 6.1); real ones have 200 to 900."""

TXT_KEYS: Final = 64
"""Keys in one; the standards know about 40."""

LOOKS: Final = 8
"""Devices asked at once by this computer; 500 of them take some ten seconds."""

LOOK_S: Final = 15.0
"""For one device to answer, in all; one that sleeps wakes up within 8 s."""

LOOKS_AN_ADDRESS: Final = 2
"""Of those at one IP address: small printers serve few connections, and who announces many devices waits for itself."""

UNASKED_S: Final = 20.0
"""After so long a device that could not be asked yet is shown by what it announces."""

LOOK_AGAIN_S: Final = (15.0, 60.0, 300.0)
"""After looks that nobody answered; then with each sweep."""

LOOK_AGAIN_TICK_S: Final = 5.0
"""Between two looks at whose turn it is again."""

INTERFACES_S: Final = 5.0
"""Between two looks at this computer's interfaces: it joined another network, or slept."""

SLEPT_S: Final = 30.0
"""So much later than that by the clock on the wall, and it slept: no busy computer is that late."""

CLOSE_S: Final = 2.0
"""For the mDNS library's thread to end. Its sockets are closed before and whatever it does."""

START_S: Final = 10.0
"""For the library to open its sockets."""

RETRY_S: Final = 5.0
"""After the sockets could not be opened."""
