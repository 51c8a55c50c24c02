"""Compiles the tray's catalogues whenever the tray is built or installed: none is in git, none made at run time."""

import datetime as dt
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NO_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The same texts make the same bytes, whenever they are compiled."""


class Catalogues(BuildHookInterface):  # type: ignore[type-arg]
    """Makes ``tray.mo`` beside every ``tray.po``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before files are gathered."""
        for source in sorted(Path(self.root).glob("src/tympan_tray/locales/*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as texts, compiled.open("wb") as file:
                catalogue = read_po(texts, locale=source.parts[-3])
                catalogue.creation_date = catalogue.revision_date = _NO_DATE
                write_mo(file, catalogue)
            build_data["artifacts"].append(str(compiled.relative_to(self.root)))
