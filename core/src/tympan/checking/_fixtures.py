"""Fixtures that fit any plugin: a vendor's module of checks may give others of the same name."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tympan._ids import PrinterId
from tympan._registry import PluginRecord
from tympan._states import JobState
from tympan._values import Job, Printer
from tympan.testing import FakeHost

RECORD: PluginRecord | None = None
"""The plugin that is checked in this process."""


@pytest.fixture
def printer() -> Printer:
    """A printer nobody has."""
    return Printer(id=PrinterId("example"), name="Example", uri="ipp://printer.example/ipp/print")


@pytest.fixture
def job(printer: Printer) -> Job:
    """One that was just received."""
    return Job(
        uuid=uuid.UUID(int=1),
        number=1,
        printer=printer.id,
        name="Letter",
        user="ada",
        media_type="application/pdf",
        state=JobState.RECEIVED,
        created_at=dt.datetime.fromtimestamp(0, dt.UTC),
        size_bytes=1000,
    )


@pytest.fixture
def host(printer: Printer) -> FakeHost:
    """A host with the settings' defaults, the manifest's permissions, and one printer."""
    manifest = RECORD.manifest if RECORD else None
    defaults = {name: spec.default for name, spec in manifest.settings.items()} if manifest else {}
    permissions = manifest.permissions if manifest else None
    return FakeHost(RECORD.id if RECORD else "plugin", settings=defaults, printers=[printer], permissions=permissions)
