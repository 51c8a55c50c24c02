"""Installing Tympan on a computer, as its page shows it."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._frame import Said
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class Download:
    """A file to install from.

    Attributes:
        name: The file's.
        address: Where it is, as it was published.
        sha256: Hex.
        mib: Its size.
    """

    name: str
    address: str
    sha256: str
    mib: int


@frozen(kw_only=True)
class Install:
    """The page.

    Attributes:
        system: Which system is shown.
        systems: All of them, to choose from.
        may: Whoever looks may let a computer join by itself.
        version: What is installed; "" where nothing is published.
        package: For Debian and what is made of it.
        bundle: For other Linux systems.
        hub: The hub's address.
        command: Commands with a token in them, shown this once; "" before they are asked for.
        expires_at: When the token ends.
        said: What is wrong; None for nothing.
    """

    system: str
    systems: tuple[Choice, ...]
    may: bool
    version: str
    package: Download | None
    bundle: Download | None
    hub: str
    command: str = ""
    expires_at: dt.datetime | None = None
    said: Said | None = None
