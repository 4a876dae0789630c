import pytest

from talentlms_mock.portal.store.text import host_label, without_tags


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (None, None),
        ("plain", None),
        ("<p>one <b>two</b></p>", "one two"),
        ("a &amp; b", "a & b"),
        ("1 < 2", "1 < 2"),
        ("<br>", ""),
    ],
)
def test_without_tags(html: str | None, text: str | None) -> None:
    assert without_tags(html) == text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Oslo", "oslo"),
        ("north-2", "north-2"),
        ("New York!", "new-york-7"),
        ("Café", "caf-7"),
        ("فرع دبي", "7"),
    ],
)
def test_a_name_in_a_host_name(name: str, label: str) -> None:
    assert host_label(name, 7) == label
