"""What of a portal's secrets is shown, saved and printed: nothing."""

import json
import logging
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from talentlms_mock import Exchange, MockServer, Portal
from talentlms_mock.cli import printing
from talentlms_mock.cli.run_summary import Calls
from talentlms_mock.portal.journal import har
from tests.conftest import NewPortal


def everything(portal: Portal, file: Path) -> str:
    """Return all that leaves a portal: data, archive, lines, and a saved file."""
    exchanges = list(portal.requests)
    portal.save(file)
    with MockServer.open(file) as server:
        (saved,) = server.portals
        kept = saved.requests.as_data(redacted=False)
    heads = [repr(replace(each.redacted_head(), secrets=())) for each in exchanges]
    shown = [portal.requests.as_data(), har.archive(exchanges, host=portal.host), kept, heads]
    return json.dumps(shown) + repr(portal.requests) + lines(exchanges)


def lines(exchanges: list[Exchange]) -> str:
    """Return what `serve` and `run` print."""
    out = printing.console()
    calls = Calls()
    with out.capture() as capture:
        for exchange in exchanges:
            printing.print_exchange(out, exchange)
            calls.add(exchange)
        printing.print_calls(out, calls)
    return capture.get()


def test_head_alone_hides_what_the_whole_hides(portal: Portal, client: httpx.Client) -> None:
    secret = "Seen-In-A-Header1"
    client.get(
        f"/users/1?q={secret}&n={portal.api_key}&api_key=x1y2z3w4", headers={"X-Auth-Token": secret}
    )
    client.post("/users?q=Seen-In-A-Body1", json={"password": "Seen-In-A-Body1"})

    heads = [each.redacted_head() for each in portal.requests]

    assert [each.target for each in heads] == [
        "/api/v2/users/1?q=***&n=***&api_key=***",
        "/api/v2/users?q=***",
    ]
    assert heads == [
        replace(each.redacted(), raw_headers=[], raw_response_headers=[], body=None, response=None)
        for each in portal.requests
    ]


def test_no_key_and_no_password_leaves_a_portal(
    portal: Portal, client: httpx.Client, tmp_path: Path
) -> None:
    client.event_hooks = {}
    first = portal.api_key
    second = portal.rotate_key("the-second-key")
    portal.reset()
    portal.add_user("ada", password="Ada-Secret1")
    new = {"name": "B", "surname": "B", "login": "bob", "email": "bob@example.com"}
    client.post("/users", json=new | {"password": "Bob-Secret1"})
    client.post("/users", data={"login": "bob", "password": "Form-Secret1"})
    client.get("/users", params={"password": "Link-Secret1"})
    # What was a secret once is one wherever it stands.
    basic = b64encode(b"ada:Basic-Secret1").decode()
    client.get("/users", headers={"Authorization": f"Basic {basic}", "X-Note": "Basic-Secret1"})
    secrets = [first, second, *(f"{name}-Secret1" for name in ("Ada", "Bob", "Form", "Link"))]
    for secret in (*secrets, "Basic-Secret1"):
        note = b64encode(f"x{secret}".encode()).decode()
        client.get(f"/users/{secret}", params={"q": secret, secret: 1, "note": note})
        client.get("/users", headers={"Referer": f"https://x/?q={secret}", "Accept": secret})
        client.post("/users", json={"login": [secret], "note": f"is {secret}!"})
        client.post("/users", content=f'{{"note": "{secret}"')
        client.get("/users", headers={"X-API-Version": secret})
        client.get("/users", headers={"X-API-Key": f"{secret}?"})
    text = everything(portal, tmp_path / "saved.sqlite")
    assert [one for one in (*secrets, "Basic-Secret1") if one in text] == []
    assert "Referer" not in text  # names of headers are lower case
    assert '"login": ["***"]' in text
    assert portal.requests.last is not None
    assert portal.requests.last.headers["X-API-Key"] == "Basic-Secret1?"


def test_another_secret_of_a_request_is_hidden_in_all_of_it(
    portal: Portal, client: httpx.Client
) -> None:
    client.event_hooks = {}
    client.get("/users", headers={"X-API-Key": "a-key-of-elsewhere", "X-Q": "a-key-of-elsewhere"})
    (shown,) = portal.requests.as_data()
    assert (shown["headers"]["x-api-key"], shown["headers"]["x-q"]) == ("***", "***")


def test_a_compressed_body_is_hidden(portal: Portal, client: httpx.Client) -> None:
    client.event_hooks = {}
    client.post("/users", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert portal.requests.as_data()[0]["body"] == "***"


def test_a_failed_assertion_shows_no_secret(portal: Portal, client: httpx.Client) -> None:
    client.event_hooks = {}
    client.get("/users", params={"q": portal.api_key})
    wrong: list[str] = []
    for check in (
        lambda: portal.assert_requested("GET", "/users", query={"q": f"not {portal.api_key}"}),
        lambda: portal.requests.assert_not_requested("GET", "/users"),
        lambda: portal.requests.assert_order(["GET /users", "GET /courses"]),
        portal.requests.assert_no_warnings,
        lambda: portal.requests.wait_for("GET", "/courses", timeout=0),
    ):
        with pytest.raises(AssertionError) as caught:
            check()
        wrong.append(str(caught.value))
    assert portal.api_key not in "\n".join(wrong)
    assert "not ***" in wrong[0]


def test_a_request_to_no_portal_shows_no_key(new_portal: NewPortal) -> None:
    seen: list[Exchange] = []
    with MockServer(on_exchange=seen.append) as server:
        portals = [server.create_portal(domain=domain) for domain in ("one", "two")]
        with httpx.Client(verify=server.ssl_context()) as client:
            client.get(f"{portals[0].base_url}/users", params={"q": portals[1].api_key})
        assert [exchange.number for exchange in seen] == [0]
        assert portals[1].api_key in seen[0].target
        assert lines(seen)[9:].startswith("GET    /api/v2/users?q=*** 403")


def test_the_log_of_an_error_inside_shows_no_secret(
    portal: Portal,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise RuntimeError

    client.event_hooks = {}
    monkeypatch.setattr(portal, "transaction", fail)
    with caplog.at_level(logging.ERROR, "talentlms_mock"):
        client.get("/users", params={"q": portal.api_key, "password": "any"})
    assert caplog.messages == ["GET /api/v2/users?q=***&password=*** failed inside the mock"]
