"""Clearing uploads away: those nobody goes on with, those nobody took, and bytes that nothing tells of."""

import datetime as dt

from tympan_hub.domain.blobs import Kind, Shelf
from tympan_hub.domain.ids import TenantId, UploadId
from tympan_hub.domain.limits.uploads import UPLOAD_KEPT, UPLOAD_OF_HUB, UPLOAD_UNFINISHED, UPLOADS_TIDIED
from tympan_hub.domain.uploads import Upload, UploadState, UploadStep
from tympan_hub.ports import Blobs, Clock, Units


async def leave(
    units: Units, tenant: TenantId, upload: UploadId, *, outdated_at: dt.datetime | None = None
) -> Upload | None:
    """Marks an upload, so that nobody uses it any more; one on its way through the tunnel stays until it is over there.

    Args:
        units: Storage.
        tenant: Whose.
        upload: Which.
        outdated_at: It goes only if it was outdated then and nobody touched it since; None: it goes in any case.

    Returns:
        What is to be cleared, marked now or before; None when it is gone, or stays.
    """
    async with units.writing(f"upload {upload}") as unit:
        known = await unit.uploads.get(tenant, upload)
        if known is None or known.state is UploadState.LEAVING:
            return known
        if outdated_at is not None and not known.is_outdated(outdated_at):
            return None
        if await unit.crossings.by_upload(tenant, upload) is not None:
            return None
        leaving = known.step(UploadStep.LEAVE)
        await unit.uploads.keep(tenant, leaving)
    return leaving


async def clear(units: Units, blobs: Blobs, upload: Upload) -> None:
    """Takes away a marked upload: its bytes, then its row."""
    await blobs.clear(upload.tenant, upload.shelf)
    async with units.writing(f"upload {upload.id}") as unit:
        await unit.uploads.forget(upload.tenant, upload.id)


async def drop(units: Units, blobs: Blobs, tenant: TenantId, upload: UploadId) -> None:
    """Takes an upload away, whatever it was for."""
    left = await leave(units, tenant, upload)
    if left is not None:
        await clear(units, blobs, left)


class UploadClearance:
    """Keeps the store of blobs small."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs

    async def tidy(self) -> None:
        """One round over all tenants."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
        for tenant in tenants:
            await self._outdated(tenant)
            await self._strays(tenant)

    async def _outdated(self, tenant: TenantId) -> None:
        while True:
            now = self._clock.now()
            async with self._units.reading() as unit:
                before = now - UPLOAD_UNFINISHED, now - UPLOAD_KEPT, now - UPLOAD_OF_HUB
                old = await unit.uploads.outdated(tenant, *before, UPLOADS_TIDIED)
            for upload in old:
                left = await leave(self._units, tenant, upload.id, outdated_at=now)
                if left is not None:
                    await clear(self._units, self._blobs, left)
            if len(old) < UPLOADS_TIDIED:
                return

    async def _strays(self, tenant: TenantId) -> None:
        """Bytes of uploads that there are not: an upload's row is there before its bytes and goes after them.

        What was cut off at the wrong moment, or came with a backup, is found here.
        """
        held: set[UploadId] = set()
        async for seen in self._blobs.list(tenant, Kind.UPLOADS):
            held.add(UploadId(seen.name.shelf.holder))
            if len(held) >= UPLOADS_TIDIED:
                await self._drop_strays(tenant, held)
                held.clear()
        await self._drop_strays(tenant, held)

    async def _drop_strays(self, tenant: TenantId, held: set[UploadId]) -> None:
        async with self._units.reading() as unit:
            strays = held - await unit.uploads.known(tenant, held)
        for stray in strays:
            await self._blobs.clear(tenant, Shelf(kind=Kind.UPLOADS, holder=stray))
