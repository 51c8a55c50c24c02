"""Fakes and conformance suites for everything a plugin meets, and everything it offers.

A fake passes the same suite as the real thing; so must a vendor's own implementation.
"""

from tympan.testing._delivery import FakeDelivery
from tympan.testing._documents import FakeDocument
from tympan.testing._host import FakeHost, FakeKeyValue, FakePrinters, FakeSettings
from tympan.testing._jobs import FakeIntake, FakeJobs
from tympan.testing._spooler import FakeSpooler, PrintedDocument
from tympan.testing._spooler_suite import SpoolerSuite

__all__ = [
    "FakeDelivery",
    "FakeDocument",
    "FakeHost",
    "FakeIntake",
    "FakeJobs",
    "FakeKeyValue",
    "FakePrinters",
    "FakeSettings",
    "FakeSpooler",
    "PrintedDocument",
    "SpoolerSuite",
]
