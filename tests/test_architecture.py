"""The package's shape: how long and how many its parts may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = ("mockserver", "pytest_plugin")
MODULES = sorted(path for root in ROOTS for path in (ROOT / root).rglob("*.py"))

LONGEST_FUNCTION = 50
LONGEST_MODULE = 500


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


def test_nothing_that_is_handed_out_hangs_on_the_place_where_it_is_made() -> None:
    kept = [ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")]
    kept += [path for name in (*ROOTS, "fixtures") for path in (ROOT / name).rglob("*")]
    files = [path for path in kept if path.is_file() and path.suffix != ".pyc"]

    assert not [_name(path) for path in files if b"../shared" in path.read_bytes()]
