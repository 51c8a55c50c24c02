"""The one discoverer of this process; both hooks hand it out."""

from __future__ import annotations

from typing import Final

from tympan_discovery_bonjour._discoverer import Bonjour
from tympan_discovery_bonjour._examiner import BonjourExaminer

BONJOUR: Final = Bonjour()
EXAMINER: Final = BonjourExaminer(BONJOUR)
