"""Uploads of agents, and which of their parts are there."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Protocol

from tympan_hub.domain.ids import TenantId, UploadId
from tympan_hub.domain.uploads import Part, Upload, Uploader, UploadTally


class Uploads(Protocol):
    """Uploads; their bytes lie in `Blobs`."""

    async def add(self, tenant: TenantId, upload: Upload) -> None:
        """Keeps a new one. Of two of an agent's of one name that are not leaving, the second is refused; whoever adds a
        person's holds the lock of that person, and has looked for the name.
        """
        ...

    async def get(self, tenant: TenantId, upload_id: UploadId) -> Upload | None:
        """One, also one that is leaving."""
        ...

    async def by_name(self, tenant: TenantId, uploader: Uploader, upload_name: str) -> Upload | None:
        """The one they call so, unless it is leaving."""
        ...

    async def tally(self, tenant: TenantId, uploader: Uploader) -> UploadTally:
        """What somebody has, and their tenant, also of what is leaving."""
        ...

    async def keep(self, tenant: TenantId, upload: Upload) -> None:
        """Keeps state, checksum and when it was touched."""
        ...

    async def parts(self, tenant: TenantId, upload_id: UploadId) -> tuple[Part, ...]:
        """Its parts that are there, by number."""
        ...

    async def some_parts(self, tenant: TenantId, upload_id: UploadId, part_numbers: Sequence[int]) -> tuple[Part, ...]:
        """Those of its parts that are there and have these numbers, by number."""
        ...

    async def keep_parts(self, tenant: TenantId, upload_id: UploadId, parts: Collection[Part]) -> None:
        """Keeps parts, in the place of those of their numbers."""
        ...

    async def known(self, tenant: TenantId, uploads: Collection[UploadId]) -> frozenset[UploadId]:
        """Those of them that there are."""
        ...

    async def outdated(
        self,
        tenant: TenantId,
        open_before: dt.datetime,
        finished_before: dt.datetime,
        hubs_before: dt.datetime,
        limit: int,
    ) -> tuple[Upload, ...]:
        """Those untouched for so long, the hub's own (`HUBS_OWN`) sooner, and those leaving; at most so many."""
        ...

    async def page(self, tenant: TenantId, after_upload: str, limit: int) -> tuple[Upload, ...]:
        """All there are, by id from the one after ``after_upload`` ("": the first); at most so many."""
        ...

    async def forget(self, tenant: TenantId, upload_id: UploadId) -> None:
        """Takes the row away, with its parts."""
        ...
