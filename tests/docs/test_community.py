"""What whoever hosts or changes the project finds: the workflow, the forms, and their pages."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT, Page

CLASSIFIER = "Programming Language :: Python :: "
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PAGES = ("CONTRIBUTING.md", "SECURITY.md")


def _workflow() -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_workflow_has_every_python_and_system() -> None:
    jobs = _workflow()["jobs"]
    matrix = jobs["tests"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [each.removeprefix(CLASSIFIER) for each in project["classifiers"]]

    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {each for each in found if re.fullmatch(r"3\.\d+", each)} <= set(matrix["python"])
    assert project["requires-python"] == f">={matrix['python'][0]}"
    assert [name.partition("-")[0] for name in matrix["system"]] == ["ubuntu", "macos", "windows"]
    # What the matrix leaves out is the job that runs everything.
    assert matrix["exclude"] == [{"system": "ubuntu-latest", "python": "3.11"}]
    assert {"run": ".ci/run"} in jobs["everything"]["steps"]


def test_the_actions_are_those_of_one_commit() -> None:
    uses = [
        step["uses"]
        for job in _workflow()["jobs"].values()
        for step in job["steps"]
        if "uses" in step
    ]
    assert uses
    assert not [each for each in uses if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each)]


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_what_is_needed(form: Any) -> None:
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.stem == "config":
        assert content == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "labels", "body"} == set(content)
    asked = [part for part in content["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in asked}) == len(asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https:)([^)#]+)", Page(name).text):
        assert (ROOT / target).is_file(), target


def test_the_commands_named_are_those_of_the_makefile() -> None:
    named = set(re.findall(r"(?:`| {4})make (\w+)", Page("CONTRIBUTING.md").text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert named <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
