"""The files of the image, of compose, Kubernetes and CI say what is so."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from talentlms_mock.cli.main import main
from talentlms_mock.control import PREFIX
from talentlms_mock.control.routes import ROUTES
from tests.packaging.pages import PAGES, ROOT, commands
from tests.packaging.test_dependencies import PROJECT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ACTION = ROOT / ".github" / "actions" / "talentlms-mock"
COMPOSE = sorted(DEPLOY.glob("compose.*.yaml"))
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "talentlms-mock.yaml").read_text()))
VARIABLES = {option.envvar for option in main.commands["serve"].params} | {
    "TALENTLMS_MOCK_DATA_DIR"
}
_OURS = re.compile(r"\bTALENTLMS_MOCK_\w+")


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_image_copies_what_the_package_is_built_from() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE))
    names = {name for words in copied for name in words.split()}
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }

    assert names == kept
    assert all((ROOT / name).exists() for name in names)


def test_the_image_runs_as_a_user_of_a_number_and_knows_whether_it_is_well() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last
    assert "\nVOLUME /data\n" in last
    assert 'CMD ["talentlms-mock", "healthcheck"]' in last
    assert last.endswith('ENTRYPOINT ["talentlms-mock"]\nCMD ["serve"]\n')


@pytest.mark.parametrize(
    "path",
    [ROOT / "Dockerfile", *COMPOSE, DEPLOY / "kubernetes" / "talentlms-mock.yaml"],
    ids=lambda path: path.name,
)
def test_variables_are_those_of_the_command(path: Path) -> None:
    found = set(_OURS.findall(path.read_text(encoding="utf-8")))

    assert found - {"TALENTLMS_MOCK_NAME"} - VARIABLES == set()


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_a_container_of_the_mock_may_do_little(path: Path) -> None:
    mock = _yaml(path)["services"]["mock"]
    assert (mock["read_only"], mock["cap_drop"]) == (True, ["ALL"])
    assert mock["security_opt"] == ["no-new-privileges:true"]
    assert (path.parent / mock["build"]).resolve() == ROOT
    assert any(volume.endswith(":/data") for volume in mock["volumes"])


def test_the_paths_that_others_ask_without_a_token_are_public() -> None:
    public = {PREFIX + route.path for route in ROUTES if route.public}
    texts = [path.read_text(encoding="utf-8") for path in (*COMPOSE, *DEPLOY.rglob("*.yaml"))]
    asked = {found for text in texts for found in re.findall(r"/__mock__/[\w./]+", text)}

    assert asked == public


def test_the_deployment_runs_as_the_image_does() -> None:
    (deployment,) = (each for each in MANIFESTS if each["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["image"].endswith(f":{PROJECT['version']}")
    main.commands["serve"].make_context("serve", container["args"][1:])
    exposed = {port["containerPort"] for port in container["ports"]}
    assert exposed <= set(map(int, re.findall(r"^EXPOSE (.+)$", DOCKERFILE, re.M)[0].split()))


def test_the_action_hands_out_what_its_script_writes() -> None:
    action = _yaml(ACTION / "action.yml")
    script = (ACTION / "start.sh").read_text(encoding="utf-8")
    (names,) = re.findall(r"for name in \((.+)\):", script)
    written = {name.strip(' "').replace("_", "-") for name in names.split(",")}

    assert written == set(action["outputs"])
    (step,) = action["runs"]["steps"]
    assert set(step["env"]) == {name.replace("-", "_").upper() for name in action["inputs"]}
    assert all(name in script for name in step["env"])


def test_a_release_starts_from_a_tag_and_pins_what_it_uses() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow[True] == {"push": {"tags": ["v*.*.*"]}}  # YAML reads `on` so
    assert workflow["permissions"] == {}
    used = re.findall(r"uses: (.+)", text)
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", each) for each in used)
    assert "secrets." not in text


def _lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for line in commands(page):
            yield page.name, line


@pytest.mark.parametrize(("page", "line"), list(_lines()))
def test_commands_in_the_pages_are_those_that_there_are(page: str, line: str) -> None:
    words = shlex.split(re.sub(r'^eval "\$\((.*)\)"$', r"\1", line))
    if words[0] == "make":
        assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    if "pip" in words and "install" in words:
        _, _, extra = words[-1].rstrip("]").partition("[")
        assert not extra or extra in PROJECT["optional-dependencies"]
    if "compose" in words:
        assert (ROOT / words[words.index("-f") + 1]).is_file()
    if "talentlms-mock" in words and words[0] not in ("uv", "pipx", "docker"):
        _parse(main, words[words.index("talentlms-mock") + 1 :])


def _parse(command: click.Command, arguments: list[str]) -> None:
    context = command.make_context(command.name, arguments)
    if isinstance(command, click.Group):
        _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert inner is not None
        _parse(inner, rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_of_the_project_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(https://github\.com/[\w-]+/[\w-]+/blob/main/([^)]+)\)", text):
        assert (ROOT / target).is_file(), target
