"""The package's shape: which way its arrows go, and how long its parts may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("mockserver", "pytest_plugin")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# What in `api/` is no resource: it carries requests to the operations and answers back.
TRANSPORT = {"adapter.py", "call.py", "gateway.py"}
RESOURCES = sorted(
    path for path in (ROOT / "mockserver/api").glob("*.py") if path.name not in TRANSPORT
)
CONTROL = sorted((ROOT / "mockserver/control").glob("*.py"))
PORTAL = sorted((ROOT / "mockserver/portal").rglob("*.py"))

LONGEST_FUNCTION = 50
LONGEST_MODULE = 500


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imports(path: Path) -> set[str]:
    """Return every module that a file imports, also those inside functions and for types alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)} has a relative import"
            assert node.module is not None
            # `from package import module` imports the module too.
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            found |= {str(word.value) for word in node.args if isinstance(word, ast.Constant)}
    return found


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _reaches(path: Path, *forbidden: str) -> list[str]:
    return sorted(
        name
        for name in _imports(path)
        if any(name == one or name.startswith(f"{one}.") for one in forbidden)
    )


@pytest.mark.parametrize("path", PORTAL, ids=_name)
def test_the_portal_knows_nothing_of_http(path: Path) -> None:
    assert not _reaches(
        path,
        "mockserver.api",
        "mockserver.app",
        "mockserver.cli",
        "mockserver.control",
        "mockserver.printing",
        "mockserver.server",
        "starlette",
        "uvicorn",
    )


@pytest.mark.parametrize("path", RESOURCES, ids=_name)
def test_an_operation_knows_nothing_of_the_server(path: Path) -> None:
    assert not _reaches(
        path,
        "mockserver.app",
        "mockserver.cli",
        "mockserver.control",
        "mockserver.printing",
        "mockserver.server",
        "starlette",
        "uvicorn",
    )


@pytest.mark.parametrize("path", CONTROL, ids=_name)
def test_the_control_api_knows_nothing_of_the_server(path: Path) -> None:
    assert not _reaches(
        path,
        "mockserver.app",
        "mockserver.cli",
        "mockserver.commands",
        "mockserver.printing",
        "mockserver.server",
        "uvicorn",
    )


@pytest.mark.parametrize("name", sorted(TRANSPORT))
def test_what_is_excused_from_that_exists(name: str) -> None:
    assert (ROOT / "mockserver/api" / name).is_file()


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


def test_nothing_that_is_handed_out_hangs_on_the_place_where_it_is_made() -> None:
    kept = [ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")]
    kept += [path for name in (*PACKAGES, "fixtures") for path in (ROOT / name).rglob("*")]
    files = [path for path in kept if path.is_file() and path.suffix != ".pyc"]

    assert not [_name(path) for path in files if b"../shared" in path.read_bytes()]
