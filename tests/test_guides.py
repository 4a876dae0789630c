"""The guides show what happens: their files are written, and their commands run, as they stand."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from talentlms_mock.cli.commands.verify import verify
from talentlms_mock.cli.main import main
from tests.docs.pages import Block, Page
from tests.pages.chromium import installed

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDES = sorted(
    path.name for path in DOCS.glob("*.md") if path.name not in ("index.md", "architecture.md")
)
RUN = [*GUIDES, "start/pytest.md"]
"""The pages whose files are written and whose commands are run."""

_TIME_LIMIT = 60
_NEEDS_A_BROWSER = ("single-sign-on.md",)
_PLUGINS = {"async.md": ("asyncio", "anyio"), "parallel.md": ("xdist", "randomly")}
"""What a guide's reader has installed besides; each other plugin costs every run its import."""

_DIFFERS = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\bin \d+\.\d+s\b"), "in SECONDS"),
    (re.compile(r"([=_-])\1{3,}"), r"\1\1\1"),
)
"""What is another one in each run."""


def blocks(guide: str) -> list[Block]:
    """Return the blocks of a guide in their order."""
    return Page(f"docs/{guide}").blocks()


def environment(guide: str = "") -> dict[str, str]:
    """Return the environment of somebody whose PATH has the commands."""
    plugins = (*_PLUGINS.get(guide, ()), "talentlms")
    paths = (str(Path(sys.executable).parent), os.environ["PATH"])
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "GITHUB"))
    }
    return kept | {
        "PATH": os.pathsep.join(paths),
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ("mockserver", "pytest_plugin")),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": shlex.join([*(f"-p{name}" for name in plugins), "-pno:cacheprovider"]),
        "CHROMIUM": installed() or "",
        "COLUMNS": "80",
        "TALENTLMS_MOCK_HTTPS_PORT": "0",
        "TALENTLMS_MOCK_HTTP_PORT": "0",
    }


def shell(command: str, folder: Path, guide: str = "", **variables: str) -> str:
    """Run a command in a folder, and return what it prints."""
    done = subprocess.run(
        ["sh", "-c", command],
        check=False,
        cwd=folder,
        env=environment(guide) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIME_LIMIT,
    )
    return done.stdout


def _same(line: str) -> str:
    for pattern, replacement in _DIFFERS:
        line = pattern.sub(replacement, line)
    return line.rstrip()


def _begins(lines: list[str], shown: list[str]) -> bool:
    """Return whether the lines begin as shown; `[...]` in one is whatever is there."""
    return len(lines) >= len(shown) and all(
        re.fullmatch(".*".join(map(re.escape, wanted.split("[...]"))), line)
        for line, wanted in zip(lines, shown, strict=False)
    )


def missing(printed: str, shown: str) -> list[str]:
    """Return the first lines that are shown, but are not printed; `...` leaves lines out."""
    lines = [_same(line) for line in printed.splitlines()]
    for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE):
        wanted = [_same(line) for line in part.splitlines()]
        while lines and not _begins(lines, wanted):
            lines.pop(0)
        if len(lines) < len(wanted):
            return wanted
        del lines[: len(wanted)]
    return []


@pytest.mark.parametrize("guide", RUN)
def test_what_a_guide_shows_happens(guide: str, tmp_path: Path) -> None:
    if guide in _NEEDS_A_BROWSER and installed() is None:
        pytest.skip("no Chromium is installed")
    commands = 0
    for block in blocks(guide):
        if block.language == "console":
            command, _, shown = block.text.removeprefix("$ ").partition("\n")
            printed = shell(command, tmp_path, guide)
            assert shown
            assert not missing(printed, shown), printed
            commands += 1
        elif block.file_name:
            _write(tmp_path / block.file_name, block.text)
        elif block.language == "sh":
            if not block.text.startswith("pip "):
                _serve_until_it_is_ready(block.text, tmp_path)
        else:
            pytest.fail(f"It does not say in which file it is:\n{block.text}")
    assert commands


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".json":
        json.loads(text.partition("\n")[2])  # below the comment with its name
    file.write_text(text, encoding="utf-8")


