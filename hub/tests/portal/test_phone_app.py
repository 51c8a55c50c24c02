"""What makes held jobs an app: the manifest, the worker, the page while the hub is away, who may run WebAssembly."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from hub_rig import PASSWORD, Bench
from portal_steps import SignIn, csrf, send

from tympan_hub.domain.held import Whereabouts
from tympan_hub.domain.people import Role
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, Offers
from tympan_hub.domain.releases import Step, Why
from tympan_hub.http.portal import _held_words as words

pytestmark = pytest.mark.anyio


async def test_a_phone_can_install_the_app_in_its_own_language(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/app/manifest.webmanifest", headers={"accept-language": "de"})
    assert answer.headers["content-type"].startswith("application/manifest+json")
    told = answer.json()
    assert (told["start_url"], told["scope"], told["display"], told["lang"]) == ("/app", "/", "standalone", "de")
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        picture = await visitor.get(icon["src"])
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")


async def test_the_worker_keeps_files_there_are_and_another_release_of_them_is_another_worker(
    visitor: httpx.AsyncClient,
) -> None:
    english = await visitor.get("/app/worker.js")
    assert english.headers["service-worker-allowed"] == "/"
    assert english.headers["content-type"].startswith("text/javascript")
    kept = {word: json.loads(value) for word, value in re.findall(r"^const (\w+) = (.*);$", english.text, flags=re.M)}
    for path in (*kept["FILES"], kept["OFFLINE"]):
        assert (await visitor.get(path)).status_code == 200, path
    german = await visitor.get("/app/worker.js", headers={"accept-language": "de"})
    assert kept["NAME"] not in german.text


async def test_the_page_while_the_hub_is_away_is_the_same_for_everybody(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant("Acme"))
    client = await sign_in(person)
    page = await client.get("/app/offline")
    client.cookies.clear()
    assert page.text == (await client.get("/app/offline")).text
    assert person.name not in page.text
    assert "Acme" not in page.text


async def test_the_page_with_the_camera_alone_may_run_webassembly(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), Role.USER))
    assert "'wasm-unsafe-eval'" in (await client.get("/app/scan")).headers["content-security-policy"]
    for path in ("/", "/app/offline", "/account"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert "wasm" not in policy
        assert "unsafe" not in policy


async def test_a_typed_code_leads_to_its_printer_and_what_is_none_is_asked_for_again(
    hub: Bench, sign_in: SignIn
) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), Role.USER))
    for typed in ("abcd2345", "ABCD-2345", " abcd 2345 "):
        answer = await client.get("/app/find", params={"code": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, "/r/ABCD2345")
    for typed in ("", "short", "ABCD234O", "../../sign-out", "https://evil.example/", "A" * 5000):
        answer = await client.get("/app/find", params={"code": typed})
        assert answer.status_code == 422
        assert "This is no code of a printer" in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert len(answer.text) < 20_000


async def test_who_signs_out_leaves_nothing_on_the_phone(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), Role.USER))
    data = {"csrf": (await client.get("/account")).text.partition('name="csrf" value="')[2].partition('"')[0]}
    assert (await client.post("/sign-out", data=data)).headers["clear-site-data"] == '"storage"'
    assert "clear-site-data" not in (await send(client, "/account")).headers


async def test_who_signs_in_finds_nothing_of_who_was_here_before(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant(), Role.USER)
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    answer = await visitor.post("/sign-in", data=form)
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"storage"'


def test_everything_of_pull_printing_has_a_word_and_no_two_steps_look_alike() -> None:
    assert set(words.WHYS) == set(Why)
    assert set(words.STEPS) == set(Step)
    assert len({shown.word for shown in words.STEPS.values()}) == len(Step)
    assert set(words.PLACES) == set(Whereabouts) - {Whereabouts.HERE}
    assert set(words.PROXIMITIES) == {each.value for each in Proximity}
    assert set(words.MIRRORS) == {each.value for each in Mirroring}
    assert set(words.OFFERS) == {each.value for each in Offers}
