"""Release points, their sheets and screens, stations, and how a queue holds jobs, as an administrator says it."""

from __future__ import annotations

import re

import pytest
from hub_rig import Bench
from portal_steps import SignIn, send

from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.people import Role
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, Offers

pytestmark = pytest.mark.anyio
EVIL = "<script>alert(1)</script>"
RULES = {
    "proximity": "rotating",
    "offers": "any",
    "hold_hours": "48",
    "warn_minutes": "30",
    "jobs_most": "20",
    "mib_most": "64",
    "pages_a_month": "500",
    "mirror": "hub",
    "offline": "yes",
    "grant_minutes": "5",
}


async def test_a_queue_that_holds_jobs_is_added_and_told_how(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    boss = await sign_in(admin)
    assert "There is no queue yet that holds jobs." in (await boss.get("/release-points")).text
    added = await send(boss, "/printers/new", name="Follow me", way="pull", uri="ipp://typed.example/before")
    assert added.url.path == "/printers/follow-me/pull"
    saved = await send(boss, "/printers/follow-me/pull", **RULES)
    assert saved.url.path == "/printers/follow-me"
    assert "The changing code on a screen beside it" in saved.text
    assert "Holds jobs" in saved.text or "It holds jobs" in saved.text
    known = (await hub.services.printers.get(tenant, admin.actor, PrinterId("follow-me"))).printer
    assert known.uri == ""
    assert known.pull is not None
    assert (known.pull.offers, known.pull.mirror, known.pull.proximity) == (
        Offers.ANY, Mirroring.HUB, Proximity.ROTATING,
    )  # fmt: skip
    assert (known.pull.adapt, known.pull.offline, known.pull.pages_a_month) == (False, True, 500)
    assert known.pull.bytes_most == 64 << 20
    form = (await boss.get("/printers/follow-me/pull")).text
    assert 'value="48"' in form
    renamed = await send(boss, "/printers/follow-me/edit", name="Follow us", location="Everywhere")
    assert "Follow us" in renamed.text
    assert (await hub.services.printers.get(tenant, admin.actor, PrinterId("follow-me"))).printer.pull == known.pull


async def test_a_queue_is_told_which_computers_keep_its_jobs(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    boss = await sign_in(admin)
    group = await hub.services.groups.add(tenant, admin.actor, name=f"Post {EVIL}")
    await send(boss, "/printers/new", name="Follow me", way="pull")
    form = (await boss.get("/printers/follow-me/pull")).text
    assert '<option value="" selected>Any that reach a release point</option>' in form
    assert EVIL not in form
    await send(boss, "/printers/follow-me/pull", **{**RULES, "mirror": "agents", "keepers": group.id})
    known = (await hub.services.printers.get(tenant, admin.actor, PrinterId("follow-me"))).printer
    assert known.pull is not None
    assert (known.pull.mirror, known.pull.keepers) == (Mirroring.AGENTS, group.id)
    assert f'<option value="{group.id}" selected>' in (await boss.get("/printers/follow-me/pull")).text
    refused = await send(boss, "/printers/follow-me/pull", **{**RULES, "keepers": "gone"})
    assert (refused.status_code, "This group is gone." in refused.text) == (422, True)
    await hub.services.groups.remove(tenant, admin.actor, group.id)
    assert (await send(boss, "/printers/follow-me/pull", **RULES)).url.path == "/printers/follow-me"


WRONG = (
    ("hold_hours", "0"),
    ("hold_hours", "9999"),
    ("hold_hours", "x"),
    ("warn_minutes", "2880"),
    ("jobs_most", ""),
    ("mib_most", "-1"),
    ("pages_a_month", "0"),
    ("grant_minutes", "16"),
)


async def test_rules_that_cannot_be_are_named(hub: Bench, sign_in: SignIn) -> None:
    boss = await sign_in(await hub.person(await hub.tenant()))
    await send(boss, "/printers/new", name="Follow me", way="pull")
    for field, wrong in WRONG:
        refused = await send(boss, "/printers/follow-me/pull", **{**RULES, field: wrong})
        assert refused.status_code == 422
        assert f'id="{field}-fault"' in refused.text


async def test_printers_become_release_points_with_a_sheet_and_are_none_again(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    boss = await sign_in(admin)
    for name in (f"Hall {EVIL}", "Stairs"):
        await send(boss, "/printers/new", name=name, uri="ipp://device.example/ipp/print", location="Ground floor")
    await send(boss, "/printers/new", name="Follow me", way="pull")
    assert "Tick the printers first." in (await send(boss, "/release-points")).text
    page = await boss.get("/release-points")
    assert "No release point yet" in page.text
    ticks = re.findall(r'name="(printer-[^"]+)"', page.text)
    assert "printer-follow-me" not in ticks, "a queue has no device"
    made = await send(boss, "/release-points", **dict.fromkeys(ticks, "yes"))
    assert "They are release points now." in made.text
    codes = re.findall(r'class="mono">([0-9A-Z]{4}-[0-9A-Z]{4})<', made.text)
    assert len(set(codes)) == 2
    sheets = await boss.get("/release-points/sheets")
    assert EVIL not in sheets.text
    assert all(code in sheets.text for code in codes)
    assert sheets.text.count("data:image/svg+xml") == 2
    one = await boss.get("/release-points/sheets", params={"printer": "stairs", "labels": "yes"})
    assert one.text.count("data:image/svg+xml") == 1
    assert (await boss.get("/release-points/sheets", params={"printer": "nowhere"})).status_code == 404
    before = (await boss.get("/release-points/stairs")).text
    renewed = await send(boss, "/release-points/stairs/renew")
    assert "It has a new code." in renewed.text
    assert re.findall(r'point-code"[^>]*>([^<]+)<', renewed.text) != re.findall(r'point-code"[^>]*>([^<]+)<', before)
    proof = await send(boss, "/release-points/stairs/proof", proximity="near")
    assert '<option value="near" selected>' in proof.text
    linked = await send(boss, "/release-points/stairs/kiosk")
    [link] = re.findall(r'<code id="kiosk">([^<]+)</code>', linked.text)
    assert link.startswith("https://hub.example/kiosk/")
    assert "kiosk/" not in (await boss.get("/release-points/stairs")).text.replace("/stairs/kiosk", "")
    gone = await send(boss, "/release-points/stairs/remove")
    assert "It is no release point any more." in gone.text
    assert (await boss.get("/release-points/stairs")).status_code == 404


async def test_a_station_is_made_its_token_shown_once_and_removed(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    await send(boss, "/printers/new", name="Hall", uri="ipp://device.example/ipp/print")
    await send(boss, "/release-points", **{"printer-hall": "yes"})
    assert "No station yet" in (await boss.get("/stations")).text
    refused = await send(boss, "/stations/new", name="Reader")
    assert refused.status_code == 422
    assert "Tick 1 to 50 printers." in refused.text
    assert (await send(boss, "/stations/new", name="Reader", **{"printer-nowhere": "yes"})).status_code == 422
    made = await send(boss, "/stations/new", name=EVIL, **{"printer-hall": "yes"})
    [secret] = re.findall(r'<code id="secret">([^<]+)</code>', made.text)
    page = await boss.get("/stations")
    assert EVIL not in page.text
    assert secret not in page.text
    assert "Hall" in page.text
    again = await send(boss, "/stations/new", name=EVIL, **{"printer-hall": "yes"})
    assert again.status_code == 422
    [station] = re.findall(r'href="(/stations/[^"]+)/remove"', page.text)
    assert "Remove this station?" in (await boss.get(f"{station}/remove")).text
    assert "The station is removed." in (await send(boss, f"{station}/remove")).text


async def test_badges_are_given_and_taken_away_on_the_page_of_a_person(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin, person = await hub.person(tenant), await hub.person(tenant, Role.USER)
    boss = await sign_in(admin)
    way = f"/people/{person.id}"
    given = await send(boss, f"{way}/badges", badge="04:a1:b2:c3:d4:e5:f6")
    assert "The badge is theirs" in given.text
    assert ">…5F6<" in given.text
    assert "04A1B2" not in given.text.upper().replace(":", "")
    for path, number, fault in (
        (f"/people/{admin.id}", "04A1B2C3D4E5F6", "Somebody holds this badge already"),
        (way, EVIL, "This is no number of a badge"),
        (way, "", "This is no number of a badge"),
    ):
        refused = await send(boss, f"{path}/badges", badge=number)
        assert refused.status_code == 422
        assert fault in refused.text
    [digest] = re.findall(r'name="digest" value="([^"]+)"', given.text)
    assert "It was so already" in (await send(boss, f"/people/{admin.id}/badges/remove", digest=digest)).text
    assert "The badge opens nothing any more." in (await send(boss, f"{way}/badges/remove", digest=digest)).text
    user = await sign_in(person)
    assert (await send(user, f"{way}/badges", badge="04A1B2C3D4E5F7")).status_code == 403


async def test_users_make_and_see_none_of_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    await send(boss, "/printers/new", name="Hall", uri="ipp://device.example/ipp/print")
    await send(boss, "/printers/new", name="Follow me", way="pull")
    await send(boss, "/release-points", **{"printer-hall": "yes"})
    user = await sign_in(await hub.person(tenant, Role.USER))
    for path in ("/release-points", "/release-points/hall", "/release-points/sheets", "/stations", "/stations/new"):
        assert (await user.get(path)).status_code == 403, path
    for path in ("/release-points/hall/renew", "/release-points/hall/remove", "/release-points/hall/kiosk"):
        assert (await send(user, path)).status_code == 403, path
    assert (await send(user, "/release-points", **{"printer-hall": "yes"})).status_code == 403
    assert (await send(user, "/printers/follow-me/pull", **RULES)).status_code == 403
    assert (await user.get("/printers/follow-me/pull")).status_code == 403
    assert "It holds jobs" in (await user.get("/printers/follow-me")).text
