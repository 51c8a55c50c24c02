"""Requests: options become attributes of the right syntax, requests carry their target."""

import pytest

from tympan_spool_cups._requests import job_attribute, print_job, queue_uri, subscribe
from tympan_wire.ipp import GroupTag, Operation, Range, Resolution, Tag


@pytest.mark.parametrize(
    ("option", "value", "tag", "values"),
    [
        ("copies", "3", Tag.INTEGER, [3]),
        ("sides", "two-sided-long-edge", Tag.KEYWORD, ["two-sided-long-edge"]),
        ("media", "iso_a4_210x297mm", Tag.KEYWORD, ["iso_a4_210x297mm"]),
        ("page-ranges", "2-4,7,9-", Tag.RANGE_OF_INTEGER, [Range(2, 4), Range(7, 7), Range(9, 2**31 - 1)]),
        ("finishings", "4,5", Tag.ENUM, [4, 5]),
        ("print-quality", "5", Tag.ENUM, [5]),
        ("printer-resolution", "600x300dpi", Tag.RESOLUTION, [Resolution(600, 300, 3)]),
        ("printer-resolution", "120dpcm", Tag.RESOLUTION, [Resolution(120, 120, 4)]),
        ("ipp-attribute-fidelity", "true", Tag.BOOLEAN, [True]),
        ("ColorModel", "Gray", Tag.NAME_WITHOUT_LANGUAGE, ["Gray"]),
    ],
)
def test_an_option_gets_the_syntax_of_its_name(option: str, value: str, tag: Tag, values: list[object]) -> None:
    attribute = job_attribute(option, value)
    assert (attribute.name, attribute.tag, [each.value for each in attribute.values]) == (option, tag, values)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("copies", "many"),
        ("page-ranges", "4-2"),
        ("page-ranges", "all"),
        ("printer-resolution", "fine"),
        ("ipp-attribute-fidelity", "yes"),
        ("print-quality", "0"),
    ],
)
def test_an_option_that_does_not_fit_is_named(option: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"option {option} cannot be '{value}'"):
        job_attribute(option, value)


def test_a_print_job_names_queue_title_format_and_ticket() -> None:
    message = print_job("front", "ada", title="t" * 300, media_type="application/pdf", options={"copies": "2"})
    assert message.code == Operation.PRINT_JOB
    assert message.operation.string("printer-uri") == queue_uri("front") == "ipp://localhost/printers/front"
    assert message.operation.string("requesting-user-name") == "ada"
    assert message.operation.string("job-name") == "t" * 255
    assert message.operation.string("document-format") == "application/pdf"
    assert message.first(GroupTag.JOB).integer("copies") == 2


def test_without_options_there_is_no_ticket() -> None:
    message = print_job("front", "ada", title="", media_type="application/pdf", options={})
    assert [group.tag for group in message.groups] == [GroupTag.OPERATION]


def test_target_is_the_third_attribute_of_every_request() -> None:
    assert [attribute.name for attribute in subscribe("ada").operation][:3] == [
        "attributes-charset",
        "attributes-natural-language",
        "printer-uri",
    ]
