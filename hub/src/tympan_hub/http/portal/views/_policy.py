"""Policy switches as pages show them."""

import datetime as dt

from attrs import frozen


@frozen(kw_only=True)
class Switch:
    """One capability.

    Attributes:
        key: Its dotted key.
        name: For people, in English.
        meaning: What happens with it, in English.
        value: ``on``, ``off``, ``user``, or "" where nobody decided.
        agents: How many agents have it.
        locked: What the service owner decided, so that this switch cannot; "" when it can.
        changed_by: Who set it; "" when nobody.
        changed_at: When.
    """

    key: str
    name: str
    meaning: str
    value: str
    agents: int = 0
    locked: str = ""
    changed_by: str = ""
    changed_at: dt.datetime | None = None


@frozen(kw_only=True)
class Policy:
    """The page of switches, with the number of the document in force."""

    switches: tuple[Switch, ...]
    number: int = 0
