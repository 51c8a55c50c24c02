"""People signed in at agents."""

from typing import Annotated

from fastapi import APIRouter, Path

from tympan_hub.domain.ids import AgentId, SignInId
from tympan_hub.domain.sign_ins import SignIn as Known
from tympan_hub.http.api._ask import AtHome, InTenant
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HEX, After, AgentIn, Limit, Moment, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["sign-ins"], route_class=ApiRoute)

SignInPath = Annotated[str, Path(pattern=HEX, description="A sign-in's id.")]


class SignIn(Told):
    """A person signed in at an agent, for an account of its operating system."""

    id: str
    agent: str
    user: str
    person: str
    began_at: Moment
    renewed_at: Moment
    expires_at: Moment


@router.get("/agents/{agent}/sign-ins", operation_id="list-sign-ins")
async def at_agent(ask: InTenant, agent: AgentIn, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[SignIn]:
    """Who is signed in at an agent, by account."""
    found = await ask.services.sign_ins.at_agent(ask.tenant, ask.actor, AgentId(agent))
    page, following = cut(found, lambda one: (one.sign_in.user, one.sign_in.id), after, limit)
    return Page(items=[_told(one.sign_in) for one in page], next=following)


@router.get("/me/sign-ins", operation_id="list-own-sign-ins")
async def mine(ask: AtHome, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[SignIn]:
    """Where one is signed in oneself."""
    found = await ask.services.sign_ins.mine(ask.tenant, ask.person)
    ordered = sorted(found, key=lambda one: (one.agent, one.sign_in.id))
    page, following = cut(ordered, lambda one: (one.agent, one.sign_in.id), after, limit)
    return Page(items=[_told(one.sign_in) for one in page], next=following)


@router.post("/sign-ins/{sign_in}/end", operation_id="end-sign-in", status_code=204)
async def end(ask: InTenant, sign_in: SignInPath) -> None:
    """Ends one's own sign-in; who manages agents ends anybody's."""
    await ask.services.sign_ins.end(ask.tenant, ask.person, SignInId(sign_in))


def _told(sign_in: Known) -> SignIn:
    return SignIn.model_validate(sign_in)
