"""talentlms-mock portal, and reset."""

import json
from pathlib import Path

import pytest

from talentlms_mock import MockServer, Portal
from tests.cli.commands.conftest import Run, table


def test_portals_are_listed(run: Run, empty: Portal) -> None:
    empty.deactivate()
    empty.revoke_key()
    heads, *rows = table(run("portal", "list"))
    assert heads == ["Domain", "API key", "Plan", "Left", "Faults", "Requests", "State"]
    assert [empty.domain, empty.api_key, "core", "2,000", "0", "0", "inactive, key revoked"] in rows
    listed = json.loads(run("portal", "list", "--json"))
    assert empty.domain in [each["domain"] for each in listed]


def test_mock_without_a_portal(run: Run) -> None:
    with MockServer() as server:
        url = f"http://127.0.0.1:{server.http_port}/__mock__/"
        assert run("portal", "list", "--url", url) == "The mock has no portal.\n"
        assert run("portal", "show", "--url", url, status=2) == (
            f"Error: The mock at http://127.0.0.1:{server.http_port} has no portal: create one "
            "with `talentlms-mock portal create`.\n"
        )
        server.create_portal(dataset="empty")
        assert run("portal", "show", "--url", url).startswith("Domain     samples\n")
        server.create_portal(dataset="empty", domain="acme")
        assert run("portal", "show", "--url", url, status=2) == (
            f"Error: The mock at http://127.0.0.1:{server.http_port} has several portals: choose "
            "one with --domain: acme, samples.\n"
        )


def test_portal_is_created_and_deleted(run: Run, server: MockServer) -> None:
    words = "--plan grow --users 3 --seed 7 --quirk error_shape=flat --scenario flaky"
    printed = run("portal", "create", "made", *words.split())
    portal = server.portals.of_domain("made")
    assert portal is not None
    assert printed == (
        f"Domain     made\nBase URL   {portal.base_url}\nAPI key    {portal.api_key}\n"
        f"Authority  {portal.ca_file}\nState      on\nPlan       grow\n"
        "Left       10,000 of 10,000 in 3,600 s, 200 of 200 in 5 s\n"
        f"Clock      {portal.clock.timestamp()}, as the system's\nTasks      polls:2\n"
        "Faults     1\nRequests   0\nQuirks     error_shape=flat\n"
    )
    assert len(portal.users) == 3
    assert run("portal", "delete", "made") == "Deleted the portal made.\n"
    assert server.portals.of_domain("made") is None
    assert run("portal", "delete", "made", status=2).startswith(
        "Error: This server has no portal 'made'"
    )
    assert json.loads(run("portal", "create", "made", "--dataset", "empty", "--json"))[
        "domain"
    ] == ("made")
    run("portal", "delete", "made")
    run("portal", "create", "made", "--users", "0")
    portal = server.portals.of_domain("made")
    assert portal is not None
    assert len(portal.users) == 0
    run("portal", "delete", "made")


def test_portal_is_changed(of_empty: Run, empty: Portal) -> None:
    printed = of_empty("portal", "change", "--plan", "grow", "--no-api", "--quirk", "accept=strict")
    assert "State      API off\nPlan       grow\n" in printed
    assert "Quirks     accept=strict\n" in printed
    assert empty.settings.api_enabled is False
    of_empty("portal", "change", "--api", "--rotate-key")
    assert (empty.settings.api_enabled, empty.api_key[-2:]) == (True, "-2")
    of_empty("portal", "change", "--api-key", "mine")
    assert empty.api_key == "mine"
    of_empty("portal", "change", "--revoke-key", "--json")
    assert empty.settings.key_revoked
    assert of_empty("portal", "change", status=2) == (
        "Error: Nothing to change: give an option, like --plan grow.\n"
    )
    assert of_empty("portal", "change", "--quirk", "accept", status=2) == (
        "Error: --quirk accept names no value: write NAME=VALUE.\n"
    )


def test_portal_is_reset(of_empty: Run, empty: Portal) -> None:
    empty.add_user("ada")
    assert of_empty("reset") == f"Reset the portal {empty.domain}.\n"
    assert len(empty.users) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["portal", "create", "a b"], "is not one label of a host name"),
        (["portal", "create", "--plan", "grw"], "There is no plan 'grw' (did you mean 'grow'?)."),
    ],
)
def test_refusals_are_one_sentence(run: Run, words: list[str], message: str) -> None:
    printed = run(*words, status=2)
    assert printed.startswith("Error: ")
    assert message in printed
    assert printed.count("\n") == 1


def test_portal_is_saved(run: Run, server: MockServer, empty: Portal, tmp_path: Path) -> None:
    empty.add_course("Fire drill")
    whole, dataset = tmp_path / "a.sqlite", tmp_path / "mine.toml"
    domain = ("--domain", empty.domain)
    assert run("portal", "save", str(whole), *domain) == f"Wrote {whole}.\n"
    assert run("portal", "save", str(dataset), "--as-dataset", *domain) == f"Wrote {dataset}.\n"
    head = "# A dataset of talentlms-mock: talentlms-mock serve --dataset mine.toml\n"
    assert dataset.read_text(encoding="utf-8").startswith(head)
    for options in ({"database": whole}, {"dataset": str(dataset)}):
        made = server.create_portal(domain="made", **options)
        assert [course.name for course in made.courses] == ["Fire drill"]
        server.remove_portal(made)
    missing = tmp_path / "no" / "a.sqlite"
    assert run("portal", "save", str(missing), *domain, status=2) == (
        f"Error: Cannot write {missing}: No such file or directory.\n"
    )
    assert run("portal", "save", str(whole), "--domain", "nobody", status=2).startswith(
        "Error: This server has no portal 'nobody'"
    )
