"""Uploads of agents and people: begun, filled part by part, finished; read by whoever may, and cleared away in time.

- An agent sees and changes its own uploads alone; so does a person who hands something in.
- Bytes are stored before the row that tells of them, and under a name of their own: a repeated part is a new blob, and
  the one it replaces goes when nothing tells of it any more.
- The hub looks at no byte: what is uploaded is sealed, and the hub has no key.
"""

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import attrs
from attrs import frozen

from tympan_hub.domain.blobs import BlobName, check_range, is_sha256
from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, UploadId, is_id, new_id
from tympan_hub.domain.limits.uploads import PARTS_AT_ONCE, PARTS_PER_AGENT
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict, binding
from tympan_hub.domain.sign_ins import check_user
from tympan_hub.domain.uploads import Part, Upload, Uploader, UploadState, check_upload
from tympan_hub.ports import Blobs, Clock, Unit, Units
from tympan_hub.service.part_rows import PartRows
from tympan_hub.service.upload_clearance import clear, leave
from tympan_wire.hub import (
    PartHeld,
    UploadAbandon,
    UploadFinish,
    UploadQuestion,
    UploadRequest,
    UploadStanding,
    digest_of,
)


@frozen(kw_only=True)
class Expected:
    """A part that may come.

    Attributes:
        upload: Of this upload, as it was.
        number: Which.
        size: Its bytes.
    """

    upload: Upload
    number: int
    size: int


@frozen(kw_only=True)
class Elsewhere:
    """Where the store itself gives a range.

    Attributes:
        address: For a short time.
        begin: The first byte there.
        size: How many.
    """

    address: str
    begin: int
    size: int


