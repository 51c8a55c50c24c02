"""A page of the portal as a program reads it: the form's secret, the facts, the story, the command to copy."""

from __future__ import annotations

from html.parser import HTMLParser

_KEPT = frozenset({"dt", "dd", "code", "p"})
"""Elements whose text is read; none of them lies in another of them."""
_UNTOLD = frozenset({"checkbox", "radio", "submit", "search"})
"""Fields that say nothing as they are."""


class Page(HTMLParser):
    """What stands on a page.

    Attributes:
        csrf: What each form of the page must carry.
        command: The command to copy; "" when there is none.
        code: The short code of a release point; "" when there is none.
        story: What happened, oldest first.
        fields: What its forms have filled in, by name.
        picks: Names of what can be ticked.
        links: Where its links lead, by their text.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.csrf = ""
        self.command = ""
        self.code = ""
        self.story: list[str] = []
        self.fields: dict[str, str] = {}
        self.picks: set[str] = set()
        self.links: dict[str, str] = {}
        self._link = ""
        self._names: list[str] = []
        self._values: list[str] = []
        self._open = ("", "", "")
        self._text: list[str] = []
        self._said: list[str] = []
        self.feed(text)
        self.close()

    @property
    def facts(self) -> dict[str, str]:
        """Names and values as the page shows them."""
        return dict(zip(self._names, self._values, strict=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        if given.get("name") == "csrf":
            self.csrf = given.get("value", "")
        if tag == "input" and given.get("type") not in _UNTOLD:
            self.fields[given.get("name", "")] = given.get("value", "")
        if given.get("type") == "checkbox":
            self.picks.add(given.get("name", ""))
        if tag == "a":
            self._link, self._said = given.get("href", ""), []
        if tag in _KEPT:
            self._open, self._text = (tag, given.get("id", ""), given.get("class", "")), []

    def handle_data(self, data: str) -> None:
        """Text."""
        self._text.append(data)
        self._said.append(data)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self.links[" ".join("".join(self._said).split())] = self._link
        if tag not in _KEPT or tag != self._open[0]:
            return
        text, kind = " ".join("".join(self._text).split()), self._open
        if tag == "dt":
            self._names.append(text)
        elif tag == "dd":
            self._values.append(text)
        elif kind[1] == "command":
            self.command = text
        elif kind[2] == "point-code":
            self.code = text
        elif kind[2] == "what":
            self.story.append(text)
        self._open = ("", "", "")
