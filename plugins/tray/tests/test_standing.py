"""How it stands at a glance, and what needs a person."""

from __future__ import annotations

import pytest
from tray_rig import HUB, held, job, printer, view

from tympan_tray._notices import change
from tympan_tray._standing import SIGN_IN, Away, Standing, Why, needs, standing
from tympan_tray._view import Condition, HubView, View
from tympan_tray._words import spoken

ENGLISH, GERMAN = spoken("en"), spoken("de")
OFFLINE = HubView(address=HUB.address, trouble="the hub cannot be reached")
EMPTY = printer(condition=Condition.TROUBLE, reason="media-empty-error", detail="The device is out of paper.")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (view(), Standing.CONNECTED),
        (view(hub=OFFLINE), Standing.OFFLINE),
        (view(signed_in=False), Standing.NOT_SIGNED_IN),
        (view(signed_in=False, sign_in_wanted=False), Standing.CONNECTED),
        (view(hub=None, sign_in_wanted=False, signed_in=False), Standing.ALONE),
        (view(jobs=(job(state="unknown"),)), Standing.NEEDS_YOU),
        (view(hub=OFFLINE, jobs=(job(state="unknown"),)), Standing.NEEDS_YOU),
        (view(held=(held(),)), Standing.CONNECTED),
        (view(held=(held(),), signed_in=False, sign_in_wanted=False), Standing.NOT_SIGNED_IN),
        (view(held=(held(),), signed_in=False, sign_in_wanted=False, hub=None), Standing.ALONE),
        (view(printers=(EMPTY,)), Standing.CONNECTED),
        (Away(cause="no agent runs"), Standing.AWAY),
        (Away(restarting=True), Standing.RESTARTING),
    ],
)
def test_it_stands_as_honestly_as_is_known(seen: View | Away, expected: Standing) -> None:
    assert standing(seen) is expected


def test_pages_that_wait_for_one_device_are_one_need() -> None:
    jobs = (job(1, state="waiting", pages=2), job(2, state="printing", pages=1), job(3, state="queued", printer="Back"))
    (need,) = needs(view(printers=(EMPTY, printer("back", condition=Condition.READY)), jobs=jobs))
    assert (need.why, need.jobs, need.pages, need.reason) == (Why.DEVICE, 2, 3, "media-empty")
    assert ENGLISH.need(need) == "3 pages wait: paper out at 2nd floor"
    assert GERMAN.need(need) == "3 Seiten warten: kein Papier (2nd floor)"


def test_one_page_is_one_page_and_unknown_pages_are_documents() -> None:
    one = needs(view(printers=(EMPTY,), jobs=(job(state="waiting", pages=1),)))[0]
    assert ENGLISH.need(one) == "1 page waits: paper out at 2nd floor"
    unknown = needs(view(printers=(EMPTY,), jobs=(job(1, state="waiting"), job(2, state="waiting", pages=None))))[0]
    assert ENGLISH.need(unknown) == "2 documents wait: paper out at 2nd floor"


def test_a_device_in_trouble_needs_nobody_while_no_job_of_yours_goes_there() -> None:
    assert not needs(view(printers=(EMPTY,), jobs=(job(state="held"), job(2, state="queued", printer="Back"))))


def test_what_passes_by_itself_needs_nobody() -> None:
    for reason in ("none", "printer-busy", "printer-not-accepting-jobs"):
        assert not needs(view(jobs=(job(state="waiting", reason=reason),)))


def test_a_waiting_job_says_why_where_its_device_says_nothing() -> None:
    (need,) = needs(view(jobs=(job(state="waiting", reason="offline-report"),)))
    assert ENGLISH.need(need) == "3 pages wait: no answer at 2nd floor"


def test_jobs_held_for_a_sign_in_need_somebody_until_somebody_has_signed_in() -> None:
    waiting = (job(1, state="held", reason=SIGN_IN), job(2, state="held", reason=SIGN_IN))
    (need,) = needs(view(signed_in=False, jobs=waiting))
    assert ENGLISH.need(need) == "2 documents wait until you sign in"
    assert not needs(view(signed_in=True, jobs=waiting))


def test_an_unknown_end_and_a_failure_are_told_by_name() -> None:
    unknown, failed = needs(view(jobs=(job(1, state="unknown"), job(2, state="aborted", name="", detail="No PDF."))))
    assert "“letter 1”" in ENGLISH.need(unknown)
    assert ENGLISH.need(failed) == "“untitled” was not printed at 2nd floor"
    assert ENGLISH.advice(failed) == "No PDF."


# ---------------------------------------------------------------------------------------------------- notifications


def test_a_need_is_told_once_and_taken_back_when_it_is_over() -> None:
    waiting = view(printers=(EMPTY,), jobs=(job(state="waiting"),))
    first = change({}, waiting)
    assert [need.why for need in first.tell] == [Why.DEVICE]
    told = {need.key: 1 for need in first.tell}
    assert not change(told, waiting).tell
    over = change(told, view())
    assert (over.tell, over.over) == ((), tuple(told))


def test_more_pages_behind_the_same_trouble_call_nobody_again() -> None:
    first = change({}, view(printers=(EMPTY,), jobs=(job(1, state="waiting"),)))
    more = view(printers=(EMPTY,), jobs=(job(1, state="waiting"), job(2, state="waiting")))
    assert not change({need.key: 1 for need in first.tell}, more).tell


def test_another_trouble_at_the_same_device_is_news() -> None:
    first = change({}, view(printers=(EMPTY,), jobs=(job(state="waiting"),)))
    jam = printer(condition=Condition.TROUBLE, reason="media-jam")
    then = change({need.key: 1 for need in first.tell}, view(printers=(jam,), jobs=(job(state="waiting"),)))
    assert [need.reason for need in then.tell] == ["media-jam"]
    assert then.over == tuple(need.key for need in first.tell)


def test_an_agent_that_starts_again_takes_nothing_back_and_tells_nothing_twice() -> None:
    waiting = view(printers=(EMPTY,), jobs=(job(state="waiting"),))
    told = {need.key: 1 for need in change({}, waiting).tell}
    assert change(told, Away(restarting=True)) == change(told, Away()) == change(told, waiting)
    assert not change(told, waiting).tell
