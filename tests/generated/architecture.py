"""The generated parts of docs/architecture.md: tables of the rooms, and drawings beside it.

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
    """Return a drawing of the layers, from the top; rooms in a row do not import each other."""
    contract = contracts()[id]
    (container,) = contract["containers"]
    rows = [[_shown(container, room) for room in rooms] for rooms in layers(contract)]
    width = max(len(row) for row in rows) * _STEP_X - _GAP
    boxes = [
        _box(
            name, x=round((width - len(row) * _STEP_X + _GAP) / 2) + column * _STEP_X, y=_at(number)
        )
        for number, row in enumerate(rows)
        for column, name in enumerate(row)
    ]
    arrows = [
        f'<path d="M{width // 2} {_at(number) - _GAP_Y + 3}v{_GAP_Y - 9}"/>'
        for number in range(1, len(rows))
    ]
    height = _at(len(rows)) - _GAP_Y
    size = f'width="{width + 2}" viewBox="-1 -1 {width + 2} {height + 2}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
    return "\n".join([head + _STYLE, *boxes, _ARROWS, *arrows, "</g>", "</svg>", ""])


_STEP_X, _GAP, _HEIGHT, _GAP_Y = 126, 12, 28, 18
_STYLE = (
    'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" text-anchor="middle">'
)
_ARROWS = (
    '<defs><marker id="tip" viewBox="0 0 6 6" refX="3" refY="3" markerWidth="6" markerHeight="6" '
    'orient="auto"><path d="M0 0L6 3L0 6z" fill="#878e89"/></marker></defs>\n'
    '<g stroke="#878e89" fill="none" marker-end="url(#tip)">'
)


def _at(number: int) -> int:
    return number * (_HEIGHT + _GAP_Y)


def _box(name: str, *, x: int, y: int) -> str:
    width = _STEP_X - _GAP
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" rx="5" fill="#e2f1ef" '
        f'stroke="#0b625d"/><text x="{x + width // 2}" y="{y + 19}" fill="#1d2421">{name}</text>'
    )


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


PARTS: Parts = {"rooms": _rooms, "forbidden": _forbidden}
"""Every generated part by its mark in the page."""

DIAGRAMS: Parts = {
    id: partial(_diagram, id) for id, each in contracts().items() if each["type"] == "layers"
}
"""The drawing of each contract with layers, by its id."""
