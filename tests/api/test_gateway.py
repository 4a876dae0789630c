"""What must hold for every operation, before it runs."""

import time
from collections.abc import Iterator

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.api.operation import REGISTRY, Operation
from tests.conftest import NewClient, NewPortal

ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)
KEYED = pytest.mark.parametrize(
    "operation",
    [item for item in REGISTRY if item.needs_key],
    ids=lambda item: item.operation_id,
)
DISABLED = "API is not enabled for the specified domain or the domain is currently inactive."


def refusal(message: str) -> dict[str, object]:
    return {"error": {"type": "invalid_request_error", "message": message}}


def path_of(operation: Operation) -> str:
    return operation.path.replace("{id}", "1")


def call(client: httpx.Client, operation: Operation, **headers: str) -> httpx.Response:
    return client.request(operation.method, path_of(operation), headers=headers)


def without(client: httpx.Client, operation: Operation, header: str) -> httpx.Response:
    request = client.build_request(operation.method, path_of(operation))
    request.headers.pop(header, None)
    return client.send(request)


def has_rate_headers(response: httpx.Response) -> bool:
    return "x-ratelimit-limit" in response.headers or "x-ratelimit-remaining" in response.headers


@KEYED
def test_no_key_is_401(operation: Operation, client: httpx.Client) -> None:
    response = without(client, operation, "X-API-Key")
    assert response.status_code == 401
    assert response.json() == refusal("Invalid API key provided.")
    assert not has_rate_headers(response)


@KEYED
@pytest.mark.parametrize("key", ["wrong", "", "mock api key"])
def test_a_wrong_key_is_401(operation: Operation, key: str, client: httpx.Client) -> None:
    response = call(client, operation, **{"X-API-Key": key})
    assert response.status_code == 401
    assert response.json() == refusal("Invalid API key provided.")
    assert not has_rate_headers(response)


@KEYED
def test_no_version_is_400(operation: Operation, client: httpx.Client) -> None:
    response = without(client, operation, "X-API-Version")
    assert response.status_code == 400
    assert response.json() == refusal("The X-API-Version header is required.")
    assert has_rate_headers(response)


@KEYED
@pytest.mark.parametrize("version", ["2025-02-30", "v2", "2025-7-1", "20250701", "2025-07-01T00"])
def test_an_impossible_version_is_400(
    operation: Operation, version: str, client: httpx.Client
) -> None:
    response = call(client, operation, **{"X-API-Version": version})
    assert response.status_code == 400
    assert response.json() == refusal(
        "The X-API-Version header must be a date in the format YYYY-MM-DD."
    )


@KEYED
def test_an_accept_that_excludes_json_is_400(operation: Operation, client: httpx.Client) -> None:
    response = call(client, operation, Accept="text/html")
    assert response.status_code == 400
    assert response.json() == refusal("The Accept header must allow application/json.")


@ALL
def test_plain_http_is_400(operation: Operation, portal: Portal, server: MockServer) -> None:
    response = httpx.request(
        operation.method,
        f"http://127.0.0.1:{server.http_port}/api/v2{path_of(operation)}",
        headers={**portal.headers, "Host": portal.host, "X-Forwarded-Proto": "https"},
    )
    assert response.status_code == 400
    assert response.json() == refusal("The API is available over HTTPS only.")
    assert not has_rate_headers(response)


@ALL
def test_an_unknown_domain_is_403(operation: Operation, client: httpx.Client) -> None:
    response = call(client, operation, Host="nobody.talentlms.com")
    assert response.status_code == 403
    assert response.json() == refusal(DISABLED)
    assert not has_rate_headers(response)


@ALL
def test_a_disabled_api_is_403(operation: Operation, portal: Portal, client: httpx.Client) -> None:
    portal.disable_api()
    response = call(client, operation)
    assert response.status_code == 403
    assert response.json() == refusal(DISABLED)
    portal.enable_api()
    assert client.get("/health").status_code == 200


@ALL
def test_an_inactive_domain_is_403(
    operation: Operation, portal: Portal, client: httpx.Client
) -> None:
    portal.deactivate()
    response = call(client, operation)
    assert response.status_code == 403
    assert response.json() == refusal(DISABLED)
    portal.activate()
    assert client.get("/health").status_code == 200


