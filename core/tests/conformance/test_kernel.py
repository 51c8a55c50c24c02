"""What the kernel itself offers passes the suites of its ports."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from conformance_rig import FRONT

from tympan._bus import Bus
from tympan._given_printers import GivenPrinters
from tympan._home import Home
from tympan._host import PluginState
from tympan._ids import PluginId, PrinterId
from tympan._jobs import JobBook
from tympan._plugin_keys import PluginKeys
from tympan._plugin_outbox import PluginOutbox
from tympan._printer_file import PrinterFile
from tympan._printers import PrinterBook
from tympan._store import Store
from tympan._values import Printer
from tympan._vault import Vault
from tympan.testing import (
    EventBusSuite,
    FakePrinters,
    JobsSuite,
    KeyProviderSuite,
    KeyValueSuite,
    OutboxSuite,
    PrintersSuite,
)


@pytest.fixture
async def store(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Store]:
    store = Store(tmp_path / "store", bytes(32))
    await store.open()
    yield store
    await store.close()


@pytest.mark.anyio
class TestBus(EventBusSuite):
    @pytest.fixture
    def bus(self) -> Bus:
        return Bus()


@pytest.mark.anyio
class TestPluginState(KeyValueSuite):
    @pytest.fixture
    def values(self, store: Store) -> PluginState:
        return PluginState(store, PluginId("demo"))


@pytest.mark.anyio
class TestPrinterBook(PrintersSuite):
    @pytest.fixture
    def bus(self) -> Bus:
        return Bus()

    @pytest.fixture
    def printers(self, bus: Bus, tmp_path: Path) -> PrinterBook:
        return made_book(bus, tmp_path)

    @pytest.fixture
    def add(self, printers: PrinterBook, tmp_path: Path) -> Callable[[Printer], None]:
        def add(printer: Printer) -> None:
            PrinterFile(Home(tmp_path)).write((*printers.all(), printer))
            printers.refresh()

        return add


def made_book(bus: Bus, folder: Path) -> PrinterBook:
    async def keep(printer: PrinterId, snapshot: object) -> None: ...

    PrinterFile(Home(folder)).write((FRONT,))
    book = PrinterBook(PrinterFile(Home(folder)), GivenPrinters(Home(folder)), bus, keep, lambda *task: None)
    book.refresh()
    return book


@pytest.mark.anyio
class TestJobBook(JobsSuite):
    @pytest.fixture
    def jobs(self, store: Store) -> JobBook:
        bus = Bus()
        return JobBook(store, bus, FakePrinters(bus, [FRONT]), lambda: dt.datetime.now(dt.UTC))

    @pytest.fixture
    def printer(self) -> PrinterId:
        return FRONT.id


@pytest.mark.anyio
class TestPluginOutbox(OutboxSuite):
    @pytest.fixture
    def jobs(self, store: Store) -> JobBook:
        bus = Bus()
        return JobBook(store, bus, FakePrinters(bus, [FRONT]), lambda: dt.datetime.now(dt.UTC))

    @pytest.fixture
    def outbox(self, store: Store, jobs: JobBook) -> PluginOutbox:
        return PluginOutbox(store, Bus(), jobs.memory)

    @pytest.fixture
    def printer(self) -> PrinterId:
        return FRONT.id


@pytest.mark.anyio
class TestPluginKeys(KeyProviderSuite):
    @pytest.fixture
    async def provider(self, tmp_path: Path, anyio_backend: str) -> PluginKeys:
        vault = Vault(tmp_path, {"TYMPAN_KEYS": "file"})
        await vault.open()
        return PluginKeys(vault, PluginId("demo"))


@pytest.mark.anyio
class TestVault(KeyProviderSuite):
    @pytest.fixture
    async def provider(self, tmp_path: Path, anyio_backend: str) -> Vault:
        vault = Vault(tmp_path, {"TYMPAN_KEYS": "file"})
        await vault.open()
        return vault
