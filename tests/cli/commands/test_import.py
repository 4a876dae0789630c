"""`talentlms-mock import`: what it asks, prints and writes, and how it ends."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from talentlms_mock import MockServer, Portal
from talentlms_mock.cli.commands import importing as command
from talentlms_mock.cli.commands import live_key
from talentlms_mock.cli.main import main
from talentlms_mock.portal.journal.har import archive
from talentlms_mock.verify.live import pace
from tests.conftest import NewPortal
from tests.verify.importing.vendor import NO_LIMITS
from tests.verify.vendor import academy

KEY = "key-that-is-secret"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv(live_key.KEY_VARIABLE, raising=False)


def _import(*arguments: str, answer: str | None = None, **variables: str) -> Result:
    given = ["import", "--database", "acme.sqlite", *arguments]
    return CliRunner().invoke(main, given, input=answer, env=variables)


@pytest.fixture(scope="module")
def proxied() -> Iterator[MockServer]:
    with MockServer(proxy_port=0) as server:
        yield server


@pytest.fixture
def live(proxied: MockServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """A portal that this process reaches as https://acme.talentlms.com."""
    for name, value in proxied.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(pace, "A_SECOND", 10_000)
    made: list[Portal] = []

    def new_portal(**options: object) -> Portal:
        portal = proxied.create_portal(domain="acme", api_key=KEY, **options)  # type: ignore[arg-type]
        made.append(portal)
        return portal

    yield academy(new_portal, **NO_LIMITS)
    for portal in made:
        proxied.remove_portal(portal)


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited, in no time."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def test_a_live_portal(live: Portal, new_portal: NewPortal) -> None:
    live.fault("GET", "/groups", rename_field={"price": "cost"})
    result = _import("--domain", "acme", TALENTLMS_KEY=KEY)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[:2] == ["Looking at acme.talentlms.com.", "Requests, about:"]
    assert "of which 11 are done" in result.output
    assert lines[-4:] == [
        "Left out or changed:",
        "  /groups cost: unknown, left out (1x)",
        "  /groups price: missing (1x)",
        "Wrote acme.sqlite: talentlms-mock serve --database acme.sqlite",
    ]
    assert os.listdir() == ["acme.sqlite"]
    assert KEY not in result.output
    assert KEY.encode() not in Path("acme.sqlite").read_bytes()
    assert {each.headers["host"] for each in live.requests} == {"acme.talentlms.com"}
    assert {each.method for each in live.requests} == {"GET"}
    copy = new_portal(database=Path("acme.sqlite"))
    assert [user.id for user in copy.users] == [user.id for user in live.users]
    assert {user.name for user in copy.users}.isdisjoint(user.name for user in live.users)
    assert [course.name for course in copy.courses] == ["Fire drill", "First aid", "Evacuation"]
    again = _import("--domain", "acme", TALENTLMS_KEY=KEY)
    assert again.output == (
        "Error: The file acme.sqlite exists already; remove it, or name another.\n"
    )


def test_all_names_can_be_replaced(live: Portal, new_portal: NewPortal) -> None:
    result = _import("--domain", "acme", "--anonymise", "all", TALENTLMS_KEY=KEY)
    assert result.exit_code == 0, result.output
    copy = new_portal(database=Path("acme.sqlite"))
    assert {course.name for course in copy.courses}.isdisjoint(c.name for c in live.courses)
    assert b"Fire drill" not in Path("acme.sqlite").read_bytes()


def test_it_goes_on_after_everything_that_can_go_wrong(
    live: Portal, sleeps: list[float], monkeypatch: pytest.MonkeyPatch, new_portal: NewPortal
) -> None:
    live.fault("GET", "/users", status=429, times=2)
    live.fault("GET", "/courses/1", reset=True, times=2)
    live.fault("GET", "/courses/2", status=503, times=1)
    live.fault("GET", "/timeline", truncate_at=20, times=1)
    sent, waited = [0], pace.Pace.wait

    def interrupted(self: pace.Pace) -> None:
        waited(self)
        sent[0] += 1
        if sent[0] in (5, 15, 25):
            raise KeyboardInterrupt

    monkeypatch.setattr(pace.Pace, "wait", interrupted)
    stopped = _import("--domain", "acme", TALENTLMS_KEY=KEY)
    for _ in range(2):
        assert stopped.exit_code == command.STOPPED
        assert stopped.output.splitlines()[-1] == (
            "Interrupted; continue with --resume, the import is kept in acme.sqlite.import."
        )
        assert os.listdir() == ["acme.sqlite.import"]
        assert KEY.encode() not in Path("acme.sqlite.import").read_bytes()
        stopped = _import("--domain", "acme", "--resume", TALENTLMS_KEY=KEY)
    assert stopped.exit_code == command.STOPPED
    done = _import("--domain", "acme", "--resume", TALENTLMS_KEY=KEY)
    assert done.exit_code == 0, done.output
    assert "Left out" not in done.output
    assert 10 in sleeps
    assert os.listdir() == ["acme.sqlite"]
    assert len(new_portal(database=Path("acme.sqlite")).users) == 3


