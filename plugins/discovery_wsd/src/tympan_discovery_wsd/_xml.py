"""XML of strangers, as a bounded tree.

- No document type, so no entities: nothing expands (``defusedxml``), and nothing is ever fetched.
- Size, depth, number of elements, of attributes, and length of a text are bounded; beyond any of them it is `WsdError`.
- Prefixes are kept where they are declared, for names stand in texts too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import ParseError

import attrs
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from tympan_discovery_wsd._errors import WsdError
from tympan_discovery_wsd._limits import ATTRIBUTES, DEPTH, ELEMENTS, TEXT_CHARS
from tympan_discovery_wsd._names import QName

_LIST: Final = 256
"""Names in one text."""


@attrs.define(eq=False)
class Node:
    """An element.

    Attributes:
        namespace: Of its name; "" when it has none.
        name: Without a prefix.
        attributes: By ``{namespace}name``.
        prefixes: In force here.
        text: Before its first child.
        children: In order.
    """

    namespace: str
    name: str
    attributes: Mapping[str, str]
    prefixes: Mapping[str, str]
    text: str = ""
    children: list[Node] = attrs.field(factory=list)

    def first(self, *path: str) -> Node | None:
        """The first element along a path of ``{namespace}name``, or None."""
        found: Node | None = self
        for step in path:
            found = next(found.all(step), None) if found else None
        return found

    def all(self, name: str) -> Iterator[Node]:
        """Children of that ``{namespace}name``."""
        return (child for child in self.children if f"{{{child.namespace}}}{child.name}" == name)

    def said(self, *path: str) -> str:
        """The text of the first element along a path, without spaces around it; "" when there is none."""
        found = self.first(*path)
        return found.text.strip() if found else ""

    def qnames(self) -> tuple[QName, ...]:
        """Its text as a list of names, prefixes resolved as they are declared here; unknown ones are passed over."""
        names = []
        for word in self.text.split()[:_LIST]:
            prefix, colon, name = word.rpartition(":")
            if not colon or prefix in self.prefixes:
                names.append(QName(self.prefixes.get(prefix, ""), name))
        return tuple(names)


class _Builder:
    """Takes the parser's events; raises as soon as a bound is crossed, and keeps nothing it will not return."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._elements = 0
        self._prefixes: dict[str, str] = {}
        self._hidden: list[tuple[str, str | None]] = []
        self._chars = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        self._hidden.append((prefix, self._prefixes.get(prefix)))
        if len(self._hidden) > ATTRIBUTES * 2:
            raise WsdError("it declares too many prefixes")
        self._prefixes = {**self._prefixes, prefix: uri}

    def end_ns(self, prefix: str) -> None:
        prefix, before = self._hidden.pop()
        self._prefixes = {name: uri for name, uri in self._prefixes.items() if name != prefix}
        if before is not None:
            self._prefixes[prefix] = before

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._chars = 0
        if self._elements > ELEMENTS or len(self._open) >= DEPTH or len(attributes) > ATTRIBUTES:
            raise WsdError("it has too many elements, too deep, or too many attributes")
        namespace, _, name = tag.removeprefix("{").rpartition("}")
        node = Node(namespace, name, attributes, self._prefixes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _tag: str) -> None:
        self._open.pop()
        self._chars = 0

    def data(self, text: str) -> None:
        self._chars += len(text)
        if self._chars > TEXT_CHARS:
            raise WsdError("a text in it is too long")
        if self._open and not self._open[-1].children:
            self._open[-1].text += text

    def comment(self, _text: str) -> None:
        pass

    def pi(self, _target: str, _text: str | None = None) -> None:
        pass

    def close(self) -> Node | None:
        return self.root


def tree(data: bytes, limit_bytes: int) -> Node:
    """A message as a tree.

    Raises:
        WsdError: It is no XML, or beyond a limit.
    """
    if len(data) > limit_bytes:
        raise WsdError(f"it has more than {limit_bytes} bytes")
    parser = XMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root = parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError, TypeError) as error:
        raise WsdError(f"it is no XML: {type(error).__name__}") from error
    if not isinstance(root, Node):
        raise WsdError("it is empty")
    return root
