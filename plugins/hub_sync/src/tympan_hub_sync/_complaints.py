"""What does not work and is tried again for ever: logged when the reason changes, and not at each try."""

from __future__ import annotations

from tympan.plugin import Host, TympanError


class Complaints:
    """Reasons as they were logged last, by what does not work."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._said: dict[tuple[str, str], str] = {}

    def failed(self, what: str, error: TympanError, printer: str = "") -> None:
        """It did not work, in all or for a printer."""
        if self._said.get((what, printer)) != error.sentence:
            self._said[what, printer] = error.sentence
            fields = {"printer": printer} if printer else {}
            self._host.log(what, error=error.sentence, **fields)

    def worked(self, what: str, printer: str = "") -> None:
        """It worked: the next failure is news again."""
        self._said.pop((what, printer), None)
