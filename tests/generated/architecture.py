"""The generated parts of docs/architecture.md: diagrams and tables of the rooms.

The diagrams and the table of what is forbidden are the contracts of import-linter in
pyproject.toml; what stands in a room is the first line of its docstring.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.generated.marks import Parts, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
ROOTS = (ROOT / "mockserver", ROOT / "pytest_plugin")

Contract = dict[str, Any]


@cache
def contracts() -> dict[str, Contract]:
    """Return the contracts of import-linter by their ids, in their order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract for contract in project["tool"]["importlinter"]["contracts"]}


def layers(contract: Contract) -> list[list[str]]:
    """Return the rooms of each layer, from the top: `a | b` and `(c)` name them in the contract."""
    return [[room.strip(" ()") for room in re.split(r"[|:]", row)] for row in contract["layers"]]


def _diagram(id: str) -> str:
    contract = contracts()[id]
    (container,) = contract["containers"]
    lines = ["```mermaid", "flowchart TD"]
    names = []
    for number, rooms in enumerate(layers(contract)):
        nodes = [f'{id}_{room}["{_shown(container, room)}"]' for room in rooms]
        if len(nodes) == 1:
            lines.append(f"    {nodes[0]}")
            names.append(f"{id}_{rooms[0]}")
        else:
            names.append(f"{id}_layer_{number}")
            lines += [f'    subgraph {names[-1]}[" "]', *(f"        {node}" for node in nodes)]
            lines.append("    end")
    lines.append(f"    {' --> '.join(names)}")
    return "\n".join([*lines, "```"])


def _shown(container: str, room: str) -> str:
    """Return how a room is called in the folder of its container: a folder, or a file."""
    folder = _folder(container)
    return f"{room}/" if (folder / room).is_dir() else f"{room}.py"


def _folder(package: str) -> Path:
    (folder,) = (root / Path(*package.split(".")) for root in ROOTS if _is_in(package, root))
    return folder


def _is_in(package: str, root: Path) -> bool:
    return (root / package.partition(".")[0]).is_dir()


def _rooms() -> str:
    rows = [(f"`{_place(path)}`", _first_line(path)) for path in _described()]
    return table(("room", "what stands in it"), rows)


def _described() -> Iterator[Path]:
    """Give every folder, and the files that stand beside folders, as the diagrams have them."""
    beside = {
        _folder(container)
        for each in contracts().values()
        for container in each.get("containers", ())
    }
    for root in ROOTS:
        for path in sorted(root.rglob("*.py")):
            if path.name == "__init__.py" or path.parent in beside:
                yield path


def _place(path: Path) -> str:
    """Return the place of a room: below the package's folder, or that of the plugin."""
    package = ROOTS[0] / "talentlms_mock"
    if path.name != "__init__.py":
        return str(path.relative_to(package))
    below = package if package in path.parents[1:] else path.parents[1]
    return f"{path.parent.relative_to(below)}/"


def _first_line(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{path} does not say what it is"
    return text.partition("\n")[0]


def _forbidden() -> str:
    rows = [
        (
            contract["name"],
            _listed(contract["source_modules"]),
            _listed(contract["forbidden_modules"]),
        )
        for contract in contracts().values()
        if contract["type"] == "forbidden"
    ]
    return table(("rule", "in", "not imported"), rows)


def _listed(modules: list[str]) -> str:
    return ", ".join(f"`{module.removeprefix('talentlms_mock.')}`" for module in modules)


PARTS: Parts = {
    "rooms": _rooms,
    **{id: partial(_diagram, id) for id, each in contracts().items() if each["type"] == "layers"},
    "forbidden": _forbidden,
}
"""Every generated part by its mark in the page."""
