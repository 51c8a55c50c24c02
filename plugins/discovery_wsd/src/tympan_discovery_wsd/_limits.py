"""Every number of this plugin that is not a setting, with its unit and its reason."""

from __future__ import annotations

from typing import Final

PACKET_BYTES: Final = 32_767
"""One datagram, the most SOAP over UDP allows; longer ones are cut by the system and dropped here."""

METADATA_BYTES: Final = 256 << 10
"""One answer over HTTP; that of a device with twelve services has some 12 KiB."""

DEPTH: Final = 24
"""Elements within each other; the deepest message here has 9."""

ELEMENTS: Final = 2_000
"""Of one message."""

ATTRIBUTES: Final = 32
"""Of one element."""

TEXT_CHARS: Final = 4_096
"""Of one element: a list of addresses is the longest, and has a few hundred."""

MATCHES: Final = 64
"""Of one answer; a print server lists its devices in one."""

NAMES: Final = 64
"""Types of one device, services of one device, addresses of one device."""

SAID_CHARS: Final = 255
"""Of one text a device says of itself that is passed on."""

SOURCES: Final = 4_096
"""Hosts whose pace is remembered; more than a /20 has. The oldest are forgotten."""

SOURCE_BURST: Final = 40
"""Datagrams one host may send at once: a print server answers for each device on both wordings."""

SOURCE_PER_SECOND: Final = 10.0
"""Datagrams of one host after that; a device that is on says something once a minute."""

ALL_BURST: Final = 2_000
"""Datagrams of all hosts at once: an office answers a sweep within a second."""

ALL_PER_SECOND: Final = 400.0
"""Datagrams of all hosts after that: at most a fifth of a core is spent on reading them."""

SOURCE_DEVICES: Final = 64
"""Devices one host is believed to be: a print server may have that many."""

CLONES: Final = 16
"""Hosts that give one name: a batch of cloned firmware; looking through them stays cheap."""

DEVICES: Final = 2_000
"""Devices in view; those beyond are dropped and counted."""

WAITING: Final = 512
"""Devices waiting to be asked; those beyond are asked at the next sweep."""

ASKING: Final = 16
"""Devices asked at one time, each with one connection open."""

ASKING_SOURCE: Final = 2
"""Of them, of one host: one that answers a byte a second holds no others."""

METADATA_S: Final = 8.0
"""For one address to give its metadata, from connecting to the last byte; small printers need three."""

ADDRESSES_TRIED: Final = 3
"""Of the addresses a device gives, in its order."""

LOOK_S: Final = 20.0
"""For a device to be read by IPP on its usual ports and paths."""

RESOLVE_S: Final = 2.0
"""For an answer to Resolve, after which a device is asked at the host it spoke from."""

REPEATS: Final = 3
"""Times each message is sent, under one id: datagrams get lost (SOAP over UDP says 4, the device profile 2)."""

GAP_FIRST_S: Final = (0.05, 0.25)
"""First gap between two of them, at random; it doubles."""

GAP_LAST_S: Final = 0.5
"""Where its doubling stops."""

SWEEP_S: Final = 5.0
"""How long answers are waited for: devices spread theirs over up to 2.5 s."""

ASKED_S: Final = 600.0
"""For all whom a sweep heard to be asked, before it is said to have ended: some 300 that each take their time."""

INTERFACES_S: Final = 20.0
"""Between two looks at this computer's interfaces."""

SLEPT_S: Final = 30.0
"""So much later than that by the clock on the wall, and it slept: no busy computer is that late."""

SEEN_IDS: Final = 4_096
"""Message ids remembered to drop repetitions; the oldest are forgotten."""

ASKED_IDS: Final = 256
"""Own questions whose answers are taken; the oldest are forgotten."""
