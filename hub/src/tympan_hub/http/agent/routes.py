"""Routes of the agents' API, made from the table of operations of the wire."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tympan_hub.domain.device_codes import spelled
from tympan_hub.domain.errors import BadInput, HubError
from tympan_hub.http.agent.asking import bearer_of, protocol_of
from tympan_hub.http.agent.blobs import blob_route
from tympan_hub.http.agent.notices import NoticeLines
from tympan_hub.http.agent.parts import part_route
from tympan_hub.http.problems import problem_response
from tympan_hub.ports import Bearer
from tympan_hub.service import Services
from tympan_hub.service.device_codes import Made
from tympan_wire.hub import (
    HEADER,
    NOTICES_PATH,
    PREFIX,
    SHAPES,
    BrokerRequest,
    CrossingCancel,
    CrossingEnvelopes,
    CrossingOffer,
    CrossingsQuestion,
    CrossingWords,
    DesiredRequest,
    DeviceCode,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Done,
    EchoRequest,
    EnrolRequest,
    HubMessageError,
    KeysRequest,
    MirrorRequest,
    NearRequest,
    Operation,
    RefreshRequest,
    ReleaseAsked,
    ReleasesRequest,
    ReleaseWords,
    RenewRequest,
    ReportBatch,
    Shape,
    SharesChange,
    SharesRequest,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
    TokenRequest,
    TunnelRequest,
    UpdatesRequest,
    UploadAbandon,
    UploadFinish,
    UploadQuestion,
    UploadRequest,
    decode,
    encode,
)


@frozen
class Way:
    """How a request came: from which network address, to which address of ours, and whether that is this machine's."""

    source: str
    address: str
    own_machine: bool = False


Handle = Callable[[Any, Bearer, Way], Awaitable[object]]
"""What is done with a message, for whom, and how it came; who is nobody where no token is asked for."""

_NOBODY: Final = Bearer(tenant="", agent="")  # type: ignore[arg-type]


def agent_routes(services: Services, address: str) -> list[Route]:
    """All routes below ``/agent/v1/``; ``address`` is the hub's, "" for the one a request comes to."""
    handles = _handles(services)
    operations = [
        Route(PREFIX + operation, _Endpoint(services, shape, handles[operation], address).answer, methods=["POST"])
        for operation, shape in SHAPES.items()
    ]
    notices = Route(NOTICES_PATH, _Notices(services).answer, methods=["GET"])
    return [*operations, notices, part_route(services), blob_route(services)]


def _handles(services: Services) -> dict[Operation, Handle]:
    async def enrol(message: EnrolRequest, _: Bearer, __: Way) -> object:
        return await services.enrolment.enrol(message)

    async def token(message: TokenRequest, _: Bearer, __: Way) -> object:
        return await services.tokens.give(message)

    async def desired(message: DesiredRequest, bearer: Bearer, _: Way) -> object:
        return await services.desired.of(bearer, message)

    async def reports(message: ReportBatch, bearer: Bearer, _: Way) -> object:
        return await services.reports.take(bearer, message)

    async def echo(message: EchoRequest, bearer: Bearer, _: Way) -> object:
        await services.notices.echo(bearer, message)
        return Done()

    async def renew(message: RenewRequest, bearer: Bearer, _: Way) -> object:
        return await services.enrolment.renew(bearer, message)

    async def keys(message: KeysRequest, bearer: Bearer, _: Way) -> object:
        return await services.key_book.of(bearer, message)

    async def updates(message: UpdatesRequest, bearer: Bearer, _: Way) -> object:
        return await services.updates.of(bearer, message)

    return {
        Operation.UPDATES: updates,
        Operation.ENROL: enrol,
        Operation.TOKEN: token,
        Operation.DESIRED: desired,
        Operation.REPORTS: reports,
        Operation.ECHO: echo,
        Operation.RENEW: renew,
        Operation.KEYS: keys,
        **_shares(services),
        **_codes(services),
        **_sign_ins(services),
        **_uploads(services),
        **_releases(services),
        **_tunnel(services),
    }


def _codes(services: Services) -> dict[Operation, Handle]:
    async def begin(message: DeviceCodeRequest, _: Bearer, way: Way) -> object:
        return _shown(await services.device_codes.begin(message, source=way.source), way)

    async def begin_sign_in(message: SignInCodeRequest, bearer: Bearer, way: Way) -> object:
        return _shown(await services.device_codes.begin_sign_in(bearer, message, source=way.source), way)

    async def ask(message: DeviceCodeQuestion, _: Bearer, __: Way) -> object:
        return await services.device_codes.ask(message)

    return {Operation.DEVICE_CODE: begin, Operation.DEVICE_TOKEN: ask, Operation.SIGN_IN_CODE: begin_sign_in}


def _sign_ins(services: Services) -> dict[Operation, Handle]:
    async def ask(message: SignInQuestion, bearer: Bearer, _: Way) -> object:
        return await services.sign_ins.ask(bearer, message)

    async def refresh(message: RefreshRequest, bearer: Bearer, _: Way) -> object:
        return await services.sign_ins.refresh(bearer, message)

    async def sign_out(message: SignOutRequest, bearer: Bearer, _: Way) -> object:
        await services.sign_ins.sign_out(bearer, message)
        return Done()

    return {Operation.SIGN_IN_TOKEN: ask, Operation.SIGN_IN_REFRESH: refresh, Operation.SIGN_OUT: sign_out}


