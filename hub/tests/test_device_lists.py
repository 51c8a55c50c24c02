"""Lists of devices: read as spreadsheets write them, and written so that none runs what a device calls itself."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hub_rig import BIRTH
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_hub.domain.device_lists import COLUMNS, BadList, Flaw, guarded, read_list, sighting_of, text_of
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.devices import DEVICE_LIST_BYTES, DEVICE_LIST_ROWS
from tympan_hub.domain.merging import partition
from tympan_hub.domain.text import plain

HEAD = "name,uri,location,serial,uuid\n"
GOOD = HEAD + "Lobby,ipp://192.0.2.1/ipp/print,Hall,SN-4711,5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a01\n"


def cells(text: str) -> list[dict[str, str]]:
    return [line.cells for line in read_list(text).lines]


@pytest.mark.parametrize("parted", [",", ";", "\t"])
@pytest.mark.parametrize("ended", ["\n", "\r\n"])
def test_commas_semicolons_and_tabulators_part_columns(parted: str, ended: str) -> None:
    assert cells(GOOD.replace(",", parted).replace("\n", ended)) == cells(GOOD) != []


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_it_is_read_in_whatever_code_a_spreadsheet_writes(code: str) -> None:
    assert cells(text_of("Name\nBüro Süd\n".encode(code))) == [{"name": "Büro Süd"}]


def test_columns_come_in_any_order_and_strange_ones_are_told() -> None:
    found = read_list("Farbe;Standort;DRUCKER;MAC address\nrot;Hof;Lager;00-00-5E-00-53-01\n")
    assert found.lines[0].cells == {"location": "Hof", "name": "Lager", "mac": "00-00-5E-00-53-01"}
    assert found.unknown == ("Farbe",)


def test_a_mistake_leaves_out_its_line_and_is_told_with_its_number() -> None:
    found = read_list(GOOD + ",javascript:alert(1),,,\n\n,,Hall,,\nAttic,,,,\n,,,,no-uuid\n")
    assert [line.number for line in found.lines] == [2, 6]
    assert [(fault.line, fault.cell) for fault in found.faults] == [
        (3, "javascript:alert(1)"),
        (5, ""),
        (7, "no-uuid"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "name,location\nPrinter,Room 1\nPrinter,Room 2\n",
        "name,serial,model\nA,12345x,Contoso 9000\nB,12345x,Fabrikam 1\n",
    ],
)
def test_two_lines_of_one_name_in_two_places_or_one_number_of_two_makers_are_two(text: str) -> None:
    traces = [sighting_of(line, BIRTH).trace for line in read_list(text).lines]
    assert len({one.name for one in traces}) == 2
    assert len(partition(traces).groups) == 2


@pytest.mark.parametrize("text", ["", "\n\n", "colour,size\nred,9\n", HEAD + "x,,,,\n" * (DEVICE_LIST_ROWS + 1)])
def test_what_is_no_list_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(BadInput):
        read_list(text)


def test_a_list_that_is_too_large_or_no_text_is_refused() -> None:
    for content in (b"x" * (DEVICE_LIST_BYTES + 1), b"PK\x03\x04\x00\x00"):
        with pytest.raises(BadInput):
            text_of(content)


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_no_text_is_anything_but_a_list_or_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        read_list(text)


@settings(max_examples=300)
@given(st.lists(st.text(alphabet=st.characters() | st.sampled_from("=+-@'\"; ,"), min_size=1, max_size=40), max_size=5))
def test_what_is_written_is_read_again_and_runs_nowhere(names: list[str]) -> None:
    told = [name for name in (plain(name, 127) for name in names) if name]
    written = io.StringIO()
    sheet = csv.writer(written, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    sheet.writerows([guarded(name) if column == "name" else "" for column in COLUMNS] for name in told)
    assert [line["name"] for line in cells(written.getvalue())] == told
    for row in csv.reader(io.StringIO(written.getvalue(), newline="")):
        assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in row)


def test_a_list_is_as_large_as_the_form_that_brings_it_again_carries() -> None:
    """Browsers end each line with two characters: what was shown can be taken."""
    rows, rest = divmod(DEVICE_LIST_BYTES - len("name\r\n"), 1000)
    fits = "name\n" + ("x" * 998 + "\n") * rows + "x" * rest
    assert not read_list(fits).lines
    with pytest.raises(BadList) as refused:
        read_list(fits + "x")
    assert refused.value.flaw is Flaw.TOO_LARGE
