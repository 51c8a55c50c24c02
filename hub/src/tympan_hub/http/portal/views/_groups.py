"""Groups as pages show them."""

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._people import PersonRow


@frozen(kw_only=True)
class GroupRow:
    """A group in the list."""

    id: str
    name: str
    people: int
    provided: bool


@frozen(kw_only=True)
class Groups:
    """The page of groups."""

    rows: tuple[GroupRow, ...]


@frozen(kw_only=True)
class Group:
    """One group with people: those in it, or those who could be put in.

    Attributes:
        id: The group.
        name: For people.
        provided: A provider says who is in it.
        rows: People.
        page: Where the list stands.
        query: What was looked for.
    """

    id: str
    name: str
    provided: bool
    rows: tuple[PersonRow, ...]
    page: Page
    query: str = ""


@frozen(kw_only=True)
class GroupForm:
    """Adding a group, or renaming one.

    Attributes:
        id: The group; "" when it is a new one.
        name: As it is called now.
        form: What was typed.
    """

    id: str = ""
    name: str = ""
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class ComputerRow:
    """A computer of a group, or one that may be put in."""

    id: str
    name: str
    revoked: bool = False


@frozen(kw_only=True)
class GroupComputers:
    """The computers of a group.

    Attributes:
        id: The group, as addresses name it.
        name: The same for people.
        inside: Those in it.
        found: Those a search found that are not.
        more: Whether it found more than are shown.
        query: What was looked for.
    """

    id: str
    name: str
    inside: tuple[ComputerRow, ...] = ()
    found: tuple[ComputerRow, ...] = ()
    more: bool = False
    query: str = ""
