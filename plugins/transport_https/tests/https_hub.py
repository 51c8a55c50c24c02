"""A small hub on loopback that speaks the agent's protocol, with faults to order; it checks as the real one does."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from tympan_net.http_server import Bound, HangUp, Request, Response, serve
from tympan_wire.hub import (
    BLOBS_PATH,
    HEADER,
    MESSAGE_BYTES,
    NOTICES_PATH,
    PREFIX,
    PROTOCOL,
    SHAPES,
    Broker,
    BrokerRequest,
    Code,
    Desired,
    DesiredRequest,
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Done,
    Echo,
    EchoRequest,
    Enrolled,
    EnrolRequest,
    Grant,
    Hello,
    KeyEntry,
    Keys,
    KeysRequest,
    News,
    Operation,
    PolicyKey,
    Problem,
    Receipt,
    RefreshRequest,
    Refused,
    Releases,
    ReleasesRequest,
    Renewed,
    RenewRequest,
    Report,
    ReportBatch,
    SharesAnswer,
    SharesChange,
    SharesRequest,
    SignInAnswer,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
    Token,
    TokenRequest,
    Tunnel,
    TunnelRequest,
    UpdatesRequest,
    UpdatesWanted,
    decode,
    encode,
)

_AUTHORITY = ec.generate_private_key(ec.SECP256R1())
_CODE = DeviceCode(
    device_code="long",
    user_code="BCDF-GHJK",
    verification_uri="https://hub.example/activate",
    verification_uri_complete="https://hub.example/activate?code=BCDF-GHJK",
    interval_s=1,
    expires_in_s=600,
)
AGENT, TENANT, IDENTITY = "agent-1", "tenant-1", "https://hub.example/"
Fault = Callable[[Request], Response | None]


class HubNo(Exception):
    """The hub says no."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.response = Response(
            status=status, headers=(("content-type", "application/problem+json"),), body=encode(problem)
        )


