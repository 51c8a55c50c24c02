"""The page tree of a PDF that does not open: locked, or damaged.

- Only strings and streams of a locked PDF are encrypted (ISO 32000-1 section 7.6.1): the dictionaries of its page tree
  are plain, unless they are in object streams. Its pages are counted only when every one of them is found.
- Of a damaged PDF sizes are told as far as they are seen, and never a count.
- One pass over the bytes, linear in their number; the last object of a number wins, as in an incremental update.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from tympan_document_stats._limits import (
    DOCUMENT_PAGES,
    DOCUMENT_SIZES,
    SCAN_BYTES,
    SCAN_DEPTH,
    SCAN_OBJECT_BYTES,
    SNIFF_BYTES,
)
from tympan_document_stats._model import Facts, unreadable
from tympan_document_stats._sizes import name_points
from tympan_document_stats._sniff import Format
from tympan_document_stats._source import Source

_OBJECT: Final = re.compile(rb"(\d{1,10})\s{1,8}\d{1,5}\s{1,8}obj\b")
_TYPE: Final = re.compile(rb"/Type\s{0,8}/(Pages?|Catalog)\b")
_KIDS: Final = re.compile(rb"/Kids\s{0,8}\[([^\]]*)\]")
_REFERENCE: Final = re.compile(rb"(\d{1,10})\s{1,8}\d{1,5}\s{1,8}R\b")
_PAGES: Final = re.compile(rb"/Pages\s{1,8}(\d{1,10})\s{1,8}\d{1,5}\s{1,8}R\b")
_NUMBER: Final = rb"\s{0,8}(-?\d{1,9}(?:\.\d{0,9})?)"
_BOX: Final = re.compile(rb"/(CropBox|MediaBox)\s{0,8}\[" + _NUMBER * 4 + rb"\s{0,8}\]")
_LINEARIZED: Final = re.compile(rb"/Linearized\s")
_LINEAR_PAGES: Final = re.compile(rb"/N\s{1,8}(\d{1,7})\b")
_LINEAR_BYTES: Final = re.compile(rb"/L\s{1,8}(\d{1,12})\b")
_LOCKED: Final = "the PDF is locked with a password"


@attrs.frozen(kw_only=True)
class Node:
    """A page, or a branch of the page tree; ``box`` is width and height in points."""

    page: bool
    kids: tuple[int, ...]
    box: tuple[float, float] | None


@attrs.define(kw_only=True)
class Tree:
    """What was found: nodes by object number, the number of the root."""

    nodes: dict[int, Node] = attrs.field(factory=dict)
    root: int | None = None

    def pages(self) -> tuple[list[tuple[float, float] | None], bool]:
        """The box of each page in order, and whether none is missing."""
        boxes: list[tuple[float, float] | None] = []
        whole, seen = True, set()
        waiting: list[tuple[int | None, tuple[float, float] | None, int]] = [(self.root, None, 0)]
        while waiting:
            number, inherited, depth = waiting.pop()
            node = self.nodes.get(number) if number is not None else None
            if node is None or number in seen or depth > SCAN_DEPTH or len(boxes) >= DOCUMENT_PAGES:
                whole = False
                continue
            seen.add(number)
            box = node.box or inherited
            if node.page:
                boxes.append(box)
            waiting += [(kid, box, depth + 1) for kid in reversed(node.kids)]
        return boxes, whole


def scan(source: Source, *, locked: bool) -> Facts:
    """Facts of a PDF that does not open."""
    tree = _tree(source)
    boxes, whole = tree.pages()
    if not boxes:
        boxes = [node.box for node in tree.nodes.values() if node.page]
        boxes = boxes or [node.box for node in tree.nodes.values()]
    sizes = tuple(dict.fromkeys(name_points(*box) for box in boxes if box))[:DOCUMENT_SIZES]
    if not locked:
        return unreadable(Format.PDF, "the PDF is damaged", sizes)
    pages = len(boxes) if whole and boxes else _linear_pages(source)
    if pages is None:
        return unreadable(Format.PDF, _LOCKED, sizes)
    return Facts(
        format=Format.PDF, pages=pages, sizes=sizes, problem=f"partly read: {_LOCKED}, which hides its colours"
    )


def _tree(source: Source) -> Tree:
    tree, held, taken = Tree(), b"", 0
    for piece in source.pieces():
        *objects, held = (held + piece).split(b"endobj")
        for text in objects:
            _take(tree, text)
        taken += len(piece)
        if len(tree.nodes) > 2 * DOCUMENT_PAGES or taken > SCAN_BYTES:
            break
        held = held[-SCAN_OBJECT_BYTES:]
    _take(tree, held)  # the object a cut document ends in
    return tree


def _take(tree: Tree, text: bytes) -> None:
    begun = _OBJECT.search(text)
    if begun is None:
        return
    body = text[begun.end() :].partition(b"stream")[0]
    kind = _TYPE.search(body)
    if kind is None:
        return
    if kind[1] == b"Catalog":
        pages = _PAGES.search(body)
        tree.root = int(pages[1]) if pages else tree.root
        return
    kids = _KIDS.search(body)
    numbers = tuple(int(number) for number in _REFERENCE.findall(kids[1])) if kids else ()
    tree.nodes[int(begun[1])] = Node(page=kind[1] == b"Page", kids=numbers, box=_box(body))


def _box(body: bytes) -> tuple[float, float] | None:
    boxes = {found[1]: found for found in _BOX.finditer(body)}
    found = boxes.get(b"CropBox") or boxes.get(b"MediaBox")
    if found is None:
        return None
    left, bottom, right, top = (float(found[part]) for part in range(2, 6))
    return abs(right - left), abs(top - bottom)


def _linear_pages(source: Source) -> int | None:
    """Pages as the first dictionary of a linearized PDF tells them, unless bytes were added since."""
    head = source.head(SNIFF_BYTES).partition(b"endobj")[0]
    pages, size = _LINEAR_PAGES.search(head), _LINEAR_BYTES.search(head)
    if not _LINEARIZED.search(head) or not pages or not size or int(size[1]) != source.size_bytes:
        return None
    return int(pages[1])
