"""talentlms-mock fault, and scenario."""

import json
from pathlib import Path
from typing import get_type_hints

import pytest

from talentlms_mock import Portal
from talentlms_mock.cli.main import main
from talentlms_mock.portal.faults.rule import FaultOptions
from tests.cli.commands.conftest import Run, table


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (
            "GET /users/* --status 429 --times 2",
            {"method": "GET", "path": "/users/*", "status": 429},
        ),
        ("/users --latency 0.5", {"path": "/users", "latency": 0.5}),
        ("getUsers --latency 0.1-0.2", {"path": "getUsers", "latency": [0.1, 0.2]}),
        ("POST --reset --on-call 2", {"method": "POST", "reset": True, "on_call": 2}),
        ("--empty --after 2", {"empty": True, "after": 2}),
        ("--timeout --probability 0.5", {"timeout": True, "probability": 0.5}),
        ("--sequence 503,timeout,normal", {"sequence": [503, "timeout", None]}),
        ('--status 200 --body {"a":1}', {"status": 200, "body": {"a": 1}}),
        ("--status 200 --body text", {"status": 200, "body": "text"}),
        ("getUsers --rename-field login=name2", {"rename_field": {"login": "name2"}}),
        ("getUsers --drop-field login --drop-field name", {"drop_field": ["login", "name"]}),
        ("getUsers --null-field login", {"null_field": ["login"]}),
        ("POST /users --after-commit --reset", {"after_commit": True}),
        ("--drip 10", {"drip": 10.0}),
        ("getUsers --truncate-at 0", {"truncate_at": 0}),
        ("getUsers --malformed-json", {"malformed_json": True}),
        ("getUsers --wrong-content-type", {"wrong_content_type": True}),
        ('--status 503 --match {"query":{"a":1}}', {"match": {"query": {"a": 1}}}),
        ("--status 503 --name mine", {"name": "mine"}),
    ],
)
def test_fault_is_added(of_empty: Run, empty: Portal, words: str, rule: dict[str, object]) -> None:
    printed = of_empty("fault", "add", *words.split())
    (fault,) = empty.faults
    assert printed.startswith("Fault 1: ")
    data = fault.as_data()
    assert {name: data[name] for name in rule} == rule


def test_every_option_of_a_fault_is_there() -> None:
    command = main.commands["fault"]
    add = command.get_command(None, "add")  # type: ignore[attr-defined]  # it is a group
    options = {option.name for option in add.params}
    assert set(get_type_hints(FaultOptions)) - options == {"optional"}  # for the pytest plugin


def test_faults_are_listed_and_removed(of_empty: Run, empty: Portal) -> None:
    assert of_empty("fault", "list") == f"The portal {empty.domain} has no faults.\n"
    empty.fault("GET", "/users/*", status=429, times=2)
    empty.fault(timeout=True, name="slow")
    assert table(of_empty("fault", "list")) == [
        ["#", "Requests", "Effect", "Calls", "Fired"],
        ["1", "GET /users/*", "status 429, times 2", "0", "0"],
        ["2", "every request", "timeout, name slow", "0", "0"],
    ]
    assert len(json.loads(of_empty("fault", "list", "--json"))) == 2
    assert of_empty("fault", "remove", "slow") == "Removed the fault slow.\n"
    assert of_empty("fault", "clear") == f"Removed all faults of the portal {empty.domain}.\n"
    assert len(empty.faults) == 0
    assert json.loads(of_empty("fault", "add", "--status", "503", "--json"))["number"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("GET /usrs --status 500", "No operation has the path '/usrs' (did you mean getUsers, GET"),
        ("--status 99", "status must be at least 200."),
        (
            "--latency soon",
            "--latency soon is not a number of seconds, like 0.5, 0.1-0.5 or p50=0.1,p99=2.",
        ),
        ("--status 503 --match {", "--match is not JSON: "),
        ("getUsers --rename-field login", "--rename-field login names no value: write NAME=VALUE."),
    ],
)
def test_refusals_are_one_sentence(of_empty: Run, words: str, message: str) -> None:
    assert of_empty("fault", "add", *words.split(), status=2).startswith(f"Error: {message}")


def test_scenarios_are_listed_and_applied(of_empty: Run, empty: Portal, tmp_path: Path) -> None:
    listed = table(of_empty("scenario", "list"))
    assert ["flaky", "One request in ten is answered 503."] in listed
    assert len(json.loads(of_empty("scenario", "list", "--json"))) == len(listed) - 1
    assert of_empty("scenario", "apply", "flaky") == "Applied the scenario flaky, with 1 fault.\n"
    file = tmp_path / "mine.toml"
    file.write_text("remaining = 3\n", encoding="utf-8")
    assert of_empty("scenario", "apply", str(file)) == (
        f"Applied the scenario {file}, with no faults.\n"
    )
    assert (len(empty.faults), empty.rate_limit.remaining) == (1, 3)
    assert json.loads(of_empty("scenario", "apply", "flaky", "--json"))[0]["status"] == 503
    assert of_empty("scenario", "apply", "flakey", status=2) == (
        "Error: There is no scenario 'flakey' (did you mean 'flaky'?).\n"
    )
    assert "cannot be read" in of_empty("scenario", "apply", "no.toml", status=2)
