"""Tokens of the API: made, shown once, limited, and dead with whoever made them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from api_rig import Program, program
from hub_rig import PASSWORD, AgentKey, Bench, RemoteAgent

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from tympan_hub.domain.ids import SERVICE, ApiTokenId
from tympan_hub.domain.limits.requests import API_REQUESTS, API_TOKEN_KEPT
from tympan_hub.domain.people import CONSOLE, Role
from tympan_wire.hub import Operation

pytestmark = pytest.mark.anyio


async def status(program: Program, path: str = "/me") -> int:
    return (await program.ask("GET", path)).status_code


async def test_a_token_tells_whose_it_is(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    told = await (await program(hub, person, Role.OPERATOR)).get("/me")
    assert (told["email"], told["role"], told["tenant"]) == (person.email, "operator", person.tenant)
    assert "see-all-jobs" in told["may"]
    assert "manage-people" not in told["may"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where the file can be looked through
async def test_the_token_itself_is_kept_nowhere(hub: Bench) -> None:
    made = await program(hub, await hub.person(await hub.tenant()))
    await made.get("/me")
    kept = b"".join(path.read_bytes() for path in Path(hub.database.path).parent.glob("hub.db*"))
    assert made.secret.encode() not in kept
    assert made.token.prefix.encode() in kept
    assert made.secret.startswith(made.token.prefix)


@pytest.mark.parametrize("secret", ["", "tym_", "tym_guessed", "x" * 5000, "tym_ü\0"])
async def test_no_other_token_gets_in(hub: Bench, secret: str) -> None:
    await program(hub, await hub.person(await hub.tenant()))
    answer = await hub.client.get("/api/v1/me", headers={b"Authorization": f"Bearer {secret}".encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not-signed-in"


async def test_a_role_is_at_most_the_makers(hub: Bench) -> None:
    tenant = await hub.tenant()
    for role, refused in {
        Role.USER: {Role.OPERATOR, Role.ADMINISTRATOR, Role.OWNER},
        Role.OPERATOR: {Role.ADMINISTRATOR, Role.OWNER},
        Role.ADMINISTRATOR: {Role.OWNER},
    }.items():
        person = await hub.person(tenant, role)
        for each in Role:
            if each in refused:
                with pytest.raises(BadInput):
                    await program(hub, person, each)
            else:
                assert (await program(hub, person, each)).token.role is each


async def test_it_ends_when_its_time_is_over(hub: Bench) -> None:
    made = await program(hub, await hub.person(await hub.tenant()))
    hub.clock.forward(days=29.9)
    assert await status(made) == 200
    hub.clock.forward(days=0.2)
    assert await status(made) == 401


async def test_it_ends_when_it_is_revoked_and_that_is_in_the_log(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    made = await program(hub, admin)
    await hub.services.api_tokens.revoke(tenant, admin.actor, made.token.id)
    assert await status(made) == 401
    with pytest.raises(Conflict):
        await hub.services.api_tokens.revoke(tenant, admin.actor, made.token.id)
    acts = [(entry.act, entry.subject) for entry in await hub.services.audit.page(tenant, admin.actor)]
    assert acts[:2] == [("token.revoke", made.token.prefix), ("token.make", made.token.prefix)]


async def test_it_dies_with_its_maker(hub: Bench) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    made = await program(hub, user)
    await hub.services.people.disable(tenant, CONSOLE, user.id)
    assert await status(made) == 401
    await hub.services.people.enable(tenant, CONSOLE, user.id)
    assert await status(made) == 401


async def test_who_lost_a_role_has_no_token_that_keeps_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    made = await program(hub, await hub.person(tenant))
    assert await status(made, "/people") == 200
    async with hub.raw(tenant) as connection:
        await connection.exec_driver_sql("UPDATE people SET role = 'user'")
    assert await status(made, "/people") == 403
    assert await status(made, "/printers") == 200


async def test_everybody_sees_their_own_and_administrators_all(hub: Bench) -> None:
    tenant = await hub.tenant()
    user, admin = await hub.person(tenant, Role.USER), await hub.person(tenant)
    of_user, of_admin = await program(hub, user), await program(hub, admin)
    assert [token["id"] for token in (await of_user.get("/tokens"))["items"]] == [of_user.token.id]
    assert len((await of_admin.get("/tokens"))["items"]) == 2
    with pytest.raises(NotFound):
        await hub.services.api_tokens.revoke(tenant, user.actor, of_admin.token.id)
    assert (await of_admin.ask("POST", f"/tokens/{of_user.token.id}/revoke")).status_code == 204
    assert await status(of_user) == 401


async def test_only_a_person_makes_one_and_only_at_home(hub: Bench) -> None:
    tenant, owner = await hub.tenant(), await hub.owner()
    for actor in (CONSOLE, owner.actor):
        with pytest.raises(NotAllowed):
            await hub.services.api_tokens.make(tenant, actor, name="x", role=Role.USER, validity=dt.timedelta(days=1))


@pytest.mark.parametrize("validity", [dt.timedelta(), dt.timedelta(days=-1), dt.timedelta(days=400)])
@pytest.mark.parametrize("name", ["fine", "", "\0", "x" * 200])
async def test_what_no_token_can_be_is_refused(hub: Bench, validity: dt.timedelta, name: str) -> None:
    person = await hub.person(await hub.tenant())
    with pytest.raises(BadInput):
        await hub.services.api_tokens.make(person.tenant, person.actor, name=name, role=Role.USER, validity=validity)


async def test_the_last_use_is_kept_to_the_minute(hub: Bench) -> None:
    made = await program(hub, await hub.person(await hub.tenant()))
    await made.get("/me")
    first = hub.clock.now()
    hub.clock.forward(seconds=30)
    assert (await made.get("/tokens"))["items"][0]["used_at"] == first.isoformat().replace("+00:00", "Z")
    hub.clock.forward(seconds=31)
    assert (await made.get("/tokens"))["items"][0]["used_at"] != first.isoformat().replace("+00:00", "Z")


async def test_a_token_that_asks_too_often_waits_and_no_other_does(hub: Bench) -> None:
    tenant = await hub.tenant()
    eager, calm = await program(hub, await hub.person(tenant)), await program(hub, await hub.person(tenant, Role.USER))
    for _ in range(API_REQUESTS):
        await hub.services.api_tokens.caller(eager.secret)
    answer = await eager.ask("GET", "/me")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert await status(calm) == 200
    hub.clock.forward(seconds=int(answer.headers["retry-after"]))
    assert await status(eager) == 200


async def test_an_owners_token_names_the_tenant(hub: Bench) -> None:
    tenant, owner = await hub.tenant(), await hub.owner()
    made = await program(hub, owner)
    assert (await made.get("/me"))["tenant"] == SERVICE
    assert (await made.ask("GET", "/agents")).status_code == 400
    assert (await made.get("/agents", tenant=tenant))["items"] == []
    assert (await made.ask("GET", "/agents", tenant="nobody")).status_code == 404
    assert (await made.ask("GET", "/jobs", tenant=tenant)).status_code == 403
    assert (await made.get("/tenants"))["items"][0]["id"] == tenant


async def test_a_token_cannot_lock_out_its_own_maker(hub: Bench) -> None:
    made = await program(hub, await hub.person(await hub.tenant()))
    assert (await made.ask("POST", f"/people/{made.person.id}/disable")).status_code == 400
    assert await status(made) == 200


async def test_ended_ones_are_forgotten_in_time(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    made = await program(hub, person)
    hub.clock.forward(days=31)
    await hub.services.housekeeping.tidy()
    assert await hub.services.api_tokens.list(person.tenant, person.actor)
    hub.clock.forward(days=API_TOKEN_KEPT.days)
    await hub.services.housekeeping.tidy()
    assert await hub.services.api_tokens.list(person.tenant, person.actor) == ()
    assert made.token.id != ApiTokenId("")


async def test_a_stolen_token_makes_and_unmakes_nobody_who_manages_unless_it_was_made_for_that(hub: Bench) -> None:
    tenant = await hub.tenant()
    maker, other = await hub.person(tenant), await hub.person(tenant, email="other@acme.example")
    user = await hub.person(tenant, Role.USER)
    new = {"email": "new@acme.example", "name": "New", "password": PASSWORD, "role": "administrator"}
    locked = await hub.person(tenant, email="locked@acme.example")
    await hub.services.people.disable(tenant, CONSOLE, locked.id)
    _, invited = await hub.services.invitations.make(
        tenant, maker.actor, email="soon@acme.example", role=Role.ADMINISTRATOR
    )
    provider = {"name": "There", "issuer": "https://p.example", "client_id": "c", "client_secret": "s"}
    full = await program(hub, maker)
    assert (await full.ask("POST", "/providers", provider)).status_code == 201
    rule = {"value": "it", "role": "administrator"}
    assert (await full.ask("POST", "/providers/there/rules", rule)).status_code == 201
    theirs = await program(hub, other)
    before = await full.get("/providers"), await full.get("/people")
    tries: list[tuple[str, str, dict[str, str]]] = [
        ("POST", "/people", new),
        ("POST", "/invitations", {"email": "new@acme.example", "role": "administrator"}),
        ("PATCH", f"/people/{user.id}", {"role": "administrator"}),
        ("PUT", f"/people/{other.id}/password", {"password": "another good one"}),
        ("DELETE", f"/people/{other.id}/second-factor", {}),
        ("POST", "/providers", provider),
        ("PATCH", f"/people/{other.id}", {"role": "user"}),
        ("PATCH", f"/people/{other.id}", {"name": "Nobody"}),
        ("PATCH", f"/people/{other.id}", {"login": "nobody"}),
        ("POST", f"/tokens/{theirs.token.id}/revoke", {}),
        ("POST", "/invitations", {"email": "soon@acme.example", "role": "user"}),
        ("POST", f"/people/{other.id}/disable", {}),
        ("POST", f"/people/{locked.id}/enable", {}),
        ("DELETE", f"/people/{other.id}", {}),
        ("POST", f"/invitations/{invited.id}/revoke", {}),
        ("PUT", "/providers/there", provider | {"issuer": "https://evil.example"}),
        ("DELETE", "/providers/there", {}),
        ("POST", "/providers/there/rules", {"value": "all", "role": "administrator"}),
        ("POST", "/providers/there/rules/remove", {"value": "it", "role": "administrator"}),
        ("PUT", "/policy/switches/portal.second-factor.administrator", {"verdict": "off"}),
    ]
    stolen = await program(hub, maker, makes_administrators=False)
    for method, path, body in tries:
        answer = await stolen.ask(method, path, body or None)
        assert answer.status_code == 403, (path, answer.text)
    assert (await full.get("/providers"), await full.get("/people")) == before
    assert (await stolen.ask("PATCH", f"/people/{user.id}", {"name": "Somebody"})).status_code == 200
    assert (await stolen.ask("POST", f"/tokens/{full.token.id}/revoke")).status_code == 204
    assert (await stolen.ask("POST", "/people", {**new, "role": "user"})).status_code == 201
    made_for_it = await program(hub, maker)
    assert (await made_for_it.ask("PATCH", f"/people/{user.id}", {"role": "administrator"})).status_code == 200
    own = await made_for_it.ask("PUT", f"/people/{maker.id}/password", {"password": "another good one"})
    assert own.status_code == 400, own.text


async def test_enrolment_tokens_are_listed_and_revoked(hub: Bench) -> None:
    tenant = await hub.tenant()
    made = await program(hub, await hub.person(tenant))
    secret = (await made.ask("POST", "/enrolment-tokens", {"hours": 2, "name": "Reception"})).json()["token"]
    (listed,) = (await made.get("/enrolment-tokens"))["items"]
    assert listed["made_by"].startswith(made.person.email)
    assert secret not in str(listed)
    path = f"/enrolment-tokens/{listed['id']}/revoke"
    assert (await made.ask("POST", path)).status_code == 204
    assert (await made.ask("POST", path)).status_code == 404
    assert (await made.get("/enrolment-tokens"))["items"] == []
    (ended,) = (await made.get("/enrolment-tokens", standing="revoked"))["items"]
    assert (ended["name"], ended["standing"], ended["id"]) == ("Reception", "revoked", listed["id"])
    machine = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new())
    assert (await machine.post(Operation.ENROL, machine.enrol_request(secret))).status_code == 401
    other = await program(hub, await hub.person(await hub.tenant("Other")))
    await hub.services.agents.make_token(tenant, CONSOLE)
    (again,) = (await made.get("/enrolment-tokens"))["items"]
    assert (await other.ask("POST", f"/enrolment-tokens/{again['id']}/revoke")).status_code == 404


async def test_enrolment_tokens_come_in_pages_the_newest_first(hub: Bench) -> None:
    made = await program(hub, await hub.person(await hub.tenant()))
    for number in range(3):
        await made.ask("POST", "/enrolment-tokens", {"name": f"desk {number}"})
        hub.clock.forward(minutes=1)
    first = await made.get("/enrolment-tokens", limit=2)
    rest = await made.get("/enrolment-tokens", limit=2, after=first["next"])
    assert [item["name"] for page in (first, rest) for item in page["items"]] == ["desk 2", "desk 1", "desk 0"]
    assert rest["next"] is None
    assert (await made.ask("GET", "/enrolment-tokens", after="WyJ4IiwieSJd")).status_code == 400
