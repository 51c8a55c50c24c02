"""An agent as the hub meets it: a P-256 key, messages, tokens. Nothing of the real agent is in it."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import attrs
import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey

from tympan_hub.ports import Clock
from tympan_wire.hub import (
    HEADER,
    PREFIX,
    PROTOCOL,
    SHAPES,
    Desired,
    DesiredRequest,
    Enrolled,
    EnrolRequest,
    Operation,
    Platform,
    Problem,
    Receipt,
    RenewRequest,
    Report,
    ReportBatch,
    Token,
    TokenRequest,
    decode,
    encode,
    key_statement,
)

HEADERS = {HEADER: str(PROTOCOL)}


@attrs.frozen
class AgentKey:
    """An agent's key."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> AgentKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> bytes:
        """SubjectPublicKeyInfo in DER."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def proof(self, token: str) -> str:
        """Its signature of a token."""
        return base64.b64encode(self.private.sign(token.encode(), ec.ECDSA(SHA256()))).decode()

    def recipient_proof(self, recipient: bytes) -> str:
        """Its signature of a key for envelopes."""
        return base64.b64encode(self.private.sign(key_statement(recipient), ec.ECDSA(SHA256()))).decode()

    def assertion(self, claims: dict[str, Any], alg: str = "ES256") -> str:
        """A JWT signed with it."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return jwt.encode({"alg": alg}, claims, ECKey.import_key(pem), algorithms=[alg])


@attrs.define
class RemoteAgent:
    """An agent on the other side of HTTP."""

    client: httpx.AsyncClient
    clock: Clock
    key: AgentKey
    name: str = "desk-1"
    enrolled: Enrolled | None = None
    token: str = ""
    recipient: bytes = b""

    @property
    def id(self) -> str:
        """Its name at the hub."""
        assert self.enrolled is not None
        return self.enrolled.agent

    def enrol_request(self, token: str) -> EnrolRequest:
        """What it says to enrol."""
        return EnrolRequest(
            token=token,
            public_key=base64.b64encode(self.key.public).decode(),
            proof=self.key.proof(token),
            recipient=base64.b64encode(self.recipient).decode(),
            recipient_proof=self.key.recipient_proof(self.recipient) if self.recipient else "",
            name=self.name,
            platform=Platform.LINUX,
            release="0.1.0",
        )

    def claims(self, **other: Any) -> dict[str, Any]:
        """What an assertion of it says."""
        assert self.enrolled is not None
        now = int(self.clock.now().timestamp())
        said = {"iss": self.id, "sub": self.id, "aud": self.enrolled.hub, "exp": now + 120, "jti": uuid.uuid4().hex}
        return {**said, **other}

    async def post(self, operation: Operation, message: object, *, signed_in: bool = True) -> httpx.Response:
        """Asks the hub, whatever it answers."""
        headers = {**HEADERS, **({"Authorization": f"Bearer {self.token}"} if signed_in and self.token else {})}
        body = message if isinstance(message, bytes) else encode(message)
        return await self.client.post(PREFIX + operation, content=body, headers=headers)

    async def ask(self, operation: Operation, message: object) -> Any:
        """The hub's answer, which must be a good one."""
        answer = await self.post(operation, message)
        assert answer.status_code == 200, answer.text
        assert answer.headers[HEADER] == str(PROTOCOL)
        return decode(SHAPES[operation].answer, answer.content)

    async def enrol(self, token: str) -> Enrolled:
        """Becomes known."""
        enrolled: Enrolled = await self.ask(Operation.ENROL, self.enrol_request(token))
        self.enrolled = enrolled
        return enrolled

    async def rekey(self, recipient: bytes, proof: str | None = None) -> None:
        """Tells of a key for envelopes, with its proof unless another one, or none, is given."""
        told = self.key.recipient_proof(recipient) if proof is None else proof
        public = base64.b64encode(recipient).decode()
        await self.ask(Operation.RENEW, RenewRequest(recipient=public, recipient_proof=told))
        self.recipient = recipient

    async def renew(self) -> Token:
        """Gets an access token."""
        token: Token = await self.ask(Operation.TOKEN, TokenRequest(assertion=self.key.assertion(self.claims())))
        self.token = token.access_token
        return token

    async def desired(self, known: str = "", *, dated: bool = False) -> Desired:
        """Asks for the desired state; not ``dated`` is as agents did before documents had an end."""
        desired: Desired = await self.ask(Operation.DESIRED, DesiredRequest(known=known, dated=dated))
        return desired

    async def report(self, *reports: Report) -> Receipt:
        """Reports."""
        receipt: Receipt = await self.ask(Operation.REPORTS, ReportBatch(reports=reports))
        return receipt


def problem(answer: httpx.Response) -> Problem:
    """What the hub said no with."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return decode(Problem, answer.content)
