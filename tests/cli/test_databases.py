"""`--databases DIR`: the command continues with a portal of the folder, or makes one in it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from talentlms_mock import MockServer
from talentlms_mock.cli.main import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the portals acme and beta."""
    path = tmp_path / "portals"
    with MockServer(databases=path) as server:
        server.create_portal(domain="acme", users=3, plan="grow", api_key="key-of-acme")
        server.create_portal(domain="beta", dataset="empty")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["run", *map(str, words), "--quiet", "--", "true"])


def portals(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.sqlite"))


def test_an_empty_folder_gets_the_portal_of_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "portals"
    words = ("--databases", folder, "--users", 2, "--strict")
    assert (run(*words, "--domain", "acme").exit_code, portals(folder)) == (0, ["acme"])
    assert (run(*words).exit_code, portals(folder)) == (0, ["acme"])
    assert (run(*words, "--domain", "ACME").exit_code, portals(folder)) == (0, ["acme"])
    assert (run(*words, "--domain", "beta").exit_code, portals(folder)) == (0, ["acme", "beta"])


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--api-key", "other"], "--api-key has"),
        (["--plan", "core", "--users", 9], "--plan and --users have"),
        (["--hourly-limit", 5, "--burst-limit", 5], "--hourly-limit and --burst-limit have"),
        (["--preset", "recorded", "--tasks", "manual"], "--preset and --tasks have"),
        (["--quirk", "error_shape=flat"], "--quirk has"),
        (["--domain", "acme", "--seed", 7], "--seed has"),
    ],
)
def test_settings_that_the_portal_has_otherwise(
    folder: Path, words: list[object], options: str
) -> None:
    text = f"The portal continues from acme.sqlite (3 users); {options} no effect."
    result = run("--databases", folder, *words)
    assert (result.exit_code, result.stderr) == (0, f"{text}\n")
    strict = run("--databases", folder, *words, "--strict")
    assert (strict.exit_code, strict.stderr) == (2, f"Error: {text[:-1]} (--strict).\n")
    assert portals(folder) == ["acme", "beta"]


def test_settings_that_the_portal_has_are_accepted_in_silence(folder: Path) -> None:
    words = ["--domain", "acme", "--plan", "grow", "--api-key", "key-of-acme", "--users", 3]
    result = run("--databases", folder, *words, "--quirk", "error_shape=wrapped", "--strict")
    assert (result.exit_code, result.stderr) == (0, "")


def test_corrections_are_of_the_portal(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "corrections.toml"
    file.write_text("verified = 2026-01-02\n")
    result = run("--databases", folder, "--corrections", file)
    assert "--corrections has no effect." in result.stderr


def test_a_scenario_is_of_each_start(folder: Path) -> None:
    for _ in range(2):
        result = run("--databases", folder, "--domain", "beta", "--scenario", "api-disabled")
        assert (result.exit_code, result.stderr) == (0, "")
        with MockServer(databases=folder) as server:
            acme, beta = server.portals
            assert (acme.settings.api_enabled, beta.settings.api_enabled) == (True, False)
            beta.enable_api()


def test_a_portal_is_kept_in_one_file(folder: Path) -> None:
    result = run("--databases", folder, "--database", folder / "acme.sqlite")
    text = "Error: A portal is kept in one file: give --database or --databases.\n"
    assert (result.exit_code, result.stderr) == (2, text)


def test_a_broken_file_is_one_sentence(folder: Path) -> None:
    file = folder / "acme.sqlite"
    file.write_text("")
    result = run("--databases", folder)
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: The file {file} is not a portal made by talentlms-mock; name another, or move it "
        "away.\n"
    )
