"""Printers at computers, as pages show them."""

from attrs import frozen

from tympan_hub.http.portal.views._frame import Tone


@frozen(kw_only=True)
class QueueWord:
    """How a printer stands at a computer: a word, a sentence on what is going on, and what can be done.

    Attributes:
        word: For the badge.
        icon: Its picture.
        tone: Its tone.
        note: What goes on and what comes next, in English; "" when the word says it all.
        deed: Path of what may be done next, below the printer's: ``install``, ``uninstall`` or ``withdraw``.
        label: What its button says, in English.
        live: Something is under way.
    """

    word: str
    icon: str
    tone: Tone
    note: str = ""
    deed: str = ""
    label: str = ""
    live: bool = False


@frozen(kw_only=True)
class PlaceRow:
    """A computer, and how a printer stands there.

    Attributes:
        agent: The agent's name at this hub.
        name: The computer's name for people.
        state: How it stands.
        refusal: Why it would not be installed there, and what to do, in English; "" where nothing is known against it.
        told: The agent's own sentence on why not, in English.
        command: What may be withdrawn; "" when nothing.
    """

    agent: str
    name: str
    state: QueueWord
    refusal: str = ""
    told: str = ""
    command: str = ""


@frozen(kw_only=True)
class Places:
    """The computers of whoever looks, for one printer.

    Attributes:
        rows: Those shown.
        total: How many there are.
        query: What was looked for among them.
        searchable: There are more than are shown at once.
    """

    rows: tuple[PlaceRow, ...] = ()
    total: int = 0
    query: str = ""
    searchable: bool = False

    @property
    def live(self) -> bool:
        """Whether something is under way."""
        return any(row.state.live for row in self.rows)