def test_a_dry_run_estimates(live: Portal) -> None:
    result = _import("--domain", "acme", "--dry-run", "--without", "units", TALENTLMS_KEY=KEY)
    assert result.exit_code == 0, result.output
    assert "units" not in result.output
    assert result.output.splitlines()[-1] == (
        "With four a second at most, and 20% of what the portal's limit leaves, of 1,000,000 an "
        "hour: less than a minute."
    )
    assert os.listdir() == []


def test_a_person_is_asked_before_it_begins(live: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_key, "is_a_person", lambda: True)
    result = _import("--domain", "acme", answer=f"{KEY}\nn\n")
    assert result.exit_code == command.STOPPED
    assert result.output.endswith(
        "Begin? [Y/n]: n\nError: Nothing was written; --resume continues it.\n"
    )
    assert KEY not in result.output
    done = _import("--domain", "acme", "--resume", "--yes", answer=f"{KEY}\n")
    assert done.exit_code == 0, done.output


def test_names_are_kept_only_where_somebody_says_so(live: Portal, new_portal: NewPortal) -> None:
    refused = _import("--domain", "acme", "--keep-names", answer="n\n", TALENTLMS_KEY=KEY)
    assert refused.exit_code == command.STOPPED
    assert "Keep them? [y/N]: n" in refused.output
    assert len(live.requests) == 0
    Path(".git").mkdir()
    inside = _import("--domain", "acme", "--keep-names", answer="y\n", TALENTLMS_KEY=KEY)
    assert inside.output == (
        "Error: --keep-names writes people's names into acme.sqlite, which is inside the git work "
        f"tree {Path.cwd()}: name a file outside of it.\n"
    )
    Path(".git").rmdir()
    kept = _import("--domain", "acme", "--keep-names", answer="y\n", TALENTLMS_KEY=KEY)
    assert kept.exit_code == 0, kept.output
    copy = new_portal(database=Path("acme.sqlite"))
    assert [user.login for user in copy.users] == [user.login for user in live.users]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "Say what to import"),
        (("--domain", "acme", "--har", "a.har"), "Say what to import"),
        (("--har", "a.har", "--map", "A=email"), "--map is for the columns of a file"),
        (("--har", "a.har", "--resume"), "--without, --dry-run and --resume are for a live portal"),
        (("--har", "none.har"), "Cannot read none.har: No such file or directory."),
        (("--csv", "none.csv"), "Cannot read none.csv: No such file or directory."),
        (("--csv", "a.csv", "--map", "A"), '--map A names no field: write "COLUMN=FIELD".'),
        (
            ("--csv", "a.csv", "--map", "A=mail"),
            "--map A=mail: a user has no field 'mail' (did you",
        ),
        (("--domain", "a.b"), "The domain 'a.b' is not one label"),
        (("--domain", "acme"), "There is no API key: put it into the environment variable"),
        (("--domain", "acme", "--without", "user"), "There is no part 'user' to leave out"),
        (("--domain", "acme", "--database", "no/a.sqlite"), "The directory "),
    ],
)
def test_what_cannot_be_imported(arguments: tuple[str, ...], problem: str) -> None:
    result = _import(*arguments)
    assert result.exit_code == command.STOPPED
    assert result.output.startswith(f"Error: {problem}"), result.output
    assert os.listdir() == []


def test_a_key_that_the_portal_refuses(live: Portal) -> None:
    result = _import("--domain", "acme", TALENTLMS_KEY="another-key")
    assert result.exit_code == command.STOPPED
    assert result.output.endswith("\nError: The portal refuses the key (status 401).\n")
    assert os.listdir() == []


def test_files(live: Portal, new_portal: NewPortal) -> None:
    with live.httpx_client() as client:
        client.get("/users")
    recording = json.dumps(archive(live.requests, host=live.host))
    Path("a.har").write_text(recording, encoding="utf-8")
    assert _import("--har", "a.har").exit_code == 0
    assert len(new_portal(database=Path("acme.sqlite")).users) == 3
    Path("a.csv").write_text("Mail,Registration\na@b.example,2025-05-07\n", encoding="utf-8")
    result = _import("--csv", "a.csv", "--map", "Mail=email", "--database", "b.sqlite")
    assert result.output == "Wrote b.sqlite: talentlms-mock serve --database b.sqlite\n"
    assert len(new_portal(database=Path("b.sqlite")).users) == 1


def test_an_estimate_that_cannot_be_made(live: Portal, sleeps: list[float]) -> None:
    live.fault("GET", "/courses", reset=True)
    result = _import("--domain", "acme", "--dry-run", TALENTLMS_KEY=KEY)
    assert result.exit_code == command.STOPPED
    assert "Error: acme.talentlms.com does not respond" in result.output
    assert os.listdir() == []


def test_no_option_takes_the_key() -> None:
    names = [name for option in command.import_.params for name in option.opts]
    assert [name for name in names if "key" in name] == ["--api-key-env"]
