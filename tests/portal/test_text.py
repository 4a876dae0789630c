import pytest

from mockserver.portal.text import without_tags


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
