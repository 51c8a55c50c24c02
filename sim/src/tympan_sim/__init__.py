"""Virtual IPP printers with faults to order, for demo, tests and benchmarks.

In a test: `site = await nursery.start(run_printers, [Profile(name="lab")])`, then print to `site["lab"].uri`, order
`site["lab"].order("jam:3")`, and read `site["lab"].journal`.
"""

from tympan_sim._errors import FaultUnreadable, ProfileInvalid, SimError
from tympan_sim._faults import Fault, FaultKind, Garbage
from tympan_sim._handle import PrinterHandle
from tympan_sim._jobs import DeviceJob
from tympan_sim._journal import Record, read_journal
from tympan_sim._printer import VirtualPrinter
from tympan_sim._profiles import OPERATIONS, WITHOUT_CREATE_JOB, Profile
from tympan_sim._running import run_printers
from tympan_sim._site import Site

__all__ = [
    "OPERATIONS",
    "WITHOUT_CREATE_JOB",
    "DeviceJob",
    "Fault",
    "FaultKind",
    "FaultUnreadable",
    "Garbage",
    "PrinterHandle",
    "Profile",
    "ProfileInvalid",
    "Record",
    "SimError",
    "Site",
    "VirtualPrinter",
    "read_journal",
    "run_printers",
]
