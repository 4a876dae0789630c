"""The page about the architecture: its parts are made from the code, and what it names is there."""

import re
from pathlib import Path

import pytest

from tests.generated.architecture import PAGE, PARTS, contracts, layers
from tests.generated.marks import filled

TEXT = PAGE.read_text(encoding="utf-8")
REFRESH = "run `make generated` when this is meant"
LINKS: list[tuple[str, str, str]] = re.findall(r"\[`([\w/.]+): (\w+)`\]\(([^)]+)\)", TEXT)
"""The file and the name that each link to the code shows, and where it leads."""


def test_the_generated_parts_are_those_of_the_code() -> None:
    assert filled(TEXT, PARTS) == TEXT, REFRESH


def test_every_part_is_there_once() -> None:
    assert [TEXT.count(f"<!-- {name} -->") for name in PARTS] == [2] * len(PARTS)


@pytest.mark.parametrize(("file", "name", "target"), LINKS, ids=lambda value: Path(value).name)
def test_what_a_link_names_is_in_its_file(file: str, name: str, target: str) -> None:
    linked = (PAGE.parent / target).resolve()
    assert str(linked).endswith(f"/{file}")
    defined = rf"^ *(?:(?:async )?def|class) {name}\b|^{name}(?::.*)? = "
    assert re.search(defined, linked.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_link_to_the_code_names_what_is_meant() -> None:
    targets = re.findall(r"\]\((\.\./[^)]+)\)", TEXT)
    assert targets == [target for _, _, target in LINKS]


def test_every_room_of_a_contract_is_in_its_diagram() -> None:
    for id, contract in contracts().items():
        if contract["type"] == "layers":
            drawn = re.findall(rf"\b{id}_(\w+)\[\"\w+(?:/|\.py)\"\]", PARTS[id]())
            assert drawn == [room for rooms in layers(contract) for room in rooms]
