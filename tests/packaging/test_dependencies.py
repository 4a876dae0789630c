"""What is installed with the package: all that it imports, and little else."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MOST = 40
"""Packages in an environment that can serve, with pip and what comes with it."""


def _installed_with(declared: Iterable[str]) -> set[str]:
    """Return the distributions that these requirements bring on this machine, with their own."""
    waiting = [Requirement(text) for text in declared]
    done: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
                continue
            one = (str(canonicalize_name(wanted.name)), extra)
            if one in done:
                continue
            done.add(one)
            for text in requires(wanted.name) or ():
                inner = Requirement(text)
                if inner.marker is None or inner.marker.evaluate({"extra": extra}):
                    inner.marker = None
                    waiting.append(inner)
    return {name for name, _ in done}


def _imported(folder: str) -> Iterator[tuple[str, str]]:
    """Give the module and the name of each package that the code of a folder imports."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path.name, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path.name, node.module.partition(".")[0]


def _undeclared(folder: str, declared: Iterable[str]) -> set[tuple[str, str]]:
    names = {canonicalize_name(Requirement(text).name) for text in declared}
    names |= {canonicalize_name("pydantic-core")}  # a part of pydantic, of one version with it
    names |= {canonicalize_name("markupsafe")}  # a part of Jinja
    distributions = packages_distributions()
    own = {*sys.stdlib_module_names, "talentlms_mock", "pytest_talentlms", "_pytest"}
    own.add("allure")  # a report is attached to where its plugin is
    return {
        (path, module)
        for path, module in _imported(folder)
        if module not in own
        and not names & {canonicalize_name(name) for name in distributions.get(module, ())}
    }


def test_serving_takes_few_packages() -> None:
    found = _installed_with(PROJECT["dependencies"])

    assert {"uvicorn", "httptools", "anyio", "pillow"} <= found
    assert not {"watchfiles", "websockets", "python-dotenv", "pyyaml", "pytest", "httpx"} & found
    assert len(found | {"pip", "setuptools", "talentlms-mock"}) <= MOST


def test_what_the_package_imports_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]

    # The clients that a test author has are led to the mock where they are installed.
    clients = ["aiodns", "aiohttp", "requests", "httpcore", "urllib3", "truststore", "certifi"]
    declared = [*PROJECT["dependencies"], *extras["verify"], *clients]
    assert _undeclared("mockserver", declared) == set()
    assert _undeclared("pytest_plugin", [*PROJECT["dependencies"], *extras["pytest"]]) == set()


@pytest.mark.parametrize(
    ("target", "wanted", "unwanted"),
    [
        ("serve", "--editable .", "[dev]"),
        ("test", "--editable '.[dev]'", "nothing of the kind"),
    ],
)
def test_each_command_installs_what_it_needs(
    target: str, wanted: str, unwanted: str, tmp_path: Path
) -> None:
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    words = ["make", "--dry-run", target, f"PYTHON={sys.executable}"]
    printed = subprocess.run(
        words, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=30
    ).stdout

    assert f"{wanted}\n" in printed
    assert unwanted not in printed
