"""Print Schema documents of drivers, which are somebody else's: read with limits, and asked back as tickets."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from tympan_spool_windows._limits import OPTION_VALUES, SCHEMA_BYTES, SCHEMA_DEPTH, SCHEMA_ELEMENTS
from tympan_spool_windows._print_schema import FRAMEWORK, KEYWORDS, SchemaError, SchemaFeature, read_schema, ticket

ACME = "http://acme.example/2020/printing"
HEAD = f'<psf:PrintCapabilities xmlns:psf="{FRAMEWORK}" xmlns:psk="{KEYWORDS}" xmlns:ns0="{ACME}" version="1">'
TAIL = "</psf:PrintCapabilities>"


def feature(name: str, *options: str, default: str = "") -> str:
    told = "".join(
        f'<psf:Option name="{option}" constrained="psk:None"{" default=" + chr(34) + "true" + chr(34)}/>'
        if option == default
        else f'<psf:Option name="{option}"/>'
        for option in options
    )
    return f'<psf:Feature name="{name}"><psf:Property name="psf:SelectionType"/>{told}</psf:Feature>'


def read(*features: str) -> dict[str, SchemaFeature]:
    return {each.name: each for each in read_schema((HEAD + "".join(features) + TAIL).encode())}


def values(told: SchemaFeature) -> list[str]:
    return [value.keyword for value in told.values]


def test_features_that_ipp_names_get_its_name_and_keywords() -> None:
    told = read(
        feature("psk:PageOutputQuality", "psk:Draft", "psk:Normal", "psk:High", default="psk:Normal"),
        feature("psk:JobStapleAllDocuments", "psk:None", "psk:StapleTopLeft"),
    )
    assert values(told["print-quality"]) == ["draft", "normal", "high"]
    assert told["print-quality"].default == "normal"
    assert values(told["finishings"]) == ["none", "staple-top-left"]


def test_features_that_devmode_has_are_left_to_it() -> None:
    assert read(feature("psk:PageMediaSize", "psk:ISOA4", "psk:NorthAmericaLetter")) == {}


def test_features_of_the_driver_keep_its_words() -> None:
    told = read(feature("ns0:TonerSave", "ns0:Off", "ns0:On", default="ns0:Off"))
    assert values(told["x-toner-save"]) == ["Off", "On"]
    assert told["x-toner-save"].feature.namespace == ACME


def test_a_feature_of_the_driver_called_as_one_of_the_schema_is_the_drivers() -> None:
    assert list(read(feature("ns0:PageMediaSize", "ns0:A", "ns0:B"))) == ["x-page-media-size"]


def test_a_feature_without_a_choice_is_not_told() -> None:
    assert read(feature("ns0:Only", "ns0:One")) == {}


def test_options_within_options_are_no_options_of_the_feature() -> None:
    inner = f'<psf:Option name="ns0:A">{feature("ns0:Inner", "ns0:X", "ns0:Y")}</psf:Option><psf:Option name="ns0:B"/>'
    told = read(f'<psf:Feature name="ns0:Outer">{inner}</psf:Feature>')
    assert {name: values(each) for name, each in told.items()} == {"x-outer": ["A", "B"]}


def test_what_is_asked_becomes_a_ticket_in_the_drivers_names() -> None:
    told = tuple(read(feature("ns0:TonerSave", "ns0:Off", "ns0:On")).values())
    root = fromstring(ticket(told, {"x-toner-save": "On", "media": "iso_a4_210x297mm"}))
    assert root.tag == f"{{{FRAMEWORK}}}PrintTicket"
    [asked] = root
    assert asked.get("name", "").endswith(":TonerSave") and asked[0].get("name", "").endswith(":On")
    assert ticket(told, {"media": "iso_a4_210x297mm"}) == b""
    with pytest.raises(ValueError, match="x-toner-save cannot be Maybe"):
        ticket(told, {"x-toner-save": "Maybe"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<a/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<!DOCTYPE a SYSTEM 'http://127.0.0.1/x'><a/>",
        HEAD.encode(),
        (HEAD + "<a>" * SCHEMA_DEPTH + "</a>" * SCHEMA_DEPTH + TAIL).encode(),
        (HEAD + "<a/>" * SCHEMA_ELEMENTS + TAIL).encode(),
        (HEAD + f"<a>{'x' * 5000}</a>" + TAIL).encode(),
        b" " * (SCHEMA_BYTES + 1),
    ],
    ids=["empty", "text", "other", "entity", "external", "cut", "deep", "many", "long-text", "big"],
)
def test_attack_what_is_no_schema_or_beyond_a_limit_is_refused(data: bytes) -> None:
    with pytest.raises(SchemaError):
        read_schema(data)


def test_attack_a_feature_of_endless_options_is_cut() -> None:
    told = read(feature("ns0:Many", *(f"ns0:O{number}" for number in range(OPTION_VALUES + 100))))
    assert len(told["x-many"].values) == OPTION_VALUES


@given(st.binary(max_size=200))
def test_attack_no_bytes_make_reading_fail_otherwise(data: bytes) -> None:
    try:
        read_schema(HEAD.encode() + data + TAIL.encode())
    except SchemaError:
        return
