"""For whom printers are, as pages show it."""

from attrs import frozen


@frozen(kw_only=True)
class Somebody:
    """A person or a group.

    Attributes:
        id: As forms name them.
        name: For people.
        about: Their address; "" for a group.
        group: It is a group.
        disabled: They may not sign in.
    """

    id: str
    name: str
    about: str = ""
    group: bool = False
    disabled: bool = False


@frozen(kw_only=True)
class ForWhom:
    """For whom a printer is.

    Attributes:
        id: The printer.
        name: As it is called.
        everybody: It is for everybody.
        given: Whom it was given to, groups first.
        found: Those a search found to whom it was not.
        more: Whether it found more than are shown.
        query: What was looked for.
    """

    id: str
    name: str
    everybody: bool
    given: tuple[Somebody, ...]
    found: tuple[Somebody, ...] = ()
    more: bool = False
    query: str = ""
