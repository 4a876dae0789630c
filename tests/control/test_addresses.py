"""The addresses that the control API gives are those by which its client reaches the server."""

from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal, SetupError

PUBLIC = "https://talentlms.example.com:9443"


def _state(server: MockServer, portal: Portal, host: str, scheme: str = "https") -> tuple[str, ...]:
    """Return the addresses of a portal for a client that asks by this host."""
    port = server.https_port if scheme == "https" else server.http_port
    found: dict[str, Any] = httpx.get(
        f"{scheme}://127.0.0.1:{port}/__mock__/portals/{portal.domain}",
        headers={"Host": host},
        verify=server.ssl_context(),
    ).json()
    return found["base_url"], found["control_url"], found["console_url"]


def test_they_have_the_host_and_port_of_the_client(server: MockServer, empty: Portal) -> None:
    mock = f"__mock__/portals/{empty.domain}"
    console = f"__mock__/console/portals/{empty.domain}"
    assert _state(server, empty, "localhost:18443") == (
        "https://localhost:18443/api/v2",
        f"https://localhost:18443/{mock}",
        f"https://localhost:18443/{console}",
    )
    assert _state(server, empty, "localhost:18080", "http") == (
        f"https://localhost:{server.https_port}/api/v2",
        f"http://localhost:18080/{mock}",
        f"http://localhost:18080/{console}",
    )
    assert _state(server, empty, "[::1]:18080", "http") == (
        f"https://[::1]:{server.https_port}/api/v2",
        f"http://[::1]:18080/{mock}",
        f"http://[::1]:18080/{console}",
    )


def test_a_name_that_is_a_portals_is_that_of_the_one_meant(
    server: MockServer, empty: Portal
) -> None:
    assert _state(server, empty, "other.talentlms.com")[0] == f"https://{empty.host}/api/v2"
    assert _state(server, empty, "other.localhost:8443") == (
        f"https://{empty.domain}.localhost:8443/api/v2",
        f"https://other.localhost:8443/__mock__/portals/{empty.domain}",
        f"https://other.localhost:8443/__mock__/console/portals/{empty.domain}",
    )


def test_documents_have_the_address_of_the_server(
    control: httpx.Client, server: MockServer
) -> None:
    here = str(control.base_url.copy_with(path="/")).rstrip("/")
    api = control.get("/api/openapi.json").json()
    assert api["servers"][:2] == [
        {
            "url": f"https://127.0.0.1:{server.https_port}",
            "description": "This mock; the key says which portal.",
        },
        api["servers"][1],
    ]
    assert api["servers"][1]["url"] == "https://{domain}.talentlms.com"
    assert "/api/v2/users" in api["paths"]
    own = control.get("/openapi.json").json()
    assert own["servers"][0] == {"url": here, "description": "This mock."}
    assert control.get("/openapi.json").json() == own


def test_public_url_stands_in_every_address() -> None:
    with MockServer(public_url=f"{PUBLIC}/") as server:
        portal = server.create_portal(dataset="empty")
        portal.add_user(login="ada", email="ada@example.com")
        assert portal.base_url == f"{PUBLIC}/api/v2"
        assert server.console_url == f"{PUBLIC}/__mock__/console/"
        assert _state(server, portal, "localhost:1", "http") == (
            f"{PUBLIC}/api/v2",
            f"{PUBLIC}/__mock__/portals/samples",
            f"{PUBLIC}/__mock__/console/portals/samples",
        )
        api = server.address.https_url
        with httpx.Client(base_url=api, headers=portal.headers, verify=_named(server)) as client:
            user = {"login": "ada"}
            by_address = client.post("/api/v2/password-reset", json=user)
            assert by_address.status_code == 204, by_address.text
            assert PUBLIC in portal.outbox[-1].link
            by_name = {"Host": portal.host}
            client.post("/api/v2/password-reset", json=user, headers=by_name)
            assert f"https://{portal.host}/" in portal.outbox[-1].link


def test_under_the_public_host_the_key_says_which_portal() -> None:
    with MockServer(public_url=PUBLIC) as server:
        server.create_portal(dataset="empty")
        other = server.create_portal(domain="other", dataset="empty")
        other.add_user(login="ada", email="ada@example.com")
        host = {"Host": "talentlms.example.com:9443"}
        with httpx.Client(
            base_url=server.address.https_url, headers=other.headers | host, verify=_named(server)
        ) as client:
            users = client.get("/api/v2/users").json()["_data"]
            assert [user["login"] for user in users] == ["ada"]
            assert client.get("/api/v2/users", headers={"Host": "a.example.com"}).is_error
            html = {"Accept": "text/html"}
            assert client.get("/", headers=html).headers["location"] == "/__mock__/console/"
            client.post("/api/v2/password-reset", json={"login": "ada"})
            page = client.get(other.outbox[-1].link.removeprefix(PUBLIC), headers=html)
            assert page.status_code == 200


def _named(server: MockServer) -> Any:
    """Return a context that wants the certificate to be valid for the public host."""
    context = server.ssl_context()
    wrapped = context.wrap_bio

    def wrap(*arguments: Any, **options: Any) -> Any:
        options["server_hostname"] = "talentlms.example.com"
        return wrapped(*arguments, **options)

    context.wrap_bio = wrap  # type: ignore[method-assign]
    return context


@pytest.mark.parametrize(
    "url",
    [
        "talentlms.example.com",
        "ftp://talentlms.example.com",
        "https://",
        "https://a.example.com/mock",
        "https://a.example.com?x=1",
        "https://me@a.example.com",
        "https://a.example.com:port",
        "https://[",
        "https://a\n.example.com",
    ],
)
def test_a_public_url_is_the_address_of_a_server(url: str) -> None:
    with pytest.raises(SetupError, match="is not the address of a server: write it like") as error:
        MockServer(public_url=url)
    assert error.value.at == "public_url"


def test_an_empty_public_url_is_none() -> None:
    with MockServer(public_url="") as server:
        assert server.address.public_url is None
