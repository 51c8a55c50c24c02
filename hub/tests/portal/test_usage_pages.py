"""The page of usage: what it shows to whom, its plot, and the file for spreadsheets."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from hub_rig import BIRTH, Bench, job_report, report
from portal_steps import SignIn

from tympan_hub.domain.people import Role
from tympan_hub.domain.usage import Tally
from tympan_hub.http.portal import _plot, _sheet
from tympan_hub.http.portal._language import Language, catalogue
from tympan_hub.http.portal._moments import Reader
from tympan_wire.hub import JobStanding, Pages

pytestmark = pytest.mark.anyio
READER = Reader(language=Language.ENGLISH, words=catalogue(Language.ENGLISH), zone=dt.UTC, now=BIRTH)


async def test_an_operator_sees_everybody_and_a_user_themselves(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    pages = Pages(pages=3, impressions=4321, sheets=2161, sides="two-sided-long-edge")
    await agent.report(
        report(job_report(user="user", pages=pages)),
        report(job_report(user="eve", pages=Pages(pages=5))),
        report(job_report(user="eve", standing=JobStanding.ABORTED)),
        report(job_report(user="eve", pages=None)),
    )
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))
    page = (await client.get("/usage?by=user&from=2026-02-20")).text
    assert ">4,321<" in page
    assert ">eve<" in page
    assert ">4,326<" in page
    assert "1 more jobs failed" in page
    assert "The pages of 1 jobs were not counted" in page
    client = await sign_in(await hub.person(tenant, Role.USER))
    page = (await client.get("/usage?by=user")).text
    assert ">4,321<" in page
    assert "eve" not in page
    assert "eve" not in (await client.get("/usage/file?by=user")).text


async def test_the_file_has_what_the_page_has(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    names = ["=HYPERLINK(0)", "+1", "-1", "@x", " =1", 'a "b", c', "plain", "Jörg"]
    await agent.report(*(report(job_report(user=name, pages=Pages(pages=5))) for name in names))
    client = await sign_in(await hub.person(tenant))
    answer = await client.get("/usage/file?by=user")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="usage-user-2026-03-01-2026-03-01.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True))
    assert sorted(row["user"] for row in rows) == sorted(
        [f"'{name}" for name in names[:5]] + ['a "b", c', "plain", "Jörg"]
    )
    assert {row["impressions"] for row in rows} == {"5"}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝"])
def test_no_text_is_a_formula(begin: str) -> None:
    text = begin + "cmd|' /C calc'!A0"
    written = _sheet.line([text, -5])
    assert next(csv.reader(io.StringIO(written, newline=""))) == ["'" + text, "-5"]
    assert written.endswith("\r\n")


@pytest.mark.parametrize("query", ["from=rubbish", "from=2026-03-02&to=2026-03-01", "from=0001-01-01"])
async def test_a_range_that_is_none_is_refused_with_a_page(hub: Bench, sign_in: SignIn, query: str) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    assert (await client.get(f"/usage?{query}")).status_code == 400


async def test_nothing_printed_says_what_to_do(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    assert "Nothing was printed in this time" in (await client.get("/usage?page=99&by=rubbish")).text


async def test_many_lines_stand_on_pages(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await agent.report(*(report(job_report(user=f"u{number}", pages=Pages(pages=5))) for number in range(60)))
    client = await sign_in(await hub.person(tenant))
    assert "1 to 50 of 60" in (await client.get("/usage?by=user")).text
    page = (await client.get("/usage?by=user&page=2")).text
    assert "51 to 60 of 60" in page
    assert len(re.findall(r'scope="row"', page)) == 10 + 1


def test_the_plot_has_a_place_for_every_day_and_fits_its_frame() -> None:
    since, until = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
    tallies = {since: Tally(impressions=9, color_impressions=4), until: Tally(impressions=1)}
    drawn = _plot.plot(since, until, tallies, READER)
    assert len(drawn.bars) == 31
    assert drawn.bars[0].plain + drawn.bars[0].color == pytest.approx(9 / 20 * _plot.HEIGHT, abs=0.02)
    assert drawn.bars[0].told == "1 Jan 2026: 9 sides, 4 in colour"
    assert all(bar.left >= 0 and bar.left + bar.width <= 100 for bar in drawn.bars)
    assert [tick.label for tick in drawn.ticks] == ["0", "5", "10", "15", "20"]


def test_a_long_range_is_told_by_months() -> None:
    drawn = _plot.plot(dt.date(2025, 11, 20), dt.date(2026, 3, 1), {}, READER)
    assert [bar.told.partition(":")[0] for bar in drawn.bars] == [
        "Nov 2025",
        "Dec 2025",
        "Jan 2026",
        "Feb 2026",
        "Mar 2026",
    ]


async def test_jobs_are_saved_with_the_titles_their_reader_may_see(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await agent.report(*(report(job_report(user="eve", name="secret.pdf")) for _ in range(100)))
    await agent.report(report(job_report(user="operator", name="=mine.pdf")))
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))
    answer = await client.get("/jobs/file")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True))
    assert sorted(row["title"] for row in rows) == [""] * 100 + ["'=mine.pdf"]
    assert "secret" not in answer.text
    assert len((await client.get("/jobs/file?state=failed")).text.splitlines()) == 1
    client = await sign_in(await hub.person(tenant, Role.USER))
    assert len((await client.get("/jobs/file")).text.splitlines()) == 1
