"""`talentlms-mock verify`: what it prints, what it writes, and how it ends."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from talentlms_mock import MockServer, Portal
from talentlms_mock.cli.commands import live_key
from talentlms_mock.cli.commands import verify as command
from talentlms_mock.cli.main import main
from talentlms_mock.portal.journal.har import archive
from talentlms_mock.portal.state.clock import system_day
from talentlms_mock.verify.live import pace
from talentlms_mock.verify.live.probes import probes
from tests.conftest import NewPortal
from tests.verify.vendor import academy, exchanges

KEY = "key-that-is-secret"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv(live_key.KEY_VARIABLE, raising=False)


def _verify(*arguments: str, answer: str | None = None, **variables: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments], input=answer, env=variables)


@pytest.fixture
def recording(new_portal: NewPortal, tmp_path: Path) -> Path:
    portal = academy(new_portal, quirks={"error_shape": "flat"})
    portal.fault("GET", "/users", drop_field="email")
    exchanges(portal)
    path = tmp_path / "recording.har"
    path.write_text(json.dumps(archive(portal.requests, host=portal.host)), encoding="utf-8")
    return path


def test_a_recording_and_what_follows_from_it(recording: Path, tmp_path: Path) -> None:
    mock = Path("mock.toml")
    mock.write_text('# ours\ndomain = "acme"\n\n[quirks]\naccept = "strict"\n', encoding="utf-8")
    first = _verify(
        str(recording), "--report", "a.html", "--report", "a.md", "--write", "mock.toml"
    )
    assert first.exit_code == command.DIFFERS
    assert max(map(len, first.output.splitlines())) <= 80
    assert "quirk error_shape" in first.output
    assert "getUsers" in first.output
    written = ["Wrote a.html.", "Wrote a.md.", "Wrote mock.toml.", "Wrote mock.corrections.toml."]
    assert first.output.splitlines()[-4:] == written
    assert "points confirmed, 2 differ, 0 set aside." in first.output
    lines = mock.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["# ours", 'domain = "acme"', 'corrections = "mock.corrections.toml"']
    assert 'error_shape = "flat"' in lines
    assert 'accept = "lenient"' in lines
    (open_one,) = [line for line in lines if line.startswith("# retry_after")]
    assert open_one == '# retry_after = "off" # off or on: not decided, nothing seen shows it'
    again = _verify(str(recording), "--config", "mock.toml", "--write", "mock.toml")
    assert again.exit_code == 0
    assert "points confirmed, 0 differ, 0 set aside." in again.output
    assert mock.read_text(encoding="utf-8").splitlines() == lines


def test_known_differences(recording: Path) -> None:
    ignore = Path("known.toml")
    ignore.write_text(
        '[[ignore]]\nplace = "email"\nreason = "they hide it"\ndate = 2025-05-07\n'
        '[[ignore]]\nplace = "error_shape"\nreason = "not used"\ndate = 2025-05-07\n'
        '[[ignore]]\nplace = "name"\nreason = "none"\ndate = 2025-05-07\n',
        encoding="utf-8",
    )
    result = _verify(str(recording), "--ignore", "known.toml")
    assert result.exit_code == 0
    assert "Set aside: getUsers, email: they hide it (2025-05-07)\n" in result.output
    assert "No longer different, take it out of the ignore file: name" in result.output


def test_a_known_difference_needs_a_reason(recording: Path) -> None:
    Path("known.toml").write_text('[[ignore]]\nplace = "email"\ndate = 2025-05-07\n')
    result = _verify(str(recording), "--ignore", "known.toml")
    assert result.exit_code == command.COULD_NOT_LOOK
    assert result.output == (
        "Error: The ignore file known.toml: ignore.1.reason: Field required.\n"
    )


def test_quirks_and_presets_of_the_mock_that_is_compared(recording: Path) -> None:
    result = _verify(str(recording), "--preset", "recorded", "--quirk", "error_shape=flat")
    assert "points confirmed, 1 differ, 0 set aside." in result.output
    assert "error_shape" not in result.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "Say what to compare with: --domain of a live portal, or the file of a recording."),
        (("a.har", "--domain", "acme"), "Say what to compare with"),
        (("a.har",), "Cannot read a.har: No such file or directory."),
        (("a.har", "--report", "a.pdf"), "A report ends in .html, .json, .md, which a.pdf"),
        (("a.har", "--config", "none.toml"), "The config file none.toml cannot be read"),
        (("a.har", "--config", "odd.toml"), "odd.toml: quirks must be a table, name = value."),
        (("a.har", "--quirk", "error_shape=odd"), "The quirk 'error_shape' has no value 'odd'"),
        (("--domain", "a.b"), "The domain 'a.b' is not one label"),
        (("--domain", "acme"), "There is no API key: put it into the environment variable"),
        (("--domain", "acme", "--resume"), "There is nothing to resume: talentlms-verify-acme"),
    ],
)
def test_what_cannot_be_looked_at(arguments: tuple[str, ...], problem: str) -> None:
    Path("odd.toml").write_text('quirks = "all"\n')
    result = _verify(*arguments)
    assert result.exit_code == command.COULD_NOT_LOOK
    assert result.output.startswith(f"Error: {problem}")


def test_a_dry_run_prints_the_requests() -> None:
    result = _verify("--domain", "acme", "--dry-run")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == len(probes()) + 1
    assert lines[1] == "GET   /users  a list"
    assert lines[-1] == (
        f"{len(probes())} requests at most, four a second; all are reads, or are refused."
    )
    with_writes = _verify("--domain", "acme", "--dry-run", "--allow-writes").output
    assert "DELETE /courses and DELETE /groups: both are removed" in with_writes


def test_no_option_takes_the_key() -> None:
    names = [name for option in command.verify.params for name in option.opts]
    assert [name for name in names if "key" in name] == ["--api-key-env"]


# A live portal, under the vendor's name, through a proxy.


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

    yield academy(new_portal)
    for portal in made:
        proxied.remove_portal(portal)


def test_a_live_portal(live: Portal) -> None:
    live.fault("GET", "/groups", rename_field={"price": "cost"})
    result = _verify("--domain", "acme", "--report", "a.json", TALENTLMS_KEY=KEY)
    assert result.exit_code == command.DIFFERS, result.output
    report = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert [(each["operation"], each["place"], each["seen"]) for each in report["differs"]] == [
        ("getGroups", "price", "named cost")
    ]
    assert report["day"] == str(system_day())
    assert KEY not in result.output + Path("a.json").read_text(encoding="utf-8")
    assert {each.headers["host"] for each in live.requests} == {"acme.talentlms.com"}
    assert os.listdir() == ["a.json"]


def test_a_live_portal_that_answers_429_and_then_no_more(live: Portal) -> None:
    live.rate_limit.burst_remaining = 30
    stopped = _verify("--domain", "acme", "--api-key-env", "OTHER", OTHER=f"{KEY}\n")
    assert stopped.exit_code == command.COULD_NOT_LOOK
    assert stopped.output.splitlines()[-1] == (
        "The portal answered 429, its limit is used up; continue with --resume, the run is kept "
        "in talentlms-verify-acme.json."
    )
    text = Path("talentlms-verify-acme.json").read_text(encoding="utf-8")
    assert KEY not in text
    assert KEY not in stopped.output
    live.rate_limit.refill()
    done = _verify("--domain", "acme", "--resume", TALENTLMS_KEY=KEY)
    assert done.exit_code == 0, done.output
    assert os.listdir() == []


def test_writes_need_a_yes(live: Portal) -> None:
    refused = _verify("--domain", "acme", "--allow-writes", answer="n\n", TALENTLMS_KEY=KEY)
    assert refused.exit_code == command.COULD_NOT_LOOK
    assert "Do this to acme.talentlms.com? [y/N]: n" in refused.output
    assert len(live.requests) == 0
    allowed = _verify("--domain", "acme", "--allow-writes", answer="y\n", TALENTLMS_KEY=KEY)
    assert allowed.exit_code == 0, allowed.output
    assert "duplicate_status" not in allowed.output
    assert [group.name for group in live.groups] == ["Wardens"]


def test_a_run_that_is_interrupted(live: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = pace.Pace.wait

    def interrupted(self: pace.Pace) -> None:
        waited(self)
        if self.sent == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(pace.Pace, "wait", interrupted)
    result = _verify("--domain", "acme", TALENTLMS_KEY=KEY)
    assert result.exit_code == command.COULD_NOT_LOOK
    assert result.output.splitlines()[-1].startswith("Interrupted; continue with --resume")
    assert len(live.requests) == 8


def test_a_portal_that_is_not_there(live: Portal) -> None:
    result = _verify("--domain", "nobody", TALENTLMS_KEY=KEY)
    assert result.exit_code == command.COULD_NOT_LOOK
    problem = "The portal refuses the request: its API is not enabled, or not for all"
    assert result.output.strip() == f"Error: {problem} (status 403)."


def test_the_key_is_asked_for(live: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_key, "is_a_person", lambda: True)
    result = _verify("--domain", "acme", answer=f"{KEY}\n")
    assert result.exit_code == 0, result.output
    assert KEY not in result.output
