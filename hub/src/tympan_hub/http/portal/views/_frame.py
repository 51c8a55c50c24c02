"""What every page has around it: who looks, in which language, what was just done."""

from collections.abc import Mapping
from enum import StrEnum

import attrs
from attrs import frozen


class Tone(StrEnum):
    """The tone of a badge or a message; a colour, never the only carrier of meaning."""

    GOOD = "good"
    BUSY = "busy"
    HOLD = "hold"
    WARN = "warn"
    BAD = "bad"
    STILL = "still"


@frozen(kw_only=True)
class Viewer:
    """The person who looks.

    Attributes:
        name: For people.
        tenant: Name of the tenant; "" for a service owner.
        role: The role, as a word for people, in English.
        oversees: May see everybody's jobs.
        manages: May change printers, agents, policy and people of the tenant.
        sees_agents: May see the agents.
        owner: A service owner, who belongs to no tenant and sees no job.
    """

    name: str
    tenant: str
    role: str
    oversees: bool = False
    manages: bool = False
    sees_agents: bool = False
    owner: bool = False


@frozen(kw_only=True)
class Said:
    """A message at the top of a page: what was done, or what went wrong and what to do.

    Attributes:
        tone: Good or bad news.
        text: The message, in English.
        then: What next, in English; "" when nothing.
    """

    tone: Tone
    text: str
    then: str = ""


@frozen(kw_only=True)
class Frame:
    """What the base of every page takes.

    Attributes:
        section: The way that is marked as the current one.
        here: Path and query of this page.
        csrf: Sent with every form; "" where nobody is signed in.
        viewer: None where nobody is signed in.
        said: A message from the deed before.
    """

    section: str = ""
    here: str = "/"
    csrf: str = ""
    viewer: Viewer | None = None
    said: Said | None = None


@frozen(kw_only=True)
class Page:
    """Where a list of many stands.

    Attributes:
        first: Number of the first item shown, from 1; 0 where it is not counted.
        last: Number of the last item shown.
        total: How many there are; 0 where it is not counted.
        earlier: Address of the page before, or of the first one; "" on the first.
        later: Address of the page after; "" on the last.
    """

    first: int = 0
    last: int = 0
    total: int = 0
    earlier: str = ""
    later: str = ""


@frozen(kw_only=True)
class Form:
    """What was typed and what is wrong with it.

    Attributes:
        values: By field.
        faults: A sentence by field, in English; "" is the form as a whole.
    """

    values: Mapping[str, str] = attrs.field(factory=dict)
    faults: Mapping[str, str] = attrs.field(factory=dict)

    def value(self, field: str) -> str:
        """What stands in a field."""
        return self.values.get(field, "")

    def fault(self, field: str) -> str:
        """What is wrong with a field; "" when nothing."""
        return self.faults.get(field, "")
