"""The encrypted job store (see ``_store._store`` for its rules)."""

from tympan._store._database import StoreStatistics
from tympan._store._documents import RestingDocument, StoredDocument
from tympan._store._pairs import KERNEL
from tympan._store._sink import Sink
from tympan._store._store import Store

__all__ = ["KERNEL", "RestingDocument", "Sink", "Store", "StoreStatistics", "StoredDocument"]