class UploadService:
    """Takes uploads and gives their bytes."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._rows = PartRows(units, clock, _fillable)
        self._under_way: Counter[Uploader] = Counter()

    async def begin(self, by: Uploader, request: UploadRequest) -> UploadStanding:
        """Begins an upload, or tells how the one of this name stands.

        Raises:
            BadInput: There is no such size or name.
            NotAllowed: Policy keeps uploads for people who are signed in.
            Conflict: A body of another size has this name.
            Full: The agent, or its tenant, has too many uploads.
        """
        check_upload(request.name, request.size, request.part_bytes)
        check_user(request.user)
        async with self._units.writing(str(by)) as unit:
            await _check_signed_in(unit, by, request.user, self._clock.now())
            known = await unit.uploads.by_name(by.tenant, by, request.name)
            if known is None:
                (await unit.uploads.tally(by.tenant, by)).check_room(request.size)
                begun = self._new(by, request)
                await unit.uploads.add(by.tenant, begun)
                return _standing(begun, ())
        return await self._resumed(by, known.id, request) or await self.begin(by, request)

    async def standing(self, by: Uploader, question: UploadQuestion) -> UploadStanding:
        """How an upload stands; raises ``NotFound``."""
        async with self._units.reading() as unit:
            known = await _own(unit, by, question.upload)
            return _standing(known, await unit.uploads.parts(by.tenant, known.id))

    async def expected(self, by: Uploader, upload: str, number: int) -> Expected:
        """The part that may come; raises ``NotFound``, or ``BadInput`` when there is no such part."""
        async with self._units.reading() as unit:
            known = await _own(unit, by, upload)
        return Expected(upload=known, number=number, size=known.bytes_of(number))

    async def put(self, by: Uploader, upload: str, number: int, content: bytes, sha256: str) -> PartHeld:
        """Keeps a part durably; raises as `expected` and `take`."""
        return await self.take(by, await self.expected(by, upload, number), content, sha256)

    async def take(self, by: Uploader, expected: Expected, content: bytes, sha256: str) -> PartHeld:
        """Keeps a part that was expected durably.

        Raises:
            BadInput: It is no such part, or not the bytes of its checksum.
            NotFound: The agent has no such upload.
            NotAllowed: Policy keeps uploads for people who are signed in, and whose it is is so no more.
            Conflict: The upload is finished with another part there.
        """
        if not is_sha256(sha256):
            raise BadInput("a part comes with the SHA-256 of its bytes")
        if len(content) != expected.size:
            raise BadInput(f"part {expected.number} has {expected.size} bytes, and {len(content)} came")
        part = Part(number=expected.number, sha256=sha256, piece=new_id())
        await self._store(by, expected.upload, part, content)
        return PartHeld(number=part.number, sha256=sha256)

    async def finish(self, by: Uploader, finish: UploadFinish) -> UploadStanding:
        """All parts are there.

        Raises:
            NotFound: The agent has no such upload.
            NotAllowed: Policy keeps uploads for people who are signed in, and whose it is is so no more.
            Conflict: Parts are missing, or are not those that the agent sent.
        """
        if not is_sha256(finish.digest):
            raise BadInput("an upload is finished with the SHA-256 over those of its parts")
        _check_id(finish.upload)
        async with self._units.writing(f"upload {finish.upload}") as unit:
            known = await _own(unit, by, finish.upload)
            parts = await unit.uploads.parts(by.tenant, known.id)
            if known.state is UploadState.FINISHED and known.digest == finish.digest:
                return _standing(known, parts)
            now = self._clock.now()
            await _check_signed_in(unit, by, known.user, now)
            proved = known.finished(parts, ours=_digest(parts), digest=finish.digest)
            finished = attrs.evolve(proved, touched_at=now)
            await unit.uploads.keep(by.tenant, finished)
        return _standing(finished, parts)

    async def abandon(self, by: Uploader, abandon: UploadAbandon) -> None:
        """Takes an upload away, finished or not; one that is gone already is fine.

        Raises:
            Conflict: It is on its way through the tunnel.
        """
        if not is_id(abandon.upload):
            return
        async with self._units.reading() as unit:
            known = await unit.uploads.get(by.tenant, UploadId(abandon.upload))
        if known is None or not by.owns(known):
            return
        left = await leave(self._units, known.tenant, known.id)
        if left is not None:
            await clear(self._units, self._blobs, left)
            return
        async with self._units.reading() as unit:
            if await unit.uploads.get(known.tenant, known.id) is not None:
                raise Conflict("the upload is on its way through the tunnel", next_step="Cancel the job there.")

    async def address(self, tenant: TenantId, upload: UploadId, start: int, size: int) -> Elsewhere | None:
        """Where the store itself gives a range; None when it does not, or the range is no piece of one part."""
        async with self._units.reading() as unit:
            known = await unit.uploads.get(tenant, upload)
            if known is None or known.state is not UploadState.FINISHED:
                raise NotFound("there is no such upload")
            parts = await unit.uploads.some_parts(tenant, upload, known.numbers(start, size))
        found = list(_pieces(known, parts, start, min(start + size, known.size)))
        if len(found) != 1:
            return None
        name, begin, count = found[0]
        address = await self._blobs.address(tenant, name)
        return Elsewhere(address=address, begin=begin, size=count) if address else None

    async def read(self, tenant: TenantId, upload: UploadId, start: int, size: int) -> AsyncIterator[bytes]:
        """Bytes of a finished upload from ``start`` on, at most ``size``, piece by piece; raises ``NotFound``."""
        check_range(start, size)
        async with self._units.reading() as unit:
            known = await unit.uploads.get(tenant, upload)
            if known is None or known.state is not UploadState.FINISHED:
                raise NotFound("there is no such upload")
            parts = await unit.uploads.some_parts(tenant, upload, known.numbers(start, size))
        for name, begin, count in _pieces(known, parts, start, min(start + size, known.size)):
            async for piece in self._blobs.get(tenant, name, begin, count):
                yield piece

    @contextlib.contextmanager
    def room(self, by: Uploader) -> Iterator[None]:
        """Holds a place for one part on its way; raises ``Unavailable`` when there is none at the moment."""
        whose = by
        if self._under_way[whose] >= PARTS_PER_AGENT or self._under_way.total() >= PARTS_AT_ONCE:
            raise Unavailable("too many parts of uploads are on their way at once", next_step="Send it again later.")
        self._under_way[whose] += 1
        try:
            yield
        finally:
            self._under_way[whose] -= 1
            if not self._under_way[whose]:
                del self._under_way[whose]

    async def _store(self, by: Uploader, upload: Upload, part: Part, content: bytes) -> None:
        """The bytes first, then that they are there; without the second they are of no use and go again."""
        await self._blobs.put(by.tenant, upload.blob(part), content, part.sha256)
        try:
            needless = await self._rows.tell(by, upload.id, part)
        except (NotFound, NotAllowed, Conflict):  # not when storage fails: whether it was told is not known then
            await self._blobs.delete(by.tenant, upload.blob(part))
            raise
        if needless is not None:
            await self._blobs.delete(by.tenant, upload.blob(needless))

    async def _resumed(self, by: Uploader, upload: UploadId, request: UploadRequest) -> UploadStanding | None:
        """How an upload stands that its agent goes on with; None when it was just cleared away."""
        async with self._units.writing(f"upload {upload}") as unit:
            known = await unit.uploads.get(by.tenant, upload)
            if known is None or known.state is UploadState.LEAVING:
                return None
            _check_same(known, request)
            await unit.uploads.keep(by.tenant, attrs.evolve(known, touched_at=self._clock.now()))
            return _standing(known, await unit.uploads.parts(by.tenant, upload))

    def _new(self, by: Uploader, request: UploadRequest) -> Upload:
        now = self._clock.now()
        return Upload(
            id=UploadId(new_id()),
            tenant=by.tenant,
            agent=by.agent,
            person=by.person,
            name=request.name,
            user=request.user,
            size=request.size,
            part_bytes=request.part_bytes,
            begun_at=now,
            touched_at=now,
        )


def _check_id(upload: str) -> None:
    if not is_id(upload):
        raise _none()


def _none() -> NotFound:
    return NotFound("there is no such upload", next_step="Begin it again.")


async def _own(unit: Unit, by: Uploader, upload: str) -> Upload:
    known = await unit.uploads.get(by.tenant, UploadId(upload)) if is_id(upload) else None
    if known is None or not by.owns(known) or known.state is UploadState.LEAVING:
        raise _none()
    return known


async def _fillable(unit: Unit, by: Uploader, upload: str, now: dt.datetime) -> Upload:
    known = await _own(unit, by, upload)
    if known.state is UploadState.OPEN:
        await _check_signed_in(unit, by, known.user, now)
    return known


async def _check_signed_in(unit: Unit, by: Uploader, user: str, now: dt.datetime) -> None:
    """The hub asks its own policy: what a computer decides by itself does not bind it."""
    if by.agent is None or await _freed(unit, by.tenant, by.agent):
        return
    there = await unit.sign_ins.present(by.tenant, by.agent, now)
    if all(one.sign_in.user != user for one in there):
        cause = f"policy keeps uploads for people who are signed in, and {user!r:.80} is not"
        raise NotAllowed(cause, next_step="Run 'tympan login' on that computer.")


async def _freed(unit: Unit, tenant: TenantId, agent: AgentId) -> bool:
    """Whether the widest scope that decides lets everybody."""
    for scope in (SERVICE, tenant):
        verdict = binding(await unit.policies.current(scope), REQUIRE_SIGN_IN)
        if verdict is not None:
            return verdict is Verdict.OFF
    groups = await unit.agent_policies.get(tenant, agent)
    return groups is not None and groups.rules.get(REQUIRE_SIGN_IN) is Verdict.OFF


def _check_same(known: Upload, request: UploadRequest) -> None:
    if known.size != request.size or known.user != request.user:
        cause = f"{request.name!r:.220} is the name of another body already"
        raise Conflict(cause, next_step="Abandon that upload, or choose another name.")


def _standing(upload: Upload, parts: tuple[Part, ...]) -> UploadStanding:
    return UploadStanding(
        upload=upload.id,
        size=upload.size,
        part_bytes=upload.part_bytes,
        parts=tuple(PartHeld(number=part.number, sha256=part.sha256) for part in parts),
        finished=upload.state is UploadState.FINISHED,
    )


def _digest(parts: tuple[Part, ...]) -> str:
    return digest_of(part.sha256 for part in parts)


def _pieces(upload: Upload, parts: tuple[Part, ...], start: int, end: int) -> Iterator[tuple[BlobName, int, int]]:
    """Which blobs hold a range: the name, where it begins there, and how many bytes."""
    for part in parts:
        first = part.number * upload.part_bytes
        begin, until = max(start, first), min(end, first + upload.bytes_of(part.number))
        if begin < until:
            yield upload.blob(part), begin - first, until - begin