@ALL
def test_a_method_that_a_path_has_not_is_405(operation: Operation, client: httpx.Client) -> None:
    response = client.request("TRACE", path_of(operation))
    assert response.status_code == 405
    assert response.json() == refusal("The requested API action does not support this method")


@pytest.mark.parametrize(
    "path",
    ["/nope", "/users/1/nope", "/users/1/2/3", "//users", "/Users", "/users;x", "/..%2f..", "/%00"],
)
def test_a_path_that_exists_nowhere_is_404(path: str, client: httpx.Client) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json() == refusal("The requested API action does not exist")
    assert has_rate_headers(response)


def test_a_path_outside_of_the_api_is_404(client: httpx.Client, portal: Portal) -> None:
    response = client.get(portal.base_url.removesuffix("/api/v2") + "/favicon.ico")
    assert response.status_code == 404
    assert response.json() == refusal("The requested API action does not exist")


def test_health_needs_no_key_and_uses_no_limit(portal: Portal, client: httpx.Client) -> None:
    before = client.get("/users").headers["x-ratelimit-remaining"]
    request = client.build_request("GET", "/health")
    for header in ("X-API-Key", "X-API-Version", "Accept"):
        del request.headers[header]
    response = client.send(request)
    assert (response.status_code, response.json()) == (200, {"_data": {"status": "ok"}})
    assert not has_rate_headers(response)
    after = client.get("/users").headers["x-ratelimit-remaining"]
    assert int(after) == int(before) - 1


def test_a_trailing_slash_is_accepted(client: httpx.Client) -> None:
    assert client.get("/users/1/").json() == client.get("/users/1").json()
    assert client.get("/users/1/").history == []


def test_the_checks_run_in_their_order(portal: Portal, client: httpx.Client) -> None:
    headers = {"X-API-Key": "wrong", "X-API-Version": "wrong", "Accept": "text/html"}
    portal.disable_api()
    assert client.get("/nope", headers=headers).status_code == 403
    portal.enable_api()
    assert client.get("/nope", headers=headers).status_code == 401
    del headers["X-API-Key"]
    assert "X-API-Version" in client.get("/nope", headers=headers).text
    del headers["X-API-Version"]
    assert "Accept" in client.get("/nope", headers=headers).text
    portal.rate_limit.hourly.limit = 0
    assert "Accept" in client.get("/nope", headers=headers).text
    assert client.get("/nope").status_code == 429
    assert client.post("/nope", content=b"x").status_code == 429


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("text/html, application/json;q=0.5", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("application/json;q=0, */*", 400),
        ("application/json;q=0", 400),
        ("*/*;q=x", 200),
        ("", 400),
    ],
)
def test_accept(accept: str, status: int, client: httpx.Client) -> None:
    assert client.get("/users", headers={"Accept": accept}).status_code == status


def warnings(portal: Portal) -> list[str]:
    return [text for exchange in portal.journal for text in exchange.warnings]


def test_a_missing_accept_is_a_contract_warning(portal: Portal, client: httpx.Client) -> None:
    operation = REGISTRY["getUsers"]
    assert without(client, operation, "Accept").status_code == 200
    assert call(client, operation, Accept="*/*").status_code == 200
    assert warnings(portal) == [
        "no Accept header; the vendor asks for application/json",
        "Accept is '*/*'; the vendor asks for application/json",
    ]


def test_accept_can_be_strict(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(quirks={"accept": "strict"}))
    operation = REGISTRY["getUsers"]
    assert without(client, operation, "Accept").status_code == 400
    assert call(client, operation, Accept="*/*").status_code == 400
    assert call(client, operation, Accept="application/json").status_code == 200


def test_a_version_in_the_future_is_a_contract_warning(empty: Portal, api: httpx.Client) -> None:
    assert api.get("/users", headers={"X-API-Version": "2025-05-08"}).status_code == 200
    assert api.get("/users", headers={"X-API-Version": "2025-05-07"}).status_code == 200
    assert warnings(empty) == ["the X-API-Version 2025-05-08 is in the future"]


