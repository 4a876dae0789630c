"""Tables: folded to fit a terminal, whole in a pipe."""

import io

import pytest
from rich.console import Console

from talentlms_mock.cli.printing import print_table, status_colour

HEADS = ("#", "Path", "Status")
ROWS = [("1", "/users/" + "x" * 100, "200"), ("2", "/courses", "404"), ("3", "/groups", "none")]


def _printed(*, width: int, is_terminal: bool) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=is_terminal, color_system=None)
    print_table(console, HEADS, ROWS, {"Status": status_colour})
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 40, 24])
def test_a_table_fits_the_terminal_and_nothing_is_lost(width: int) -> None:
    lines = _printed(width=width, is_terminal=True)

    assert max(map(len, lines)) <= width
    assert "".join(lines).count("x") == 100
    assert "…" not in "".join(lines)


def test_in_a_pipe_each_row_is_one_line() -> None:
    lines = _printed(width=40, is_terminal=False)

    rows = [line.split() for line in lines if line.strip() and "─" not in line]
    assert rows == [list(HEADS), *map(list, ROWS)]


def test_the_status_has_its_colour() -> None:
    file = io.StringIO()
    print_table(
        Console(file=file, width=200, force_terminal=True, color_system="standard"),
        HEADS,
        ROWS,
        {"Status": status_colour},
    )
    green, yellow, red = (f"\x1b[{code}m" for code in (32, 33, 31))
    for colour, status in ((green, "200"), (yellow, "404"), (red, "none")):
        assert f"{colour}{status}" in file.getvalue()
