"""Texts of strangers, made fit to be shown: printable, one line, and no more than so long.

Markup is left as it is: who shows a text in a page escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable


def clean(text: str, most: int) -> str:
    """One line of printable characters, at most ``most`` of them; white space runs are one space."""
    text = text[: most * 4]  # nothing is worth reading that far on
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in text)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def clean_each(texts: Iterable[str], chars: int, most: int) -> tuple[str, ...]:
    """As many of them as ``most``, each once; what is empty or longer than ``chars`` is left out: cut, it would be
    another word.
    """
    kept: dict[str, None] = {}
    for text in texts:
        if len(kept) == most:
            break
        if 0 < len(text) <= chars and text.isprintable():
            kept[text] = None
    return tuple(kept)
