"""The provider: discovery, keys, tokens and user info over HTTP on loopback, in the loop of the test."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tympan_hub.ports import Clock

CLIENT, SECRET = "tympan", "a client secret"


@attrs.define
class Issuer:
    """What it tells, and how it lies.

    Attributes:
        person: Claims about the person: what an honest one would tell.
        lies: Claims of the ID token in place of the right ones; None takes one out.
        unsigned: Signs with nothing (alg none).
        shared: Signs with the client secret (HS256).
        key: The key it signs with.
        published: Keys it publishes.
        document: Members of the discovery document in place of the right ones.
        open_userinfo: Claims told by the user info alone; None when there is no such endpoint.
        answers_refresh: Whether a refresh token is still good.
        gives_refresh: Whether it gives one.
        refresh_has_token: Whether the answer to a refresh has an ID token.
        broken: A path that answers 500.
        extra: Octets after each document.
        hits: How often each path was asked.
    """

    url: str
    clock: Clock
    person: dict[str, Any] = attrs.field(
        factory=lambda: {"sub": "7", "email": "bea@acme.example", "email_verified": True, "name": "Bea Ito"}
    )
    lies: dict[str, Any] = attrs.field(factory=dict)
    unsigned: bool = False
    shared: bool = False
    key: ECKey = attrs.field(factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    published: list[ECKey] = attrs.field(factory=list)
    document: dict[str, Any] = attrs.field(factory=dict)
    open_userinfo: dict[str, Any] | None = None
    answers_refresh: bool = True
    gives_refresh: bool = True
    refresh_has_token: bool = True
    broken: str = ""
    extra: int = 0
    hits: dict[str, int] = attrs.field(factory=dict)
    asked: dict[str, dict[str, str]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.published.append(self.key)

    def authorise(self, address: str, **other: str) -> str:
        """Does as a browser and a person at the provider would; returns the address they come back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_hex(8)
        self.asked[code] = query
        back = {"code": code, "state": query["state"], "iss": self.url, **other}
        return f"{query['redirect_uri']}?{urlencode({name: value for name, value in back.items() if value})}"

    def _token(self, nonce: str | None, access: str) -> str:
        now = int(self.clock.now().timestamp())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.person,
            **self.lies,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        if self.unsigned:
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, said)]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.shared:
            return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(SECRET), algorithms=["HS256"])
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, said, self.key, algorithms=["ES256"])

    async def _discovery(self, _: Request) -> Response:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            "end_session_endpoint": f"{self.url}/end",
            **({"userinfo_endpoint": f"{self.url}/userinfo"} if self.open_userinfo is not None else {}),
            **self.document,
        }
        return Response(json.dumps(told) + " " * self.extra, media_type="application/json")

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})

    async def _tokens(self, request: Request) -> Response:
        form = dict(await request.form())
        given = request.headers.get("authorization", "")
        if given != "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return JSONResponse({"error": "invalid_client"}, 401)
        nonce = None
        if form["grant_type"] == "refresh_token":
            if not self.answers_refresh:
                return JSONResponse({"error": "invalid_grant"}, 400)
        else:
            asked = self.asked.pop(str(form["code"]), None)
            digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
            proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if not asked or (asked["code_challenge"], asked["code_challenge_method"]) != (proof, "S256"):
                return JSONResponse({"error": "invalid_grant"}, 400)
            nonce = asked["nonce"]
        access = secrets.token_hex(8)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        if self.gives_refresh:
            answer["refresh_token"] = secrets.token_hex(8)
        if form["grant_type"] != "refresh_token" or self.refresh_has_token:
            answer["id_token"] = self._token(nonce, access)
        return JSONResponse(answer)

    async def _userinfo(self, _: Request) -> Response:
        return JSONResponse({"sub": self.person["sub"], **(self.open_userinfo or {})})

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Counts, breaks, or answers."""
        if scope["type"] == "http":
            self.hits[scope["path"]] = self.hits.get(scope["path"], 0) + 1
            if scope["path"] == self.broken:
                await Response("broken", 500)(scope, receive, send)
                return
        routes = [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/jwks", self._jwks),
            Route("/token", self._tokens, methods=["POST"]),
            Route("/userinfo", self._userinfo),
        ]
        await Starlette(routes=routes)(scope, receive, send)


@asynccontextmanager
async def issuing(clock: Clock) -> AsyncIterator[Issuer]:
    """An issuer that answers on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    issuer = Issuer(url=f"http://127.0.0.1:{listening.getsockname()[1]}", clock=clock)
    config = uvicorn.Config(issuer.app, log_level="warning", lifespan="off", access_log=False, interface="asgi3")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield issuer
    finally:
        server.should_exit = True
        await serving
