"""Who may use the control API."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection

import httpx
import pytest

from talentlms_mock import MockServer, SetupError
from talentlms_mock.control.access import Access
from tests.control.conftest import problem

TOKEN = "a-token-of-this-test"


def _ask(server: MockServer, headers: dict[str, str], *, tls: bool = False) -> int:
    """Return the status of a request with these headers, with Host when it is given."""
    connection: HTTPConnection = HTTPConnection("127.0.0.1", server.http_port, timeout=10)
    if tls:
        context = server.ssl_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection("127.0.0.1", server.https_port, timeout=10, context=context)
    try:
        connection.putrequest("GET", "/__mock__/health", skip_host=True)
        for name, value in {"Host": "127.0.0.1", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("127.0.0.1", 200),
        ("127.1.2.3:1", 200),
        ("[::1]:8080", 200),
        ("acme.localhost", 200),
        ("acme.localhost:8443", 200),
        ("evil.example.com", 403),
        ("localhost.evil.example.com", 403),
        ("127.0.0.1.evil.example.com", 403),
        ("evil-localhost", 403),
        ("192.0.2.1", 403),
        ("0.0.0.0", 403),
        ("talentlms.com", 403),
        ("acme.talentlms.com.evil.example", 403),
        ("acme.talentlms.com@evil.example", 403),
        ("[::1", 200),
        ("", 403),
    ],
)
def test_foreign_host_is_refused(server: MockServer, host: str, status: int, tls: bool) -> None:
    assert _ask(server, {"Host": host}, tls=tls) == status


def test_name_of_the_vendors_is_taken_where_a_certificate_proves_it(server: MockServer) -> None:
    assert _ask(server, {"Host": "acme.talentlms.com"}, tls=True) == 200
    assert _ask(server, {"Host": "acme.talentlms.com"}) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1"}, 200),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "http://127.0.0.1:3000"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
)
def test_page_of_another_origin_is_refused(
    server: MockServer, headers: dict[str, str], status: int
) -> None:
    assert _ask(server, headers) == status


def test_refusals_say_why(control: httpx.Client) -> None:
    assert problem(control.get("/health", headers={"Host": "evil.example.com"})) == (
        403,
        "The control API answers under localhost, a name that ends in .localhost, or the address "
        "that the mock listens on, and not as 'evil.example.com'.",
        None,
    )
    assert problem(control.get("/health", headers={"Origin": "https://evil.example.com"})) == (
        403,
        "A web page may not use the control API of the mock; the origin is "
        "'https://evil.example.com'.",
        None,
    )


def test_request_with_several_hosts_is_refused(server: MockServer) -> None:
    connection = HTTPConnection("127.0.0.1", server.http_port, timeout=10)
    connection.putrequest("GET", "/__mock__/health", skip_host=True)
    connection.putheader("Host", "evil.example.com")
    connection.putheader("Host", "127.0.0.1")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@contextmanager
def _guarded(**options: str) -> Iterator[tuple[MockServer, httpx.Client]]:
    with (
        MockServer(**options) as server,  # type: ignore[arg-type]  # mypy takes each for any
        httpx.Client(base_url=f"http://127.0.0.1:{server.http_port}/__mock__") as client,
    ):
        yield server, client


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer ü", TOKEN]
)
def test_without_the_token_nothing_is_done(authorization: str | None) -> None:
    with _guarded(control_token=TOKEN) as (server, client):
        headers = []
        if authorization is not None:
            headers = [(b"Authorization", authorization.encode())]
        answer = client.post("/portals", headers=headers)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert TOKEN not in answer.text
        assert len(server.portals) == 0


def test_with_the_token_it_is_done_under_any_name() -> None:
    with _guarded(control_token=TOKEN) as (_, client):
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert client.get("/operations").status_code == 200
        assert client.get("/operations", headers={"Authorization": f"bearer {TOKEN}"}).is_success
        assert client.get("/operations", headers={"Host": "mock:8080"}).status_code == 200
        assert (
            client.get("/operations", headers={"Origin": "http://evil.example"}).status_code == 403
        )


def test_off_loopback_a_token_is_needed_and_made() -> None:
    with _guarded(host="0.0.0.0") as (server, client):
        assert client.get("/operations").status_code == 401
        assert server.access.token is not None
        assert len(server.access.token) >= 32
        client.headers["Authorization"] = f"Bearer {server.access.token}"
        assert client.get("/operations").status_code == 200


@pytest.mark.parametrize("path", ["/health", "/ca.pem"])
def test_what_watches_a_container_needs_no_token(path: str) -> None:
    with _guarded(control_token=TOKEN) as (server, client):
        assert client.get(path).status_code == 200
        assert client.get(path, headers={"Host": "10.0.0.7:8080"}).status_code == 200
        assert client.get(path, headers={"Origin": "http://evil.example"}).status_code == 403
        assert client.get(f"{path}/").status_code == 200
        assert client.post(path).status_code == 401
        assert client.get(f"{path}/../operations").status_code == 401
        trusted = client.get("/ca.pem")
        assert trusted.headers["content-type"] == "text/plain; charset=utf-8"
        assert trusted.content == server.ca_file.read_bytes()


def test_what_is_public_says_so_in_the_document(control: httpx.Client) -> None:
    paths = control.get("/openapi.json").json()["paths"]
    public = {
        path
        for path, methods in paths.items()
        for operation in methods.values()
        if operation.get("security") == []
    }
    assert public == {"/__mock__/health", "/__mock__/ca.pem"}


def test_tokens_are_not_made_twice() -> None:
    assert Access.to("192.0.2.1", None).token != Access.to("192.0.2.1", None).token
    assert Access.to("127.0.0.1", None).token is None
    assert Access.to("::1", None).token is None
    assert Access.to("192.0.2.1", "mine").token == "mine"


def test_empty_token_is_none_and_one_that_cannot_be_sent_is_refused() -> None:
    with _guarded(host="0.0.0.0", control_token="") as (server, client):
        assert client.get("/operations", headers={"Authorization": "Bearer x"}).status_code == 401
        assert server.access.token
    for token in ("a b", "ü", "a\n"):
        with pytest.raises(SetupError, match="must be printable ASCII without spaces"):
            MockServer(control_token=token)


def test_on_loopback_none_is_needed(server: MockServer) -> None:
    assert server.access.token is None
