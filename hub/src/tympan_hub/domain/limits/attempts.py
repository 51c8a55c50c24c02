"""Numbers of what may be tried: passwords, codes and guesses."""

import datetime as dt
from typing import Final

ATTEMPTS_WINDOW: Final = dt.timedelta(minutes=15)
"""Failed sign-ins are counted over this time."""

ATTEMPTS_PER_PERSON: Final = 8
"""Failed sign-ins of one person from one network address within the window; also wrong codes of one person."""

ATTEMPTS_PER_PERSON_ANYWHERE: Final = 100
"""Failed sign-ins of one person from wherever: far more than one place has, so that a stranger's wrong ones keep nobody
out, and far too few to guess."""

ATTEMPTS_PER_SOURCE: Final = 60
"""Failed sign-ins from one network address within the window: an office behind one router has that many typos."""

CODES_PER_SOURCE: Final = 120
"""Codes for one network address within ``ATTEMPTS_WINDOW``: a class room that is set up at once."""

CODES_PER_AGENT: Final = 20
"""Codes for sign-ins at one agent within ``ATTEMPTS_WINDOW``."""

GUESSES_PER_PERSON: Final = 10
"""Codes of nobody that one person may type within ``ATTEMPTS_WINDOW``: typos, and no search."""

GUESSES_PER_SOURCE: Final = 60
"""The same from one network address."""

POINT_GUESSES_PER_SOURCE: Final = 100
"""Wrong codes of devices and of their screens from one network address, or one agent, within ``ATTEMPTS_WINDOW``: an
office behind one router mistypes that often, and one person with many accounts tries no more."""

POINT_GUESSES_PER_TENANT: Final = 1_000
"""The same of one tenant from wherever: 5,000 people who come in on a morning mistype that often. So many tries find
one code of a thousand devices in some fifteen years (39 bits). Who would lock the others out by it needs a hundred
accounts and ten addresses."""

PLACES: Final = 3
"""Organisations whose people of one address are looked at in a sign-in that names none. As many hashes are made for
every address, known or not, each a tenth of a second: more would slow everybody down."""
