"""The public names of the package: all are there, all have types, and importing is cheap."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import talentlms_mock
from talentlms_mock import Plan, Preset, QuirkName, QuirkValue
from talentlms_mock.portal.state.settings import PLANS, PRESETS, QUIRKS

INSIDE = {
    "Access": "for the control API",
    "Awaited": "what is behind Requests.wait_for",
    "Catalogue": "the operations that the server declares",
    "Connections": "what clients share that are handed out",
    "Effect": "for the server",
    "SecretValues": "what hides keys and passwords",
    "TaskRule": "what a rule of tasks is read into",
    "Transaction": "what is behind every method",
}
"""The classes that public methods return and a test author need not name, and why."""


def test_package_exports_what_people_import() -> None:
    assert sorted(talentlms_mock.__all__) == talentlms_mock.__all__
    assert set(talentlms_mock.__all__) <= set(dir(talentlms_mock))
    assert all(
        getattr(talentlms_mock, name).__module__ != "talentlms_mock"
        for name in talentlms_mock.__all__
    )
    with pytest.raises(AttributeError, match="'talentlms_mock' has no attribute 'nonsense'"):
        _ = talentlms_mock.nonsense


def _checked_imports() -> Iterator[tuple[str, str]]:
    """Give module and name of each import that the type checker sees."""
    tree = ast.parse(Path(talentlms_mock.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        assert node.module is not None
        for alias in node.names:
            yield node.module, alias.name


def test_every_name_is_the_one_that_the_type_checker_sees() -> None:
    seen = {name: module for module, name in _checked_imports()}

    assert sorted(seen) == talentlms_mock.__all__
    for name, module in seen.items():
        assert getattr(talentlms_mock, name) is getattr(import_module(module), name), name


def _classes_in(hint: Any) -> Iterator[type[Any]]:
    if isinstance(hint, type) and hint.__module__.startswith("talentlms_mock"):
        yield hint
    for part in get_args(hint):
        for each in part if isinstance(part, list) else [part]:
            yield from _classes_in(each)


def _returned(kind: type[Any]) -> Iterator[type[Any]]:
    for name, member in inspect.getmembers(kind):
        function = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(function):
            # Those of httpx and requests are imported for the type checker alone.
            with_names = {"httpx": import_module("httpx"), "requests": import_module("requests")}
            hints = get_type_hints(function, localns=with_names)
            yield from _classes_in(hints.get("return"))


def test_every_type_that_the_handle_returns_is_exported() -> None:
    public = {getattr(talentlms_mock, name) for name in talentlms_mock.__all__}
    returned = {found for kind in public if isinstance(kind, type) for found in _returned(kind)}

    assert {kind.__name__ for kind in returned - public} == INSIDE.keys()


def test_literals_are_those_that_are_checked() -> None:
    assert get_args(Plan) == tuple(PLANS)
    assert get_args(Preset) == tuple(PRESETS)
    assert set(get_args(QuirkName)) == QUIRKS.keys()
    assert set(get_args(QuirkValue)) == {
        value for quirk in QUIRKS.values() for value in quirk.values
    }


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = (
        "import sys, talentlms_mock; "
        "print(sorted({'sqlalchemy', 'uvicorn', 'faker', 'pydantic', 'trustme', 'ssl'} "
        "& set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30
    )
    assert run.stdout == "[]\n"
