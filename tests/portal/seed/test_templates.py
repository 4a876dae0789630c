"""Seeded templates are made once, and never make a start fail."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from talentlms_mock import toml_files
from talentlms_mock.portal.seed import build, definition, templates
from talentlms_mock.portal.store.schema import APPLICATION_ID

AT = datetime(2025, 5, 7, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_process_cache() -> Iterator[None]:
    """Begin and end with nothing kept in the process."""
    templates.forget()
    yield
    templates.forget()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep templates in a directory of the test's own."""
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    return tmp_path / "templates"


def template(users: int = 3, seed: int = 42, at: datetime = AT, dataset: str = "demo") -> bytes:
    return templates.template(definition.load(dataset), users=users, seed=seed, at=at)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the number of users whenever a portal is really seeded."""
    seen: list[int] = []
    build_in = build.build_in

    def noted(
        database: sqlite3.Connection, *arguments: object, users: int, **options: object
    ) -> None:
        seen.append(users)
        build_in(database, *arguments, users=users, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "build_in", noted)
    return seen


def test_template_is_a_portal(folder: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(template())

        assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert database.execute("SELECT count(*) FROM users").fetchone() == (3,)


def test_template_is_kept_in_the_process(folder: Path, builds: list[int]) -> None:
    assert template() is template(at=AT + timedelta(hours=1))
    assert builds == [3]


def test_template_is_kept_on_disk(folder: Path, builds: list[int]) -> None:
    first = template()
    templates.forget()

    assert template() == first
    assert builds == [3]
    assert len(list(folder.iterdir())) == 1


def test_each_argument_has_its_own_template(folder: Path, builds: list[int]) -> None:
    template()
    template(users=4)
    template(seed=43)
    template(at=AT + timedelta(days=1))
    template(dataset="messy")

    assert builds == [3, 4, 3, 3, 3]
    assert len(list(folder.iterdir())) == 5


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the code of a portal, which decides what a template is made of."""
    assert templates.__file__
    code = Path(templates.__file__).parents[1]
    shutil.copytree(code, tmp_path / "portal", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(templates, "__file__", str(tmp_path / "portal" / "seed" / "templates.py"))
    templates._sources.cache_clear()
    yield tmp_path / "portal"
    templates._sources.cache_clear()


def _of_an_empty_portal() -> bytes:
    """Return a template as another process would, which has read the code itself."""
    templates.forget()
    templates._sources.cache_clear()
    return template(users=0, dataset="empty")


@pytest.mark.parametrize("room", ["seed", "store", "rules"])
def test_an_edited_file_of_the_code_has_its_own_template(
    room: str, folder: Path, sources: Path, builds: list[int]
) -> None:
    files = sorted((sources / room).glob("*.py"))
    assert len(files) > 5
    _of_an_empty_portal()
    for number, file in enumerate(files, 2):
        file.write_bytes(file.read_bytes() + b"# edited\n")
        _of_an_empty_portal()
        assert len(builds) == number, file.name


def test_a_new_file_of_the_code_has_its_own_template(
    folder: Path, sources: Path, builds: list[int]
) -> None:
    _of_an_empty_portal()
    (sources / "seed" / "reviews.py").write_text("# what a course is worth\n", encoding="utf-8")
    _of_an_empty_portal()
    assert len(builds) == 2


def test_code_that_is_the_same_has_the_same_template(
    folder: Path, sources: Path, builds: list[int]
) -> None:
    _of_an_empty_portal()
    for file in (sources / "seed").glob("*.py"):
        os.utime(file, (1_000_000, 1_000_000))
    (sources / "journal" / "journal.py").write_text("", encoding="utf-8")
    _of_an_empty_portal()
    assert len(builds) == 1


@pytest.mark.parametrize("edited", ["ours.toml", "base.toml"])
def test_an_edited_dataset_has_its_own_template(
    edited: str, folder: Path, tmp_path: Path, builds: list[int]
) -> None:
    text = (toml_files.folder("datasets") / "demo.toml").read_text(encoding="utf-8")
    texts = {"base.toml": text, "ours.toml": f'extends = "base.toml"\n{text}'}
    if edited == "base.toml":
        texts["ours.toml"] = 'extends = "base.toml"\n'
    for name, content in texts.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    template(dataset=str(tmp_path / "ours.toml"))
    for content in (texts[edited], texts[edited].replace("Fire Safety", "Fire Drills")):
        (tmp_path / edited).write_text(content, encoding="utf-8")
        templates.forget()
        template(dataset=str(tmp_path / "ours.toml"))

    assert builds == [3, 3]


def test_date_of_a_template_is_that_in_utc(folder: Path, builds: list[int]) -> None:
    template()
    template(at=datetime.fromisoformat("2025-05-08T01:00:00+05:00"))

    assert builds == [3]


@pytest.mark.parametrize("damage", [b"", b"not a template", b"\0" * 100_000])
def test_damaged_file_is_made_again(folder: Path, builds: list[int], damage: bytes) -> None:
    first = template()
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    templates.forget()

    assert template() == first
    assert file.read_bytes().endswith(first)
    assert builds == [3, 3]


def test_file_with_a_bit_flipped_is_made_again(folder: Path, builds: list[int]) -> None:
    first = template()
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    templates.forget()

    assert template() == first
    assert builds == [3, 3]


def test_file_that_cannot_be_read_is_no_obstacle(folder: Path, builds: list[int]) -> None:
    first = template()
    (file,) = folder.iterdir()
    file.unlink()
    file.mkdir()  # even root cannot read or replace it
    templates.forget()

    assert template() == first
    assert builds == [3, 3]


def test_data_directory_that_cannot_be_made_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, builds: list[int]
) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", "/proc/none")

    assert template() == template()
    assert builds == [3]


def test_directory_that_cannot_be_written_is_no_obstacle(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(templates, "write_whole", refuse)

    assert template()
    assert list(folder.iterdir()) == []


def test_newest_files_are_kept(folder: Path) -> None:
    folder.mkdir()
    for age in range(30):
        file = folder / f"{age}.template"
        file.write_bytes(b"old")
        os.utime(file, (1_000_000 - age, 1_000_000 - age))

    template()

    kept = {file.name for file in folder.iterdir()}
    assert len(kept) == templates.FILES_KEPT
    assert {f"{age}.template" for age in range(templates.FILES_KEPT - 1)} < kept


def test_large_files_are_not_hoarded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "BYTES_KEPT", 1)

    template()
    template(users=4)

    assert len(list(folder.iterdir())) == 1


def test_process_keeps_a_limited_number(folder: Path, builds: list[int]) -> None:
    for seed in range(40):
        template(users=0, seed=seed, dataset="empty")
    template(users=0, seed=39, dataset="empty")

    assert len(templates._in_process) < 40
    assert len(builds) == 40


def test_template_from_disk_does_without_faker(folder: Path) -> None:
    template()
    program = (
        "import sys\n"
        "from datetime import datetime\n"
        "from talentlms_mock.portal.seed import definition, templates\n"
        "at = datetime.fromisoformat('2025-05-07T09:30:00+00:00')\n"
        "templates.template(definition.load('demo'), users=3, seed=42, at=at)\n"
        "sys.exit('faker' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
