"""Options that have no effect because the portal continues from a file."""

from codecs import BOM_UTF8, BOM_UTF16_LE
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from talentlms_mock import MockServer
from talentlms_mock.cli.main import main

SITE = 'extends = "empty"\nname = "{name}"\n'


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["run", *map(str, words), "--", "true"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A portal of 10 users in a file."""
    path = tmp_path / "day.sqlite"
    words = ["seed", "--users", "10", "--seed", "7", "--database", str(path)]
    assert CliRunner().invoke(main, [*words, "--dataset", "messy"]).exit_code == 0
    return path


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--users", 20], "--users has no effect."),
        (["--seed", 42], "--seed has no effect."),
        (["--dataset", "demo"], "--dataset has no effect."),
        (["--users", 9, "--seed", 8], "--users and --seed have no effect."),
        (
            ["--users", 9, "--seed", 8, "--dataset", "demo"],
            "--dataset, --users and --seed have no effect.",
        ),
    ],
)
def test_what_has_no_effect_is_said(file: Path, words: list[object], options: str) -> None:
    text = f"The portal continues from day.sqlite (10 users); {options}"
    result = run("--database", file, *words)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (0, text)
    strict = run("--database", file, *words, "--strict")
    assert (strict.exit_code, strict.stderr) == (2, f"Error: {text[:-1]} (--strict).\n")


def test_what_agrees_is_accepted_in_silence(file: Path) -> None:
    words = ["--users", 10, "--seed", 7, "--dataset", "messy", "--strict"]
    for options in (words, ["--strict"]):
        result = run("--database", file, *options)
        assert result.exit_code == 0
        assert "effect" not in result.stderr


@pytest.mark.parametrize("mark", [b"", BOM_UTF8, BOM_UTF16_LE], ids=["none", "UTF-8", "UTF-16"])
def test_a_dataset_that_was_edited_has_no_effect(tmp_path: Path, mark: bytes) -> None:
    def write(name: str) -> None:
        text = SITE.format(name=name)
        content = text.encode("utf-16-le" if mark == BOM_UTF16_LE else "utf-8")
        (tmp_path / "site.toml").write_bytes(mark + content)

    write("Académie")
    words = ("--database", tmp_path / "day.sqlite", "--dataset", tmp_path / "site.toml")
    assert run(*words, "--strict").exit_code == 0
    assert run(*words, "--strict").exit_code == 0
    write("Another")
    assert run(*words, "--strict").exit_code == 2


def test_a_config_file_may_begin_with_a_mark(tmp_path: Path, file: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_bytes(BOM_UTF8 + b"users = 20\r\nstrict = true\r\n")
    result = run("--config", config, "--database", file)
    assert (result.exit_code, "--users has no effect (--strict)." in result.stderr) == (2, True)


def test_from_python_it_is_a_warning(file: Path) -> None:
    with MockServer() as server:
        with pytest.warns(UserWarning, match=r"day.sqlite \(10 users\); users and seed have no"):
            portal = server.create_portal(database=file, users=3, seed=9)
        assert len(portal.users) == 10


def test_seed_of_a_dataset(file: Path, tmp_path: Path) -> None:
    """`seed --dataset` writes that dataset, as a portal of it in memory has it."""
    with MockServer.open(file) as server:
        (portal,) = server.portals
        other = server.create_portal(domain="other", users=10, seed=7, dataset="messy")
        logins = [user.login for user in portal.users]
        assert logins == [user.login for user in other.users]
        assert portal.courses.first is not None
    words = ["seed", "--database", str(tmp_path / "x.sqlite"), "--dataset", "mesy"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert result.stderr.strip() == "Error: There is no dataset 'mesy' (did you mean 'messy'?)."
