"""Numbers of the page for phones near by, each with unit and reason."""

from __future__ import annotations

from typing import Final

PORT: Final = 39151
"""Where the page is, unless it is set: beside the two ports of the loopback site."""

ADDRESSES: Final = 8
"""Addresses listened on, as many as the hub keeps: one in each network, and a computer is in few."""

LOOK_S: Final = 15.0
"""Between two looks at this computer's addresses: somebody who changes the network waits no longer for the page."""

TELL_S: Final = 240.0
"""Between two tellings of the addresses to the hub, which believes them for ten minutes."""

TELL_AGAIN_S: Final = 20.0
"""Before telling again what the hub did not hear."""

OPEN_AGAIN_S: Final = 30.0
"""Before opening the port again that another program has."""

CONNECTIONS: Final = 32
"""Open at once: phones ask once or twice and go."""

IDLE_S: Final = 10.0
"""A phone that says nothing for so long is hung up on: strangers shall not hold the connections."""

BODY_BYTES: Final = 1 << 20
"""Of one form: a hundred grants of at most 8 KiB, written for a form."""

BODY_S: Final = 10.0
"""For a form to arrive; in a local network it is there at once."""

RELEASES_EACH: Final = 12
"""Forms in a minute of one phone: somebody who presses again and again waits five seconds in between."""

RELEASES: Final = 60
"""Forms in a minute of all phones together: a queue of people before each device of a floor presses that often."""

PROOFS_EACH: Final = 20
"""Challenges in a minute of one phone; each scan of a code is one."""

PROOFS: Final = 120
"""Challenges in a minute handed on to the hub, of all phones together: whoever is in the network can send one."""

PHONES: Final = 256
"""Phones whose rate is remembered; of more, those that asked last. The bound for all of them holds without it."""

CHALLENGE_CHARS: Final = 1024
"""Of a challenge; the hub's have some 250."""

NEAR_S: Final = 10.0
"""For the hub to answer a challenge; a person with a phone in hand waits no longer."""

RELEASE_S: Final = 30.0
"""For held jobs to be let go: each is written down before it is."""

REFUSED_SHOWN: Final = 20
"""Reasons on one page; more are counted."""

TEXT_CHARS: Final = 300
"""Of one reason."""