def test_errors_can_be_flat(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(quirks={"error_shape": "flat"}))
    assert client.get("/users/999").json() == {
        "type": "invalid_request_error",
        "message": "The requested user does not exist.",
    }
    assert client.get("/users", headers={"X-API-Key": "wrong"}).json() == {
        "type": "invalid_request_error",
        "message": "Invalid API key provided.",
    }


def test_an_address_finds_the_portal_by_its_key(new_portal: NewPortal) -> None:
    ada, bob = new_portal(users=3), new_portal(users=4)
    for portal, total in ((ada, 3), (bob, 4)):
        answer = httpx.get(
            f"{portal.base_url}/statistics", headers=portal.headers, verify=portal.ssl_context()
        )
        assert answer.json()["_data"]["total_users"] == total
    nobody = {**ada.headers, "X-API-Key": "nobody's"}
    answer = httpx.get(f"{ada.base_url}/users", headers=nobody, verify=ada.ssl_context())
    assert (answer.status_code, answer.json()) == (401, refusal("Invalid API key provided."))
    answer = httpx.get(f"{ada.base_url}/health", verify=ada.ssl_context())
    assert (answer.status_code, answer.json()) == (403, refusal(DISABLED))


@pytest.mark.parametrize("suffix", ["talentlms.com", "localhost", "TalentLMS.com:8443"])
def test_a_host_name_finds_the_portal(suffix: str, portal: Portal, client: httpx.Client) -> None:
    response = client.get("/users", headers={"Host": f"{portal.domain}.{suffix}"})
    assert response.status_code == 200


def test_another_portals_key_is_401(new_portal: NewPortal, new_client: NewClient) -> None:
    ada, bob = new_portal(), new_portal()
    assert new_client(ada).get("/users", headers={"X-API-Key": bob.api_key}).status_code == 401


def test_allow_http_serves_with_a_contract_warning() -> None:
    with MockServer(allow_http=True) as server:
        portal = server.create_portal()
        url = f"http://127.0.0.1:{server.http_port}/api/v2/users?page[size]=1"
        answer = httpx.get(url, headers=portal.headers)
        assert answer.status_code == 200
        assert answer.json()["_links"]["self"] == (
            f"http://127.0.0.1:{server.http_port}/api/v2/users?page[number]=1&page[size]=1"
        )
        assert warnings(portal) == ["plain HTTP, which the vendor refuses"]


def test_behind_a_tls_proxy_its_word_counts() -> None:
    with MockServer(behind_tls_proxy=True) as server:
        portal = server.create_portal()
        url = f"http://127.0.0.1:{server.http_port}/api/v2/users"
        behind = {**portal.headers, "Host": "samples.talentlms.com"}
        assert httpx.get(url, headers=behind).status_code == 400
        assert httpx.get(url, headers={**behind, "X-Forwarded-Proto": "http"}).status_code == 400
        answer = httpx.get(url, headers={**behind, "X-Forwarded-Proto": "https, http"})
        assert answer.status_code == 200
        assert answer.json()["_links"]["first"] == (
            "https://samples.talentlms.com/api/v2/users?page[number]=1&page[size]=10"
        )


def test_an_error_inside_the_mock_is_the_vendors_500(
    portal: Portal,
    client: httpx.Client,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portal, "transaction", lambda: 1 / 0)
    response = client.get("/users")
    assert response.status_code == 500
    assert response.json() == {"error": {"type": "api_error", "message": "Internal server error."}}
    assert "ZeroDivisionError" in caplog.text


def test_a_portal_that_is_removed_during_a_request_is_403(
    server: MockServer, new_client: NewClient
) -> None:
    portal = server.create_portal(domain="leaving", api_key="leaving")
    client = new_client(portal)

    def body() -> Iterator[bytes]:
        yield b'{"name": '
        time.sleep(0.1)  # until the server has read the headers
        server.remove_portal(portal)
        yield b'"Ada"}'

    response = client.post("/users", content=body())
    assert (response.status_code, response.json()) == (403, refusal(DISABLED))
    assert client.get("/users").status_code == 403
