"""Tokens of the API: seen and revoked. A token makes no tokens: a stolen one could else outlive itself."""

from fastapi import APIRouter

from tympan_hub.domain.ids import ApiTokenId
from tympan_hub.domain.people import Role
from tympan_hub.http.api._ask import InScope
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, After, Limit, Moment, Page, TokenIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["tokens"], route_class=ApiRoute)


class Token(Told):
    """A token, without itself."""

    id: str
    prefix: str
    name: str
    role: Role
    person: str
    made_at: Moment
    expires_at: Moment
    used_at: Moment | None
    revoked_at: Moment | None


@router.get("/tokens", operation_id="list-tokens")
async def every(ask: InScope, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Token]:
    """One's own tokens, by name; who manages people sees everybody's."""
    found = await ask.services.api_tokens.list(ask.tenant, ask.actor)
    page, following = cut(found, lambda token: (token.name, token.id), after, limit)
    return Page(items=[Token.model_validate(token) for token in page], next=following)


@router.post("/tokens/{token}/revoke", operation_id="revoke-token", status_code=204)
async def revoke(ask: InScope, token: TokenIn) -> None:
    """Ends a token at once."""
    await ask.services.api_tokens.revoke(ask.tenant, ask.actor, ApiTokenId(token))
