"""Uploads of people over HTTP, in parts: the same for programs and for the page's script."""

from starlette.requests import Request

from tympan_hub.domain.errors import HubError
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.uploads import Uploader
from tympan_hub.http.agent.parts import rest_of, taken
from tympan_hub.service.findings import cut_user
from tympan_hub.service.uploads import UploadService
from tympan_wire.hub import PartHeld, UploadFinish, UploadQuestion, UploadRequest, UploadStanding, digest_of


async def begun(
    uploads: UploadService, tenant: TenantId, by: Person, name: str, size: int, part_bytes: int
) -> UploadStanding:
    """Begins one, or tells which of its parts are there."""
    user = cut_user(by.login or by.email)
    return await uploads.begin(_own(tenant, by), UploadRequest(name=name, size=size, part_bytes=part_bytes, user=user))


async def kept(
    uploads: UploadService, tenant: TenantId, by: Person, upload: str, number: int, request: Request
) -> PartHeld:
    """Keeps a part durably, which is the body."""
    try:
        return await taken(uploads, _own(tenant, by), upload, number, request)
    except HubError:
        await rest_of(request)
        raise


async def finished(uploads: UploadService, tenant: TenantId, by: Person, upload: str) -> UploadStanding:
    """All parts are there: each was proved by its own digest as it came."""
    whose = _own(tenant, by)
    there = (await uploads.standing(whose, UploadQuestion(upload=upload))).parts
    digest = digest_of(one.sha256 for one in there)
    return await uploads.finish(whose, UploadFinish(upload=upload, digest=digest))


def _own(tenant: TenantId, by: Person) -> Uploader:
    """Whoever may see jobs of their own may hand documents in."""
    by.actor.require(Act.SEE_OWN_JOBS, tenant)
    return Uploader(tenant=tenant, person=by.id)
