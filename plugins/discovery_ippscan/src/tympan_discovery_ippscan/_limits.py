"""Every number of this plugin that is not a setting, with its unit and its reason."""

from __future__ import annotations

from typing import Final

ENTRIES: Final = 1_000
"""Targets, and exclusions, of one scan: a list people keep in a spreadsheet."""

ENTRY_CHARS: Final = 200
"""Of one of them: what a sighting's key holds, and no host name of this world is as long."""

ADDRESSES: Final = 1 << 24
"""Of one scan: all of 10.0.0.0/8, four days at 50 a second."""

SPAN6_ADDRESSES: Final = 1 << 16
"""Of one IPv6 range: a /112. A /64 has more addresses than anybody can ask in a million years."""

SCANS: Final = 20
"""Carried out at one time; more wait until one of them ends."""

STOPPED: Final = 20
"""Scans that were stopped before their end and are kept to be gone on with; the oldest is let go, and begins anew."""

PER_SECOND_LEAST: Final = 0.1
"""Addresses a second, the slowest: a /24 in three quarters of an hour."""

PER_SECOND_MOST: Final = 100_000.0
"""Addresses a second, the fastest: more than one process can begin."""

JITTER: Final = 0.5
"""Share by which the gap between two addresses varies, so that a scan is no drum."""

SAVED_S: Final = 0.05
"""Gaps that may be made up for when the system woke us late: fine timers are coarser than fast scans need."""

AT_A_TIME: Final = 32
"""Addresses begun before others have their turn, where the rate allows as many."""

WAITING: Final = 512
"""Addresses begun and not done, of one scan: bounds memory, and what is asked twice after a crash."""

AHEAD: Final = 4_096
"""Steps that may be begun beyond the first that is not done: a cursor holds those done beyond it, 9 bytes each, and a
value of the state 64 KiB."""

LOOKS: Final = 32
"""Devices read at one time, of all scans; slow ones wait here and hold no connection slot."""

LOOK_S: Final = 30.0
"""For one device to be read on all its usual paths."""

NAME_S: Final = 5.0
"""For a host name to be resolved."""

LEFT_OUT_S: Final = 300.0
"""For a host name that is to be left out: a computer that has just started may not have its network yet."""

LEFT_OUT_AGAIN_S: Final = 5.0
"""Between two tries of that."""

RESOLVERS: Final = 8
"""Host names resolved at one time; with a name server that is dead each holds its thread for up to half a minute."""

NAME_LED: Final = 64
"""Addresses a host name leads to that are checked at all: a name server may tell 4,000 in one answer."""

NAME_ADDRESSES: Final = 4
"""Addresses of one host name that are tried: two of each IP version."""

TELL_S: Final = 1.0
"""Between two steps of the progress that are told."""

KEEP_S: Final = 2.0
"""Between two cursors written down: what a crash makes a scan ask again."""

KNOWN: Final = 2_000
"""Devices kept over restarts; those found beyond are counted as dropped."""

KNOWN_DAYS: Final = 30
"""A device no scan confirmed for so long is forgotten."""

RECORD_BYTES: Final = 48 << 10
"""Of one device as it is kept; one that says more is dropped and counted."""
