"""The wheel and the sdist: what is in them, and that the wheel works without the checkout."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

from tests.docs.pages import Page

ROOT = Path(__file__).parents[1]
_TIME_LIMIT = 60

_PRINT_A_PAGE = """
import json, urllib.request
import talentlms_mock
from talentlms_mock import MockServer

with MockServer() as server:
    portal = server.create_portal(users=3)
    request = urllib.request.Request(f"{portal.base_url}/users", headers=portal.headers)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=portal.ssl_context()),
    )
    with opener.open(request, timeout=10) as answer:
        page = json.load(answer)
    print(json.dumps([talentlms_mock.__file__, len(page["_data"])]))
"""


def _run(*words: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env={**os.environ, "PYTHONPATH": "", **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sdist, and with the wheel that is built from it."""
    pytest.importorskip("hatchling", reason="the wheel is built without the network")
    directory = tmp_path_factory.mktemp("built")
    _run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", directory, ROOT, cwd=directory
    )
    return directory


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_sdist_has_the_whole_project(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        found = {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()}
    files = [ROOT / name for name in ("CHANGELOG.md", "LICENSE", "Makefile", "README.md")]
    for folder in ("docs", "fixtures", "mockserver", "pytest_plugin", "tests"):
        for suffix in ("py", "md", "toml", "http"):
            files += (ROOT / folder).rglob(f"*.{suffix}")

    assert not {PurePosixPath(file.relative_to(ROOT)) for file in files} - found
    assert not [name for name in found if "__pycache__" in name.parts]


def test_only_our_packages_land_in_site_packages(names: list[str]) -> None:
    assert {PurePosixPath(name).parts[0] for name in names} == {
        "talentlms_mock",
        "pytest_talentlms",
        "talentlms_mock-0.1.0.data",
        "talentlms_mock-0.1.0.dist-info",
    }
    man_page = "talentlms_mock-0.1.0.data/data/share/man/man1/talentlms-mock.1"
    assert [name for name in names if name.startswith("talentlms_mock-0.1.0.data/")] == [man_page]


def test_every_module_is_in_it(names: list[str]) -> None:
    modules = {
        path.relative_to(ROOT / root).as_posix()
        for root in ("mockserver", "pytest_plugin")
        for path in (ROOT / root).rglob("*.py")
    }
    assert modules == {name for name in names if name.endswith(".py")}


def test_the_console_is_in_it_and_small(wheel: Path, names: list[str]) -> None:
    folder = ROOT / "mockserver" / "talentlms_mock" / "console"
    files = {
        f"talentlms_mock/console/{path.relative_to(folder).as_posix()}"
        for kind in ("templates", "static")
        for path in (folder / kind).iterdir()
    }
    assert files <= set(names)
    with ZipFile(wheel) as archive:
        sizes = [each.file_size for each in archive.infolist() if "/console/" in each.filename]
    assert sum(sizes) < 200 * 1024


def test_the_seed_data_is_in_it(names: list[str]) -> None:
    data = {
        f"talentlms_mock/data/{path.relative_to(ROOT / 'fixtures').as_posix()}"
        for path in (ROOT / "fixtures").rglob("*")
        if path.is_file()
    }
    assert data == {name for name in names if name.startswith("talentlms_mock/data/")}
    assert "talentlms_mock/data/datasets/demo.toml" in data


@pytest.mark.parametrize(
    "name",
    [
        "talentlms_mock/py.typed",
        "talentlms_mock/serving/node_preload.cjs",
        "pytest_talentlms/py.typed",
        "talentlms_mock-0.1.0.dist-info/licenses/LICENSE",
        "talentlms_mock-0.1.0.dist-info/entry_points.txt",
    ],
)
def test_it_says_what_it_is(names: list[str], name: str) -> None:
    assert name in names


def test_no_key_and_no_certificate_is_in_it(wheel: Path, names: list[str]) -> None:
    assert not [name for name in names if name.endswith((".pem", ".key", ".crt", ".sqlite"))]
    with ZipFile(wheel) as archive:
        marked = [name for name in names if b"-----BEGIN" in archive.read(name)]
    assert not marked


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and our dependencies, but without this checkout."""
    directory = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(directory, symlinks=os.name != "nt")
    python = directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _run(
        *(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"),
        *("install", "--quiet", "--no-deps", "--no-index", wheel),
        cwd=directory,
    )
    # Behind the environment's own packages, and without running what stands in a .pth file
    # there: one of those leads back to this checkout.
    site = sysconfig.get_path("purelib", vars={"base": str(directory)})
    Path(site, "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def test_the_installed_wheel_serves_its_seed_data(installed: Path, tmp_path: Path) -> None:
    found = _run(
        installed,
        "-c",
        _PRINT_A_PAGE,
        cwd=tmp_path,
        TALENTLMS_MOCK_DATA_DIR=str(tmp_path / "data"),
    )

    file, users = json.loads(found)
    assert Path(file).is_relative_to(installed.parents[1])
    assert users == 3


def test_the_installed_command_lists_the_operations(installed: Path, tmp_path: Path) -> None:
    command = installed.with_name("talentlms-mock")
    listed = _run(command, "operations", cwd=tmp_path)

    assert "getUsers" in listed


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_installed_command_runs_a_program_with_a_mock(installed: Path, tmp_path: Path) -> None:
    headers = ("-H", "X-API-Key: mock-api-key", "-H", "X-API-Version: 2025-07-01")
    url = "https://samples.talentlms.com/api/v2/users"
    page = _run(
        *(installed.with_name("talentlms-mock"), "run", "--", "curl", "-s", url, *headers),
        cwd=tmp_path,
        TALENTLMS_MOCK_DATA_DIR=str(tmp_path / "data"),
    )

    assert len(json.loads(page)["_data"]) == 10


def test_the_first_test_of_the_readme_fails_as_it_says(installed: Path, tmp_path: Path) -> None:
    for name, content in Page("README.md").files().items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = subprocess.run(
        [installed, "-m", "pytest", "-p", "no:cacheprovider", "test_enroll.py"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env={**os.environ, "PYTHONPATH": "", "TALENTLMS_MOCK_DATA_DIR": str(tmp_path / "data")},
    ).stdout

    assert "talentlms: seed 42, plan core, preset documented" in found
    assert "probably meant: createEnrollment, POST /api/v2/enrollments" in found
    assert "1 failed" in found


_HELPER = "def start():\n    return 'mine'\n"
_PLUGIN = """
import pytest

@pytest.fixture
def greeting():
    return "mine"
"""
_CONFTEST = "pytest_plugins = ['pytest_plugin']\n"
_TESTS = {
    "tests/test_helper.py": """
import mockserver

def test_helper():
    assert mockserver.start() == "mine"
""",
    "tests/test_plugin.py": """
def test_plugin(greeting):
    assert greeting == "mine"
""",
}
_TESTS_WITH_THE_MOCK = {
    "tests/test_both.py": """
import mockserver

def test_both(talentlms, greeting):
    with talentlms.httpx_client() as client:
        assert client.get("/users").status_code == 200
    assert (mockserver.start(), greeting) == ("mine", "mine")
""",
}
_OWN_NAMES = {
    "modules beside": {"mockserver.py": _HELPER, "pytest_plugin.py": _PLUGIN},
    "packages beside": {"mockserver/__init__.py": _HELPER, "pytest_plugin/__init__.py": _PLUGIN},
    "modules among the tests": {"tests/mockserver.py": _HELPER, "tests/pytest_plugin.py": _PLUGIN},
    "packages among the tests": {
        "tests/mockserver/__init__.py": _HELPER,
        "tests/pytest_plugin/__init__.py": _PLUGIN,
    },
    "all of them": {
        "mockserver/__init__.py": "raise ImportError('not this one')",
        "pytest_plugin/__init__.py": "raise ImportError('not this one')",
        "tests/mockserver.py": _HELPER,
        "tests/pytest_plugin.py": _PLUGIN,
    },
}


@pytest.fixture(params=_OWN_NAMES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project with names of its own that are those of our source folders."""
    files = {"tests/conftest.py": _CONFTEST, **_TESTS, **_OWN_NAMES[request.param]}
    return _written(tmp_path / "project", files)


def _written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def _pytest(python: Path, project: Path) -> str:
    # Of all plugins that are found here, those that the project has: importing the others is slow.
    others = {plugin.name for plugin in entry_points(group="pytest11")} - {"talentlms"}
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"-pno:{name}" for name in others))
    data = str(project.parent / "data")
    return _run(python, *words, "tests", cwd=project, TALENTLMS_MOCK_DATA_DIR=data)


def test_names_of_a_project_of_its_own_stay_its_own(installed: Path, project: Path) -> None:
    printed = _pytest(installed, project)

    assert "2 passed" in printed
    assert "talentlms" not in printed


def test_the_mock_works_beside_such_names(installed: Path, project: Path) -> None:
    _written(project, _TESTS_WITH_THE_MOCK)

    assert "3 passed" in _pytest(installed, project)
    listed = _run(installed, "-m", "talentlms_mock", "operations", cwd=project)
    assert "getUsers" in listed
