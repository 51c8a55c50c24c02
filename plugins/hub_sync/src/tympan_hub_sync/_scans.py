"""Scans: what the hub wants looked at goes to the plugin that scans, and how far it is comes back.

- Level-triggered both ways. While no plugin scans, the hub is told that the scans wait, and why; then they go on.
- A scanner that fails harms nothing else: the hub hears why, and it is tried again after a while, or at the next news.
- A scan has one place in the outbox, and what is told of it is told at most every `SCAN_TELL_S`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import attrs
import trio

from tympan.plugin import Host, PluginChanged, PolicyChanged, PortsChanged, Scanner, ScanOrder, ScanProgress, ScanState
from tympan_hub_sync._errors import first_of
from tympan_hub_sync._findings import Findings
from tympan_hub_sync._limits import ORDER_S, SCAN_TELL_S, SCANS_FAILED_S, TEXT_CHARS
from tympan_hub_sync._reports import cut
from tympan_wire.hub import ScanReport, ScanStanding, ScanWanted

CAPABILITY: Final = "discovery.ippscan"
_EPOCH: Final = dt.datetime.fromtimestamp(0, dt.UTC)


class ScanKeeper:
    """The scans of one membership; without ``findings`` nobody is told."""

    def __init__(self, host: Host, findings: Findings | None) -> None:
        self._host = host
        self._findings = findings
        self._wanted: tuple[ScanWanted, ...] | None = None
        self._told: dict[UUID, ScanReport] = {}
        self._nudge = trio.Event()

    def take(self, scans: Sequence[ScanWanted]) -> None:
        """What the hub wants looked at now."""
        self._wanted = tuple(scans)
        self._told = {scan.id: self._told[scan.id] for scan in scans if scan.id in self._told}
        self._nudge.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch)
            while True:
                self._nudge = trio.Event()
                worked = self._wanted is None or await self._pass_on(self._wanted)
                with trio.move_on_after(math.inf if worked else SCANS_FAILED_S):
                    await self._nudge.wait()

    async def _watch(self) -> None:
        with self._host.bus.subscribe(PortsChanged, PluginChanged, PolicyChanged, size=1) as changes:
            async for _ in changes:
                self._nudge.set()

    async def _pass_on(self, wanted: Sequence[ScanWanted]) -> bool:
        """Whether that worked; what was tried is tried again else."""
        scanners = self._host.ports(Scanner)  # type: ignore[type-abstract]
        if not scanners:
            why = await self._why_nobody_scans() if wanted else ""
            await self._tell([_waits(scan, why) for scan in wanted])
            return True
        failure: BaseException | None = None
        try:
            await self._follow(scanners[0], wanted)
        except* Exception as errors:  # another plugin's fault, beside a cancellation too
            failure = first_of(errors)
            self._host.log("scans failed", error=repr(failure)[:TEXT_CHARS])
            await self._tell([_waits(scan, f"{type(failure).__name__}: {failure}") for scan in wanted])
        return failure is None

    async def _follow(self, scanner: Scanner, wanted: Sequence[ScanWanted]) -> None:
        """Tells of progress until something else is due."""
        with trio.fail_after(ORDER_S):
            await scanner.want([_order(scan) for scan in wanted])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._report, scanner)
            await self._nudge.wait()
            nursery.cancel_scope.cancel()

    async def _report(self, scanner: Scanner) -> None:
        while True:
            await self._tell(await scanner.progress())
            await trio.sleep(SCAN_TELL_S)
            await scanner.wait_changed()

    async def _tell(self, progress: Sequence[ScanProgress]) -> None:
        if self._findings is None:
            return
        for scan in progress:
            made = _report_of(scan)
            if self._is_wanted(scan.id) and self._told.get(scan.id) != made:
                await self._findings.leave(attrs.evolve(made, at=self._host.now()), f"scan {scan.id}")
                self._told[scan.id] = made

    def _is_wanted(self, name: UUID) -> bool:
        return any(scan.id == name for scan in self._wanted or ())

    async def _why_nobody_scans(self) -> str:
        rows = await self._host.control.ask("plugins", {})
        for row in rows if isinstance(rows, list) else []:
            if CAPABILITY in row.get("capabilities", ()):
                return _why(row)
        return f"this agent has no plugin for {CAPABILITY}; install one, and the scan begins"


def _why(row: dict[str, Any]) -> str:
    reason = row["reason"] or f"the plugin {row['id']} is {row['status']}"
    return f"{reason}; the scan goes on when that changes"


def _order(scan: ScanWanted) -> ScanOrder:
    return ScanOrder(
        id=scan.id,
        targets=scan.targets,
        excluded=scan.excluded,
        per_second=scan.per_second,
        outside=scan.outside,
    )


def _waits(scan: ScanWanted, why: str) -> ScanProgress:
    return ScanProgress(id=scan.id, state=ScanState.WAITING, detail=why)


def _report_of(scan: ScanProgress) -> ScanReport:
    return ScanReport(
        scan=scan.id,
        at=_EPOCH,
        standing=ScanStanding(scan.state.value),
        probed=scan.probed,
        total=scan.total,
        found=scan.found,
        detail=cut(scan.detail),
    )
