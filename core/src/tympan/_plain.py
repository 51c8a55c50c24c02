"""Values as plain JSON-ready objects, for the command line and files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import Enum

import attrs

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plain(value: object) -> Plain:
    """``value`` with attrs classes as objects, enums and uuids as texts, times as ISO 8601; bytes are left out."""
    if value is None or isinstance(value, (bool, int, float)) or type(value) is str:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (str, uuid.UUID)):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if attrs.has(type(value)):
        names = (field.name for field in type(value).__attrs_attrs__)  # type: ignore[attr-defined]
        items = ((name, getattr(value, name)) for name in names)
        return {name: plain(item) for name, item in items if not isinstance(item, bytes)}
    if isinstance(value, (frozenset, set)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no plain form")
