"""Proving to be at a device."""

import datetime as dt
from typing import Final

ROTATING_STEP: Final = dt.timedelta(seconds=30)
"""How long the screen beside a device shows one code; the one before is taken too, for who typed it slowly."""

ROTATING_CHARS: Final = 8
"""Of a screen's code: 39 bits. Within a step somebody guesses `PROOFS_OF_PERSON` times, and then no more."""

POINT_CODE_CHARS: Final = 8
"""Of a device's short code: 39 bits, of which a person tries `GUESSES_PER_PERSON` in a window, and a whole tenant
`POINT_GUESSES_PER_TENANT`."""

POINT_SECRET_OCTETS: Final = 32
"""Of the secret from which a screen's codes are made: as many as the digest they are made with."""

PROOF_CHARS: Final = 1024
"""Of what somebody shows as a proof; a ticket has some 300."""

TICKET: Final = dt.timedelta(minutes=5)
"""A proof holds so long: time to pick documents at the device, and none to walk off and come back tomorrow."""

CHALLENGE: Final = dt.timedelta(minutes=2)
"""For a phone to reach an agent: a page that opens at once, and somebody who reads it."""

PROOFS_OF_PERSON: Final = 10
"""Wrong proofs of one person in a window of attempts: a person mistypes three times; a program does not stop."""

PROOFS_OF_STATION: Final = 30
"""Badges and logins of nobody that one station shows in a window: visitors' cards, and no search through numbers."""

DOORS: Final = 8
"""Addresses one agent tells of its page: one in each of its networks, and a computer is in few."""

DOOR_CHARS: Final = 100
"""Of such an address: ``http://``, an address of either kind, and a port."""

DOORS_SHOWN: Final = 5
"""Addresses a phone is offered: the first answers, as a rule."""

DOOR_TOLD: Final = dt.timedelta(minutes=10)
"""An address counts so long after it was told; agents tell theirs every four minutes."""

SEERS: Final = 200
"""Agents looked at for who reaches a device; those that reach it come first."""

POINTS_OF_GRANT: Final = 40
"""Devices one grant is good for: those its agent reaches, by name; more do not fit into its envelope."""

BADGE_CHARS_LEAST: Final = 6
"""Of a badge's number, without what stands between: the shortest cards have 26 bits."""

BADGE_CHARS: Final = 64
"""Of the longest number a reader writes."""

BADGES_OF_PERSON: Final = 10
"""Badges one person holds: a card, a spare, a phone, and some that were lost and not yet taken away."""
