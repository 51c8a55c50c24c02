"""The menu: what can be chosen, in which words, and with which wish."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from tray_rig import held, job, printer, uuid_of, view

from tympan_tray._dbus import Call
from tympan_tray._dbus_menu import ROOT, DbusMenu
from tympan_tray._limits import LABEL_CHARS, SHOWN
from tympan_tray._menu import Entry, Kind, menu
from tympan_tray._standing import Away, Gone, Seen
from tympan_tray._view import Condition
from tympan_tray._wishes import Act, Wish
from tympan_tray._words import of_browser, of_session, spoken

ENGLISH = spoken("en")


def every(seen: Seen, code: str = "en") -> dict[str, Entry]:
    def flat(entries: tuple[Entry, ...]) -> Iterator[Entry]:
        for entry in entries:
            yield entry
            yield from flat(entry.children)

    found = list(flat(menu(seen, spoken(code))))
    assert len({entry.key for entry in found}) == len(found), "a key names one entry"
    return {entry.key: entry for entry in found}


def test_the_menu_of_a_quiet_day() -> None:
    found = every(view(printers=(printer(condition=Condition.READY),)))
    assert found["standing"].label == "Connected"
    assert found["printer front"].label == "Front – ready"
    assert found["person"].label == "Signed in as Ada"
    assert found["logout"].wish == Wish(act=Act.SIGN_OUT)
    assert found["portal"].wish == Wish(act=Act.PORTAL)
    assert found["release"].label == "Tympan 0.1.0"
    assert found["fingerprint"].label == "Key abab abab abab abab …"
    assert found["all about"].wish == Wish(act=Act.PAGE, part="about")


def test_a_held_job_can_be_released_and_deleted() -> None:
    found = every(view(held=(held(1),)))
    assert found[f"held {uuid_of(1)}"].label == "letter 1 · 3 pages · Front"
    assert found[f"release {uuid_of(1)}"].wish == Wish(act=Act.RELEASE, jobs=(uuid_of(1),))
    assert found[f"delete {uuid_of(1)}"].wish == Wish(act=Act.DELETE, jobs=(uuid_of(1),))
    assert "release all" not in found


def test_several_are_released_together_in_their_order() -> None:
    found = every(view(held=(held(1), held(2))))
    assert found["release all"].wish == Wish(act=Act.RELEASE, jobs=(uuid_of(1), uuid_of(2)))


def test_a_job_of_a_printer_without_a_device_asks_where() -> None:
    points = (printer("front", releases=True), printer("back", releases=True), printer("other"))
    found = every(view(held=(held(1, own=False), held(2, own=False)), printers=points))
    assert found[f"release {uuid_of(1)} back"].wish == Wish(act=Act.RELEASE, jobs=(uuid_of(1),), at="back")
    assert f"release {uuid_of(1)} other" not in found
    assert found["release all front"].wish == Wish(act=Act.RELEASE, jobs=(uuid_of(1), uuid_of(2)), at="front")


def test_where_no_device_is_known_that_is_said_and_nothing_offered() -> None:
    entry = every(view(held=(held(1, own=False),)))[f"no point {uuid_of(1)}"]
    assert not entry.enabled


def test_an_agent_that_is_away_leaves_nothing_to_choose_but_to_quit() -> None:
    found = every(Away(cause="no agent runs in /home/ada"))
    assert [key for key, entry in found.items() if entry.enabled] == ["quit"]
    assert found["said 0"].label == "no agent runs in /home/ada"


def test_why_no_agent_answers_is_said_in_the_sessions_language() -> None:
    away = Away(cause="no agent runs in /home/ada", gone=Gone.NOT_RUNNING)
    assert every(away, "de")["said 0"].label == "Auf diesem Computer läuft kein Agent: tympan run"
    assert "said 0" not in every(Away(gone=Gone.NOT_RUNNING, restarting=True))


def test_nobody_signed_in_is_offered_to_sign_in_and_without_a_hub_to_join_one() -> None:
    assert every(view(signed_in=False))["login"].label == "Sign in …"
    assert every(view(signed_in=False, hub=None))["login"].label == "Join a hub and sign in …"


def test_what_needs_you_stands_on_top() -> None:
    entries = menu(view(jobs=(job(state="unknown"),)), ENGLISH)
    assert entries[0].label == "Needs you"
    assert "“letter 1”" in entries[1].label


def test_long_titles_and_many_jobs_do_not_fill_the_screen() -> None:
    many = tuple(held(number, name="x" * 400) for number in range(SHOWN + 5))
    found = every(view(held=many))
    assert all(len(entry.label) <= LABEL_CHARS for entry in found.values())
    assert len([key for key in found if key.startswith("held ")]) == SHOWN
    assert found["more held"].wish == Wish(act=Act.PAGE)


def test_it_speaks_german() -> None:
    found = every(view(held=(held(1),), printers=(printer(condition=Condition.AWAY),)), "de")
    assert found["standing"].label == "Verbunden"
    assert found[f"release {uuid_of(1)}"].label == "Freigeben"
    assert found["printer front"].label == "Front – keine Antwort"


def test_the_sessions_language_decides() -> None:
    assert of_session({"LANG": "de_AT.UTF-8"}).code == "de"
    assert of_session({"LANG": "de_DE.UTF-8", "LC_ALL": "en_GB.UTF-8"}).code == "en"
    assert of_session({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:de"}).code == "de"
    assert of_session({"LANG": "C"}).code == of_session({}).code == "en"


def test_the_browsers_first_language_that_there_is_decides() -> None:
    assert of_browser("de-CH,en;q=0.8").code == "de"
    assert of_browser("fr,de;q=0.9").code == "de"
    assert of_browser("en-GB,de").code == "en"
    assert of_browser(None).code == "en"


# ---------------------------------------------------------------------------------------------------- over the bus


def labels(told: DbusMenu) -> dict[str, int]:
    _, _, below = told.layout(ROOT, -1)
    found: dict[str, int] = {}

    def take(rows: list[Any]) -> None:
        for _, (number, properties, children) in rows:
            found[properties.get("label", ("s", ""))[1]] = number
            take(children)

    take(below)
    return found


def test_a_click_brings_the_wish_of_its_entry() -> None:
    chosen: list[Wish] = []
    told = DbusMenu(chosen.append)
    assert told.take(menu(view(held=(held(1),)), ENGLISH))
    told.clicked(labels(told)["Release"], "hovered")
    assert told.clicked(labels(told)["Release"], "clicked")
    assert chosen == [Wish(act=Act.RELEASE, jobs=(uuid_of(1),))]


def test_a_number_stays_with_its_entry_while_others_come_and_go() -> None:
    told = DbusMenu(lambda wish: None)
    told.take(menu(view(held=(held(2),)), ENGLISH))
    before = labels(told)["letter 2 · 3 pages · Front"]
    told.take(menu(view(held=(held(1), held(2))), ENGLISH))
    assert labels(told)["letter 2 · 3 pages · Front"] == before


def test_a_late_click_on_an_entry_that_is_gone_does_nothing() -> None:
    chosen: list[Wish] = []
    told = DbusMenu(chosen.append)
    told.take(menu(view(held=(held(1),)), ENGLISH))
    gone = labels(told)["Release"]
    told.take(menu(view(held=(held(2),)), ENGLISH))
    assert not told.clicked(gone, "clicked")
    assert not chosen
    answer = told.answer(Call(path="/MenuBar", interface="", member="EventGroup", body=([(gone, "clicked", 0, 0)],)))
    assert answer is not None
    assert answer.body == ([gone],)


def test_the_same_menu_is_no_news_and_another_raises_the_revision() -> None:
    told = DbusMenu(lambda wish: None)
    told.take(menu(view(), ENGLISH))
    before = told.revision
    assert not told.take(menu(view(), ENGLISH))
    assert told.revision == before
    assert told.take(menu(view(held=(held(1),)), ENGLISH))
    assert told.revision > before


def test_an_underscore_in_a_title_is_no_mark_of_the_keyboard() -> None:
    told = DbusMenu(lambda wish: None)
    told.take(menu(view(held=(held(1, name="a_b"),)), ENGLISH))
    assert "a__b · 3 pages · Front" in labels(told)


def test_separators_part_the_groups() -> None:
    entries = menu(view(held=(held(1),)), ENGLISH)
    kinds = [entry.kind for entry in entries]
    assert kinds[0] is not Kind.SEPARATOR
    assert kinds[-1] is not Kind.SEPARATOR
    assert not any(one is two is Kind.SEPARATOR for one, two in itertools.pairwise(kinds))
