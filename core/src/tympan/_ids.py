"""Identifiers: what they are made of and where they are checked."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

PluginId = NewType("PluginId", str)
"""A plugin's name inside the agent, such as ``ipp_endpoint``."""

CapabilityKey = NewType("CapabilityKey", str)
"""What policy switches: a dotted key such as ``discovery.bonjour``."""

PrinterId = NewType("PrinterId", str)
"""A printer's name in URIs and files, such as ``front-desk``."""

_PLUGIN = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CAPABILITY = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,4}")
_PRINTER = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def plugin_id(text: str) -> PluginId:
    """Returns ``text`` as a plugin id, or raises ``ValueError`` saying what one looks like."""
    if not _PLUGIN.fullmatch(text):
        raise ValueError(f"{text!r} is no plugin id: lower-case letters, digits and '_', at most 63, a letter first")
    return PluginId(text)


def capability_key(text: str) -> CapabilityKey:
    """Returns ``text`` as a capability key, or raises ``ValueError`` saying what one looks like."""
    if len(text) > 100 or not _CAPABILITY.fullmatch(text):
        raise ValueError(
            f"{text!r} is no capability key: 2 to 5 lower-case words joined by '.', such as discovery.bonjour"
        )
    return CapabilityKey(text)


def printer_id(text: str) -> PrinterId:
    """Returns ``text`` as a printer id, or raises ``ValueError`` saying what one looks like."""
    if not _PRINTER.fullmatch(text):
        raise ValueError(f"{text!r} is no printer id: lower-case letters, digits and '-', at most 63")
    return PrinterId(text)


def printer_id_from_name(name: str, taken: frozenset[str]) -> PrinterId:
    """Makes an id for a printer called ``name`` that is not in ``taken``: ``Büro Süd`` becomes ``buro-sud``."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(character for character in apart if not unicodedata.combining(character))
    stem = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:56] or "printer"
    candidate, number = stem, 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    return printer_id(candidate)
