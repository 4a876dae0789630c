"""Did you mean: which known name is suggested for an unknown one."""

import pytest

from talentlms_mock.portal.contract.suggest import closest, suggest

QUIRKS = ("accept", "edge_links", "error_shape")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("eror_shape", "error_shape"),
        ("erorr_shape", "error_shape"),
        ("ERROR_SHAPE", "error_shape"),
        ("error-shape", "error_shape"),
        ("errorShape", "error_shape"),
        ("edge link", "edge_links"),
        ("colour", None),
    ],
)
def test_the_name_that_was_meant(name: str, meant: str | None) -> None:
    assert closest(name, QUIRKS) == meant


def test_a_name_that_is_alike_is_suggested() -> None:
    assert suggest("acept", QUIRKS) == " (did you mean 'accept'?)"


def test_without_one_all_are_listed_or_none() -> None:
    assert suggest("colour", QUIRKS) == " (known are accept, edge_links, error_shape)"
    assert suggest("colour", QUIRKS, most=3) == " (known are accept, edge_links, error_shape)"
    assert suggest("colour", QUIRKS, most=2) == ""
    assert suggest("colour", []) == ""


def test_a_listed_name_of_several_words_is_in_quotes() -> None:
    assert suggest("x", ["Ada, the first", "bob"]) == " (known are 'Ada, the first', bob)"
