"""The shape of the package: how long and how many its parts may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = ("mockserver", "pytest_plugin")
MODULES = sorted(path for root in ROOTS for path in (ROOT / root).rglob("*.py"))
FOLDERS = sorted({path.parent for path in MODULES})

LONGEST_FUNCTION = 50
LONGEST_MODULE = 500
LARGEST_FOLDER = 24
"""Modules, those of the rules; most folders have fewer than ten."""
LARGEST_TOP = 19
"""Entries that whoever opens the package sees first."""


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_functions_are_short(path: Path) -> None:
    assert not [found for found in _functions(path) if found[1] > LONGEST_FUNCTION]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


IMPORTED_BY_NAME = {
    "mockserver/talentlms_mock/intercept/patches.py": "clients that need not be installed",
    "mockserver/talentlms_mock/portal/state/driving.py": "functions that somebody's test names",
}
"""Where a module may be imported by a string, which the type checker does not follow."""


def _imports_by_name(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            if function.rpartition(".")[2] in ("import_module", "__import__"):
                yield ast.unparse(node)


def test_modules_are_imported_by_import_statements() -> None:
    assert {_name(path) for path in MODULES if list(_imports_by_name(path))} == set(
        IMPORTED_BY_NAME
    )


def _strings(path: Path) -> Iterator[str]:
    """Give the strings of a module, without those that are only documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in documentation:
                yield text


def test_one_module_knows_the_domain_of_the_vendor() -> None:
    knowing = [path.name for path in MODULES if any("talentlms.com" in s for s in _strings(path))]

    assert knowing == ["hosts.py"]


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_folders_are_small(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= LARGEST_FOLDER


def test_the_top_of_the_package_can_be_read_at_a_glance() -> None:
    entries = {path.name for path in (ROOT / "mockserver" / "talentlms_mock").iterdir()}
    assert len(entries - {"__pycache__"}) <= LARGEST_TOP


def test_nothing_that_is_handed_out_hangs_on_the_place_where_it_is_made() -> None:
    kept = [ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")]
    kept += [path for name in (*ROOTS, "docs", "fixtures") for path in (ROOT / name).rglob("*")]
    # Another process may be writing there while this one looks.
    files = [path for path in kept if "__pycache__" not in path.parts and path.is_file()]

    assert not [_name(path) for path in files if b"../shared" in path.read_bytes()]