def _serve_until_it_is_ready(command: str, folder: Path) -> None:
    with subprocess.Popen(
        shlex.split(command), cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert any(line.startswith("curl ") for line in process.stdout)
        finally:
            process.terminate()
            process.wait(_TIME_LIMIT)


@cache
def _steps() -> dict[str, list[str]]:
    """Return the commands of each job of the guide to CI, by the names of file and job."""
    found = {}
    for block in blocks("ci.md"):
        if block.language == "yaml":
            content = yaml.safe_load(block.text)
            for name, job in content.get("jobs", content).items():
                steps = job.get("script") or [step["run"] for step in job["steps"] if "run" in step]
                found[f"{block.file_name}: {name}"] = steps
    return found


def _others(job: str) -> list[str]:
    """Return the commands of a job that install nothing."""
    return [step for step in _steps()[job] if not step.startswith(("pip ", "apt-get "))]


def test_jobs_install_what_there_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for steps in _steps().values():
        (words,) = [shlex.split(step) for step in steps if step.startswith("pip install ")]
        name, _, extra = words[2].rstrip("]").partition("[")
        assert name == project["name"]
        assert not extra or extra in project["optional-dependencies"]


@pytest.mark.parametrize("job", [".github/workflows/tests.yml: python", ".gitlab-ci.yml: python"])
def test_jobs_that_run_pytest_run_what_the_guide_shows(job: str) -> None:
    shown = [block.text.partition("\n")[0] for block in blocks("ci.md")]
    (command,) = _others(job)
    assert f"$ {command}" in shown


def test_bundles_go_into_the_artifact() -> None:
    texts = [block.text for block in blocks("ci.md") if block.language == "yaml"]
    github, _, gitlab = map(yaml.safe_load, texts)
    assert github["jobs"]["python"]["steps"][-1]["with"]["path"] == "bundles"
    assert gitlab["python"]["artifacts"]["paths"] == ["bundles"]
    for job in (".github/workflows/tests.yml: python", ".gitlab-ci.yml: python"):
        assert _others(job)[0].endswith("--talentlms-report bundles")


def test_jobs_that_verify_run_what_there_is() -> None:
    jobs = [yaml.safe_load(block.text) for block in blocks("verify.md") if block.language == "yaml"]
    github, gitlab = jobs
    steps = [step["run"] for step in github["jobs"]["verify"]["steps"] if "run" in step]
    assert steps == gitlab["verify"]["script"]
    install, command = map(shlex.split, steps)
    assert install == ["pip", "install", "talentlms-mock[verify]"]
    assert command[:2] == ["talentlms-mock", "verify"]
    options = verify.make_context("verify", command[2:]).params
    assert options["domain"] == "acme"
    assert [path.name for path in options["reports"]] == gitlab["verify"]["artifacts"]["paths"]


_LABELS = {
    "acme.talentlms.com": "acme",
    "sales-acme.talentlms.com": "acme",
    "a-b-acme.localhost:8443": "acme",
    "mock.example.com": "mock",
    "127.0.0.1": "127",
}
"""By the host, what the proxies of the guide to scale hash."""


def test_the_proxies_of_scale_hash_the_same() -> None:
    files = Page("docs/scale.md").files()
    (cluster,) = yaml.safe_load(files["envoy.yaml"])["static_resources"]["clusters"]
    assert cluster["lb_policy"] == "RING_HASH"
    envoy = re.search(r"regex: '(.*)'", files["envoy.yaml"])
    nginx = re.search(r'"~(.*)" \$label;', files["nginx.conf"])
    assert envoy is not None
    assert nginx is not None
    for host, label in _LABELS.items():
        assert re.sub(envoy[1], r"\1", host) == label
        match = re.match(nginx[1].replace("(?<", "(?P<"), host.partition(":")[0])
        assert match is not None
        assert match["label"] == label


def test_the_pods_of_scale_run_what_there_is() -> None:
    service, pods = yaml.safe_load_all(Page("docs/scale.md").files()["mocks.yaml"])
    assert service["metadata"]["name"] == pods["spec"]["serviceName"]
    (container,) = pods["spec"]["template"]["spec"]["containers"]
    command, *words = container["args"]
    options = main.commands[command].make_context(command, words).params
    (volume,) = container["volumeMounts"]
    assert str(options["databases"]) == volume["mountPath"]
    (variable,) = container["env"]
    assert variable["name"] in {option.envvar for option in main.commands[command].params}


_NODE_TEST = """
const key = {"X-API-Key": "the-key", "X-API-Version": "2025-07-01", "Accept": "application/json"};
const answer = await fetch("https://acme.talentlms.com/api/v2/users/1", {headers: key});
console.log("status", answer.status);
process.exit(answer.status === 200 ? 0 : 1);
"""


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_jobs_of_node_run(tmp_path: Path) -> None:
    (command,) = _others(".github/workflows/tests.yml: node")
    assert _others(".gitlab-ci.yml: node") == [command]
    (tmp_path / "package.json").write_text('{"scripts": {"test": "node test.mjs"}}')
    (tmp_path / "test.mjs").write_text(_NODE_TEST)
    printed = shell(command, tmp_path, npm_config_update_notifier="false")
    assert not missing(printed, "...\nstatus 200\n...\nGET    /api/v2/users/1 200\n"), printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_mock_that_outlives_a_step(tmp_path: Path) -> None:
    serve, use = _others(".github/workflows/several-steps.yml: programs")
    variables = tmp_path / "github.env"
    own = {"GITHUB_ENV": str(variables), "TALENTLMS_MOCK_DATA_DIR": str(tmp_path / "data")}
    pid = tmp_path / "mock.pid"
    started = shell(f"{serve}\necho $! > {pid}".replace("8888", "0"), tmp_path, **own)
    try:
        lines = variables.read_text(encoding="utf-8").splitlines()
        led = dict(line.split("=", 1) for line in lines)
        printed = shell(use, tmp_path, **own, **led)
    finally:
        os.kill(int(pid.read_text()), signal.SIGTERM)
    assert len(json.loads(printed)["_data"]) == 10, started


@pytest.mark.parametrize(
    ("shown", "is_there"),
    [
        ("a\nb\n", True),
        ("a\n...\nd\n", True),
        ("...\nc[...]\nd\n", True),
        ("[...]\nb\n", True),
        ("a\nc\n", False),
        ("c\n", False),
        ("d\n...\na\n", False),
        ("d\n...\nd\n", False),
        ("=== 1 failed in 9.99s ===\n", False),
    ],
)
def test_a_line_that_is_not_printed_is_missed(shown: str, is_there: bool) -> None:
    assert (missing("a\nb\ncc\nd\n", shown) == []) is is_there


def test_the_index_has_every_guide() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8").partition("## Guides")[2]
    guides, _, _ = index.partition("## Reference")
    found = set(re.findall(r"\]\(([\w-]+\.md)\)", guides))
    assert found | {"console.md"} == {*GUIDES, "architecture.md"}
