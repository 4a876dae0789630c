"""The page about the architecture: its parts are made from the code, and what it names is there."""

import re
from pathlib import Path

import pytest

from tests.generated.architecture import DIAGRAMS, PAGE, contracts, layers

TEXT = PAGE.read_text(encoding="utf-8")
LINKS: list[tuple[str, str, str]] = re.findall(r"\[`([\w/.]+): (\w+)`\]\(([^)]+)\)", TEXT)
"""The file and the name that each link to the code shows, and where it leads."""


@pytest.mark.parametrize(("file", "name", "target"), LINKS, ids=lambda value: Path(value).name)
def test_what_a_link_names_is_in_its_file(file: str, name: str, target: str) -> None:
    linked = (PAGE.parent / target).resolve()
    assert str(linked).endswith(f"/{file}")
    defined = rf"^ *(?:(?:async )?def|class) {name}\b|^{name}(?::.*)? = "
    assert re.search(defined, linked.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_link_to_the_code_names_what_is_meant() -> None:
    targets = re.findall(r"\]\((\.\./[^)]+)\)", TEXT)
    assert targets == [target for _, _, target in LINKS]


@pytest.mark.parametrize("id", DIAGRAMS)
def test_every_room_of_a_contract_is_in_its_drawing(id: str) -> None:
    drawn = re.findall(r">(\w+)(?:/|\.py)</text>", DIAGRAMS[id]())
    assert drawn == [room for rooms in layers(contracts()[id]) for room in rooms]
    assert f"(images/rooms-{id}.svg)" in TEXT
