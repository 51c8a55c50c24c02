"""Ways in: a session, one that is half open, a code shown by an agent, and a provider that vouches."""

from __future__ import annotations

from hub_rig import BIRTH, PASSWORD

from border_rig._ground import Goods, Ground
from tympan_hub.domain.arrivals import Identity, Vouched
from tympan_hub.domain.device_codes import DeviceCode
from tympan_hub.domain.ids import ProviderId, SignInId, TokenHash, hash_of
from tympan_hub.domain.providers import Provider
from tympan_hub.domain.second_factor import HalfSignedIn
from tympan_hub.domain.sessions import OpenSession, Visitor
from tympan_hub.domain.sign_ins import SignIn
from tympan_wire.hub import SignInCodeRequest, SignInQuestion


async def sign_ins(ground: Ground) -> Goods:
    """The administrator, signed in by each of them."""
    hub, tenant, admin = ground.hub, ground.tenant, ground.admin
    entered = await hub.enter(admin.email, PASSWORD, source="x")
    session = entered.session
    half = HalfSignedIn(hash=hash_of("half"), person=admin, visitor=Visitor(), expires_at=BIRTH)
    async with hub.units.writing() as unit:
        await unit.half_sign_ins.add(tenant, half)
    at_agent, vouched_for = await _at_the_agent(ground), await _vouched_for(ground, hash_of(entered.secret))
    return Goods(
        {OpenSession: session.opened, HalfSignedIn: half, **at_agent.by_type, **vouched_for.by_type},
        {
            "session": hash_of(entered.secret),
            "session_id": session.opened.id,
            "csrf": session.csrf,
            "half": half.hash,
            **at_agent.by_name,
            **vouched_for.by_name,
        },
    )


async def _at_the_agent(ground: Ground) -> Goods:
    """By a code that the agent shows."""
    hub, tenant = ground.hub, ground.tenant
    shown = await hub.services.device_codes.begin_sign_in(ground.bearer, SignInCodeRequest(user="ben"), source="x")
    typed = shown.code.user_code
    await hub.services.device_codes.approve(tenant, ground.admin, typed, source="x")
    question = SignInQuestion(device_code=shown.secret, refresh_token="r" * 43)
    await hub.services.sign_ins.ask(ground.bearer, question)
    async with hub.units.writing() as unit:
        code = await unit.device_codes.get(tenant, shown.code.hash)
        [present] = await unit.sign_ins.present(tenant, ground.agent_id, BIRTH)
    return Goods(
        {DeviceCode: code, SignInId: present.sign_in.id, SignIn: present.sign_in},
        {"code": shown.code.hash, "user_code": typed},
    )


async def _vouched_for(ground: Ground, session: TokenHash) -> Goods:
    """By a provider of the tenant's."""
    hub, tenant, admin = ground.hub, ground.tenant, ground.admin
    provider = Provider(
        id=ProviderId("contoso"),
        tenant=tenant,
        name="Contoso",
        issuer="https://login.example",
        client_id="tympan",
        domains=("contoso.example",),
        created_at=BIRTH,
    )
    identity = Identity(
        tenant=tenant,
        issuer=provider.issuer,
        subject="7",
        person=admin.id,
        own_role=admin.role,
        given_role=admin.role,
        linked_at=BIRTH,
        seen_at=BIRTH,
    )
    vouched = Vouched(
        session=session,
        whose=tenant,
        provider=provider.id,
        issuer=provider.issuer,
        subject="7",
        tokens=b"sealed",
        due_at=BIRTH,
        confirmed_at=BIRTH,
    )
    async with hub.units.writing() as unit:
        await unit.providers.add(tenant, provider, b"sealed")
        await unit.identities.put(tenant, identity)
        await unit.vouchings.add(tenant, vouched)
        await unit.departures.spend(tenant, hash_of("state"), BIRTH)
    return Goods(
        {Provider: provider, ProviderId: provider.id, Identity: identity, Vouched: vouched},
        {"issuer": provider.issuer, "subject": "7", "whose": tenant, "state": hash_of("state")},
    )