def _uploads(services: Services) -> dict[Operation, Handle]:
    async def begin(message: UploadRequest, bearer: Bearer, _: Way) -> object:
        return await services.uploads.begin(bearer.uploader, message)

    async def standing(message: UploadQuestion, bearer: Bearer, _: Way) -> object:
        return await services.uploads.standing(bearer.uploader, message)

    async def finish(message: UploadFinish, bearer: Bearer, _: Way) -> object:
        return await services.uploads.finish(bearer.uploader, message)

    async def abandon(message: UploadAbandon, bearer: Bearer, _: Way) -> object:
        await services.uploads.abandon(bearer.uploader, message)
        return Done()

    return {
        Operation.UPLOAD: begin,
        Operation.UPLOAD_STANDING: standing,
        Operation.UPLOAD_FINISH: finish,
        Operation.UPLOAD_ABANDON: abandon,
    }


def _releases(services: Services) -> dict[Operation, Handle]:
    async def releases(message: ReleasesRequest, bearer: Bearer, _: Way) -> object:
        return await services.releases.of(bearer, message)

    async def words(message: ReleaseWords, bearer: Bearer, _: Way) -> object:
        await services.releases.words(bearer, message)
        return Done()

    async def ask(message: ReleaseAsked, bearer: Bearer, _: Way) -> object:
        return await services.releases.asked(bearer, message)

    async def mirror(message: MirrorRequest, bearer: Bearer, _: Way) -> object:
        await services.mirrors.keep(bearer, message)
        return Done()

    async def near(message: NearRequest, bearer: Bearer, way: Way) -> object:
        return await services.near.reached(bearer, message, own_machine=way.own_machine)

    async def broker(_: BrokerRequest, bearer: Bearer, __: Way) -> object:
        return await services.brokers.of(bearer)

    return {
        Operation.RELEASES: releases,
        Operation.RELEASE_WORDS: words,
        Operation.RELEASE_ASK: ask,
        Operation.MIRROR: mirror,
        Operation.NEAR: near,
        Operation.BROKER: broker,
    }


def _shares(services: Services) -> dict[Operation, Handle]:
    async def ask(message: SharesRequest, bearer: Bearer, _: Way) -> object:
        return await services.shares.of(bearer, message)

    async def change(message: SharesChange, bearer: Bearer, _: Way) -> object:
        return await services.shares.change(bearer, message)

    return {Operation.SHARES: ask, Operation.SHARES_CHANGE: change}


def _tunnel(services: Services) -> dict[Operation, Handle]:
    async def look(message: TunnelRequest, bearer: Bearer, _: Way) -> object:
        return await services.tunnel.look(bearer, message)

    async def words(message: CrossingWords, bearer: Bearer, _: Way) -> object:
        return await services.tunnel.words(bearer, message)

    async def offer(message: CrossingOffer, bearer: Bearer, _: Way) -> object:
        return await services.crossings.offer(bearer, message)

    async def standings(message: CrossingsQuestion, bearer: Bearer, _: Way) -> object:
        return await services.crossings.standings(bearer, message)

    async def cancel(message: CrossingCancel, bearer: Bearer, _: Way) -> object:
        return await services.crossings.cancel(bearer, message)

    async def envelopes(message: CrossingEnvelopes, bearer: Bearer, _: Way) -> object:
        await services.crossings.envelopes(bearer, message)
        return Done()

    return {
        Operation.TUNNEL: look,
        Operation.TUNNEL_WORDS: words,
        Operation.TUNNEL_OFFER: offer,
        Operation.TUNNEL_STANDINGS: standings,
        Operation.TUNNEL_CANCEL: cancel,
        Operation.TUNNEL_ENVELOPES: envelopes,
    }


def _shown(made: Made, way: Way) -> DeviceCode:
    code, where = spelled(made.code.user_code), f"{way.address}/activate"
    return DeviceCode(
        device_code=made.secret,
        user_code=code,
        verification_uri=where,
        verification_uri_complete=f"{where}?code={code}",
        interval_s=made.code.interval_s,
        expires_in_s=int((made.code.expires_at - made.code.asked_at).total_seconds()),
    )


@frozen
class _Endpoint:
    """One operation."""

    services: Services
    shape: Shape
    handle: Handle
    address: str

    async def answer(self, request: Request) -> Response:
        """Reads, asks, writes."""
        headers: dict[str, str] = {}
        try:
            headers[HEADER] = protocol_of(request)
            bearer = await bearer_of(request, self.services) if self.shape.authenticated else _NOBODY
            message = _read(self.shape.request, await request.body())
            return Response(
                encode(await self.handle(message, bearer, self._way(request))), 200, headers, "application/json"
            )
        except HubError as error:
            refusal = problem_response(error)
            refusal.headers.update(headers)
            return refusal

    def _way(self, request: Request) -> Way:
        source = request.client.host if request.client else ""
        address = (self.address or str(request.base_url)).rstrip("/")
        return Way(source, address, own_machine=_is_own(self.address, request))


def _is_own(address: str, request: Request) -> bool:
    """Whether the hub is reached at this machine's own address: by what it is told to be, else by where it listens."""
    server = request.scope.get("server") or ("", None)
    host = urlsplit(address).hostname if address else str(server[0])
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


@frozen
class _Notices:
    """The stream of notices."""

    services: Services

    async def answer(self, request: Request) -> Response:
        """Opens a stream."""
        headers = {HEADER: protocol_of(request), "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        bearer = await bearer_of(request, self.services)
        return NoticeLines(self.services.notices, bearer, headers)


def _read(kind: type[Any], data: bytes) -> object:
    try:
        return decode(kind, data)
    except HubMessageError as error:
        raise BadInput(f"the message cannot be understood: {error}") from error