@attrs.define(eq=False)
class FakeHub:
    """The hub and what it knows.

    Attributes:
        tokens: One-use tokens that are left.
        agents: Public keys (SubjectPublicKeyInfo, DER) by agent.
        desired: What agents shall have.
        reports: What was reported, once for each id, in order.
        batches: Every batch that came, repetitions too.
        asked: Operations in order.
        faults: By operation, asked before it is carried out; a response in its place, or `HangUp`.
        forgetful: By operation, how many answers get lost after it was carried out.
        refuse: Reports never to be taken, by id or kind.
        access: Access tokens that are taken.
        revoked: Whether the agent is revoked.
        silent: The stream takes part in no round trip any more, and stays open.
        mute: Streams say no hello.
        updates: What it wants of updates.
        told_versions: What it was told of versions.
        policy_key: Public key announced at enrolment.
        pace_s: What hello asks for.
        clock_s: How far this hub's clock is ahead.
        certificate_age: How old a certificate is when it is given.
        grant: What became of ``code``.
        refresh_token: The one that holds.
        previous: The one before.
        refreshed: Every request to lengthen a sign-in.
        code: What a person approves.
        recipients: Keys for envelopes that were told, in order.
        proofs: The same, each with its proof.
        agent: Whoever is enrolled next.
        blobs: Sealed bytes that may be fetched, by reference.
        book: Entries of the key book.
        entries_at_once: How many of them are told at once.
    """

    tokens: set[str] = attrs.field(factory=lambda: {"once"})
    agents: dict[str, bytes] = attrs.field(factory=dict)
    desired: Desired = attrs.field(factory=lambda: Desired(edition="0"))
    reports: dict[uuid.UUID, Report] = attrs.field(factory=dict)
    batches: list[ReportBatch] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)
    faults: dict[str, Fault] = attrs.field(factory=dict)
    forgetful: dict[str, int] = attrs.field(factory=dict)
    refuse: set[str] = attrs.field(factory=set)
    access: set[str] = attrs.field(factory=set)
    assertions: set[str] = attrs.field(factory=set)
    revoked: bool = False
    silent: bool = False
    mute: bool = False
    updates: UpdatesWanted = attrs.field(factory=UpdatesWanted)
    told_versions: list[UpdatesRequest] = attrs.field(factory=list)
    policy_key: bytes = bytes(range(32))
    pace_s: int = 0
    clock_s: float = 0.0
    certificate_age: dt.timedelta = dt.timedelta()
    grant: Grant = Grant.PENDING
    refresh_token: str = ""
    previous: str = ""
    refreshed: list[RefreshRequest] = attrs.field(factory=list)
    code: DeviceCode = _CODE
    recipients: list[str] = attrs.field(factory=list)
    proofs: list[tuple[str, str]] = attrs.field(factory=list)
    agent: str = AGENT
    blobs: dict[str, bytes] = attrs.field(factory=dict)
    book: list[KeyEntry] = attrs.field(factory=list)
    entries_at_once: int = 3
    streams: dict[str, trio.MemorySendChannel[bytes]] = attrs.field(factory=dict)
    opened: int = 0

    def now(self) -> dt.datetime:
        """By the hub's own clock."""
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.clock_s)

    async def push(self, line: str | bytes) -> None:
        """Says a line on every stream; a bare word is a topic to look at."""
        data = line if isinstance(line, bytes) else json.dumps({"kind": "look", "topic": line}).encode()
        for stream in list(self.streams.values()):
            await stream.send(data + b"\n")

    async def want(self, desired: Desired) -> None:
        """Changes what agents shall have, and tells them."""
        self.desired = desired
        await self.push("desired")

    async def break_streams(self) -> None:
        """Ends every stream."""
        for stream in list(self.streams.values()):
            await stream.aclose()

    async def handle(self, request: Request) -> Response:
        """Answers one request."""
        operation = request.path.removeprefix(PREFIX)
        self.asked.append(operation)
        fault = self.faults.get(operation) or self.faults.get("*")
        answer = fault(request) if fault else None
        if answer is None:
            try:
                answer = await self._carry_out(request, operation)
            except HubNo as no:
                answer = no.response
        if self.forgetful.get(operation, 0) > 0:
            self.forgetful[operation] -= 1
            raise HangUp
        date = self.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return attrs.evolve(
            answer, headers=(*answer.headers, ("x-hub", "fake"), (HEADER, str(PROTOCOL)), ("Date", date))
        )

    async def _carry_out(self, request: Request, operation: str) -> Response:
        assert request.header(HEADER) == str(PROTOCOL)
        if request.path == NOTICES_PATH:
            self._signed_in(request)
            return Response(headers=(("content-type", "application/x-ndjson"),), body=self._stream())
        if request.path.startswith(BLOBS_PATH):
            self._signed_in(request)
            return self._part(request)
        body = await request.body(MESSAGE_BYTES)
        if operation == "suite":
            self._signed_in(request)
            return Response(body=body)
        shape = SHAPES[Operation(operation)]
        if shape.authenticated:
            self._signed_in(request)
        message = getattr(self, "do_" + operation.replace("-", "_"))(decode(shape.request, body))
        assert isinstance(message, shape.answer)
        return Response(headers=(("content-type", "application/json"),), body=encode(message))

    def _part(self, request: Request) -> Response:
        whole = self.blobs.get(request.path.removeprefix(BLOBS_PATH))
        if whole is None:
            raise no(404, Code.NOT_FOUND, "there is no such upload")
        first, last = map(int, (request.header("range") or "").removeprefix("bytes=").split("-"))
        last = min(last, len(whole) - 1)
        told = ("content-range", f"bytes {first}-{last}/{len(whole)}")
        return Response(status=206, headers=(told,), body=whole[first : last + 1])

    def _signed_in(self, request: Request) -> None:
        if self.revoked:
            raise no(403, Code.REVOKED, "this agent was revoked")
        if (request.header("authorization") or "").removeprefix("Bearer ") not in self.access:
            raise no(401, Code.NOT_SIGNED_IN, "the access token does not hold")

    async def _stream(self) -> AsyncIterator[bytes]:
        send, receive = trio.open_memory_channel[bytes](64)
        self.opened += 1
        name = f"stream-{self.opened}"
        self.streams[name] = send
        try:
            if self.mute:
                await trio.sleep_forever()
            yield encode(Hello(stream=name, pace_s=self.pace_s), News) + b"\n"
            async for line in receive:
                yield line
        finally:
            self.streams.pop(name, None)

    # ------------------------------------------------------------------ operations

    def do_enrol(self, request: EnrolRequest) -> Enrolled:
        """A token, once; and again for the same key, whose answer may have been lost."""
        _check_name(request.name)
        public = base64.b64decode(request.public_key)
        if request.token not in self.tokens and self.agents.get(self.agent) != public:
            raise no(401, Code.TOKEN_REFUSED, "the token is not known or was used")
        _key(public).verify(base64.b64decode(request.proof), request.token.encode(), ec.ECDSA(SHA256()))
        self.tokens.discard(request.token)
        self.agents[self.agent] = public
        self.recipients.append(request.recipient)
        self.proofs.append((request.recipient, request.recipient_proof))
        key = PolicyKey(id="0" * 16, public=base64.b64encode(self.policy_key).decode())
        return Enrolled(
            agent=self.agent,
            tenant=TENANT,
            tenant_name="Example",
            hub=IDENTITY,
            certificate=self.certificate(),
            policy_keys=(key,),
        )

    def certificate(self) -> str:
        """A certificate for the agent's key that began ``certificate_age`` ago and lasts 300 days."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.agent)])
        begun = self.now() - self.certificate_age
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(_key(self.agents[self.agent]))
            .serial_number(x509.random_serial_number())
            .not_valid_before(begun)
            .not_valid_after(begun + dt.timedelta(days=300))
            .sign(_AUTHORITY, SHA256())
        )
        return made.public_bytes(Encoding.PEM).decode()

    def do_renew(self, request: RenewRequest) -> Renewed:
        """A certificate that is new."""
        self.recipients.append(request.recipient)
        self.proofs.append((request.recipient, request.recipient_proof))
        self.certificate_age = dt.timedelta()
        return Renewed(certificate=self.certificate())

    def do_device_code(self, request: DeviceCodeRequest) -> DeviceCode:
        """A code, for a machine or with its account."""
        _check_name(request.name)
        return self.code

    def do_sign_in_code(self, request: SignInCodeRequest) -> DeviceCode:
        """A code for an account."""
        return self.code

    def do_device_token(self, question: DeviceCodeQuestion) -> DeviceCodeAnswer:
        """What ``grant`` says."""
        return DeviceCodeAnswer(grant=self.grant, token="once" if self.grant is Grant.GRANTED else "")

    def do_sign_in_token(self, question: SignInQuestion) -> SignInAnswer:
        """What ``grant`` says."""
        if self.grant is not Grant.GRANTED:
            return SignInAnswer(grant=self.grant)
        self.refresh_token = question.refresh_token
        return SignInAnswer(grant=self.grant, sign_in="s1", expires_at=self.now() + dt.timedelta(days=60))

    def do_sign_in_refresh(self, request: RefreshRequest) -> SignInAnswer:
        """As the real one: the same pair again is the same request, another use of an old token is theft."""
        self.refreshed.append(request)
        if (request.refresh_token, request.next) != (self.previous, self.refresh_token):
            if request.refresh_token != self.refresh_token:
                raise no(401, Code.TOKEN_REFUSED, "this sign-in has ended")
            self.previous, self.refresh_token = self.refresh_token, request.next
        return SignInAnswer(grant=Grant.GRANTED, sign_in=request.sign_in)

    def do_sign_out(self, request: SignOutRequest) -> Done:
        """Whoever it was."""
        self.refresh_token = ""
        return Done()

    def do_token(self, request: TokenRequest) -> Token:
        """An access token for a fresh assertion."""
        head, claims, signature = request.assertion.split(".")
        said = json.loads(_un64(claims))
        raw = _un64(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            _key(self.agents[self.agent]).verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        except InvalidSignature as error:  # of a membership that was left while this was on its way
            raise no(401, Code.NOT_SIGNED_IN, "the assertion is signed with another key") from error
        now = self.now().timestamp()
        if (said["iss"], said["sub"], said["aud"]) != (self.agent, self.agent, IDENTITY) or said[
            "jti"
        ] in self.assertions:
            raise no(401, Code.NOT_SIGNED_IN, "the assertion is for somebody else, or was used")
        if not now - 5 < said["exp"] <= now + 300:
            raise no(401, Code.NOT_SIGNED_IN, "the assertion has ended, or is for too long")
        if self.revoked:
            raise no(403, Code.REVOKED, "this agent was revoked")
        self.assertions.add(said["jti"])
        token = f"access-{len(self.assertions)}"
        self.access.add(token)
        return Token(access_token=token, expires_at=self.now() + dt.timedelta(minutes=10))

    def do_desired(self, request: DesiredRequest) -> Desired:
        """The whole state, or that it is the same."""
        if request.known == self.desired.edition:
            return Desired(edition=request.known, unchanged=True)
        return self.desired

    def do_reports(self, batch: ReportBatch) -> Receipt:
        """Takes what is new; an id counts once."""
        self.batches.append(batch)
        refused = [r for r in batch.reports if self.refuse & {str(r.id), r.finding.KIND}]  # type: ignore[union-attr]
        for report in batch.reports:
            if report not in refused:
                self.reports.setdefault(report.id, report)
        taken = tuple(report.id for report in batch.reports if report not in refused)
        return Receipt(taken=taken, refused=tuple(Refused(id=report.id, why="never") for report in refused))

    def do_releases(self, _: ReleasesRequest) -> Releases:
        """Nobody asks for a held job."""
        return Releases()

    def do_tunnel(self, _: TunnelRequest) -> Tunnel:
        """Nothing waits."""
        return Tunnel()

    def do_keys(self, request: KeysRequest) -> Keys:
        """The key book as a test wrote it."""
        behind = [entry for entry in self.book if entry.number > request.after]
        newest = self.book[-1].number if self.book else 0
        return Keys(entries=tuple(behind[: self.entries_at_once]), newest=newest)

    def do_shares(self, _: SharesRequest) -> SharesAnswer:
        """It has what it is asked about."""
        return SharesAnswer(same=True)

    def do_shares_change(self, _: SharesChange) -> SharesAnswer:
        """Taken, and forgotten."""
        return SharesAnswer(same=True)

    def do_broker(self, _: BrokerRequest) -> Broker:
        """There is none."""
        return Broker()

    def do_updates(self, request: UpdatesRequest) -> UpdatesWanted:
        """Keeps what was told, and says what ``updates`` says."""
        self.told_versions.append(request)
        return self.updates

    def do_echo(self, request: EchoRequest) -> Done:
        """Says the nonce on the stream."""
        stream = self.streams.get(request.stream)
        if stream is not None and not self.silent:
            stream.send_nowait(encode(Echo(nonce=request.nonce), News) + b"\n")
        return Done()

    def findings(self, kind: type[Any]) -> list[Any]:
        """What was reported of one kind, in order."""
        return [report.finding for report in self.reports.values() if isinstance(report.finding, kind)]


def no(status: int, code: Code, detail: str, **fields: Any) -> HubNo:
    """A no of the hub."""
    return HubNo(status, Problem(code=code, detail=detail, **fields))


def _check_name(name: str) -> None:
    if not (1 <= len(name.encode()) <= 127 and name.isprintable() and name.strip()):
        raise no(400, Code.BAD_MESSAGE, "an agent's name has 1 to 127 octets and no control characters")


def away(request: Request) -> Response | None:
    """A fault: the hub does not answer."""
    raise HangUp


def garbage(request: Request) -> Response | None:
    """A fault: something else answers."""
    return Response(
        status=200, headers=(("content-type", "text/html"),), body=b"<html>Please sign in to the hotel</html>"
    )


def busy(request: Request) -> Response | None:
    """A fault: the hub asks to come back."""
    return no(503, Code.UNAVAILABLE, "it is being updated", retry="later").response


@asynccontextmanager
async def hub_on_loopback(hub: FakeHub, *, port: int = 0) -> AsyncIterator[str]:
    """Serves the hub; gives its address."""
    async with trio.open_nursery() as nursery:
        bound: Bound = await nursery.start(_serve, hub, port)
        yield f"http://127.0.0.1:{bound.port}"
        nursery.cancel_scope.cancel()


async def _serve(hub: FakeHub, port: int, *, task_status: trio.TaskStatus[Bound] = trio.TASK_STATUS_IGNORED) -> None:
    await serve(hub.handle, port=port, on_error=_raise, task_status=task_status)


def _raise(request: Request, error: Exception) -> None:
    raise AssertionError(f"the fake hub failed at {request!r}") from error


def _key(public: bytes) -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(public)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def _un64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
