"""What must hold for every operation, before it runs."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.api.operation import REGISTRY, Operation
from tests.api.responses import API_HEADERS, ROUTER_HEADERS, headers_of, refusal
from tests.conftest import NewClient, NewPortal

ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)
KEYED = pytest.mark.parametrize(
    "operation",
    [item for item in REGISTRY if item.needs_key],
    ids=lambda item: item.operation_id,
)
DISABLED = "API is not enabled for the specified domain or the domain is currently inactive."
LIMITED = "The API request rate limit has been exceeded."
SHAPES = ("wrapped", "flat", "recorded")
JSON = {"content-type": "application/json"}


def path_of(operation: Operation, value: str = "1") -> str:
    """Return a path of the operation; a task's id has a form of its own."""
    id = value if operation.operation_id != "getTask" or value != "1" else "2x3LBp89"
    return re.sub(r"{\w+}", id, operation.path)


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
def test_a_method_that_a_path_has_not_is_405(
    operation: Operation, portal: Portal, client: httpx.Client
) -> None:
    response = client.request("TRACE", path_of(operation))
    assert response.status_code == 405
    assert response.json() == refusal("Method Not Allowed")
    methods = [item.method for item in REGISTRY if item.path == operation.path]
    assert headers_of(response) == ROUTER_HEADERS | JSON | {"allow": ", ".join(methods)}
    assert portal.rate_limit.remaining == 2000


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/users", "GET, POST"),
        ("/users/1", "GET, PATCH, DELETE"),
        ("/branches/1/status", "PUT"),
        ("/learning-paths/enrollments", "POST, DELETE"),
        ("/health/", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "HEAD"])
def test_the_methods_of_a_path_are_named(
    method: str, path: str, allow: str, client: httpx.Client
) -> None:
    response = client.request(method, path, headers={"Origin": "https://app.example.com"})
    assert response.status_code == 405
    assert headers_of(response) == ROUTER_HEADERS | JSON | {"allow": allow}


@pytest.mark.parametrize(
    "path",
    ["/nope", "/users/1/nope", "/users/1/2/3", "//users", "/Users", "/users;x", "/..%2f..", "/%00"],
)
def test_a_path_that_exists_nowhere_is_404(path: str, client: httpx.Client) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()) == (404, refusal("Not Found"))
    assert headers_of(response) == ROUTER_HEADERS | JSON


def test_a_path_outside_of_the_api_is_404(client: httpx.Client, portal: Portal) -> None:
    response = client.get(portal.base_url.removesuffix("/api/v2") + "/nothing.ico")
    assert (response.status_code, response.json()) == (404, refusal("Not Found"))
    assert headers_of(response) == ROUTER_HEADERS | JSON


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/x", 404), ("PUT", "/users", 405)])
def test_the_router_asks_for_nothing(
    method: str,
    path: str,
    status: int,
    shape: str,
    new_portal: NewPortal,
    new_client: NewClient,
) -> None:
    portal = new_portal(quirks={"error_shape": shape})
    portal.disable_api()
    client = new_client(portal)
    nothing = {"X-API-Key": "", "X-API-Version": "", "Accept": "text/html"}
    response = client.request(method, path, headers=nothing, json={"a": 1})
    reason = {404: "Not Found", 405: "Method Not Allowed"}[status]
    documents = {
        "wrapped": refusal(reason),
        "flat": refusal(reason)["error"],
        "recorded": {"status_code": status, "reason_phrase": reason},
    }
    assert (response.status_code, response.json()) == (status, documents[shape])
    assert portal.rate_limit.remaining == 2000
    (exchange,) = portal.journal
    assert (exchange.status, exchange.body) == (status, b'{"a":1}')


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


@ALL
def test_a_slash_at_the_end_is_for_paths_without_a_parameter(
    operation: Operation, client: httpx.Client
) -> None:
    path = path_of(operation)
    response = client.request(operation.method, f"{path}/")
    assert response.history == []
    if "{" in operation.path:
        assert (response.status_code, response.json()) == (404, refusal("Not Found"))
    else:
        assert response.status_code == client.request(operation.method, path).status_code
    twice = client.request(operation.method, f"{path}//")
    assert (twice.status_code, twice.json()) == (404, refusal("Not Found"))


@KEYED
def test_the_first_check_that_fails_answers(
    operation: Operation, portal: Portal, server: MockServer, client: httpx.Client
) -> None:
    bad: dict[str, str] = {"X-API-Key": "no", "X-API-Version": "no", "Accept": "text/html"}
    path = path_of(operation, "1" if operation.operation_id == "getTask" else "no")
    content = b"[" if operation.body else None
    plain = f"http://127.0.0.1:{server.http_port}/api/v2"

    def said(url: str = "", method: str = operation.method, **headers: str) -> tuple[int, str]:
        response = client.request(method, url or path, headers=bad | headers, content=content)
        return response.status_code, response.json()["error"]["message"]

    portal.disable_api()
    portal.rate_limit.exhaust()
    host = "nobody.talentlms.com"
    assert said(f"{plain}/no", Host=host) == (400, "The API is available over HTTPS only.")
    assert said("/no", Host=host) == (403, DISABLED)
    assert said("/no") == (404, "Not Found")
    assert said(method="TRACE") == (405, "Method Not Allowed")
    assert said() == (403, DISABLED)
    portal.enable_api()
    assert said() == (401, "Invalid API key provided.")
    bad["X-API-Key"] = portal.api_key
    version = "The X-API-Version header must be a date in the format YYYY-MM-DD."
    assert said() == (400, version)
    bad["X-API-Version"] = "2025-01-01"
    assert said() == (400, "The Accept header must allow application/json.")
    bad["Accept"] = "application/json"
    assert said() == (429, LIMITED)
    portal.rate_limit.refill()
    if operation.body is not None:
        assert said() == (422, "The request body is not valid JSON.")
        content = b"[]"
        assert said() == (422, "The request body is not a JSON object.")
        content = b"{}"
    if "/{" in operation.path and not operation.texts_in_path:
        assert said()[0] == 400
        path = path_of(operation, "999999")
        assert said()[0] == (400 if operation.body_required and operation.body else 404)


def test_the_headers_before_a_portal_is_found(server: MockServer, client: httpx.Client) -> None:
    plain = client.get(f"http://127.0.0.1:{server.http_port}/api/v2/users")
    unknown = client.get("/users", headers={"Host": "nobody.talentlms.com"})
    for response in (plain, unknown):
        assert headers_of(response) == API_HEADERS | JSON


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


@pytest.mark.parametrize(
    ("path", "placeholder", "status"),
    [
        ("/users/:id", ":id", 400),
        ("/users/{id}/groups", "{id}", 400),
        ("/courses/1/users/:user_id/goto", ":user_id", 400),
        ("/nope/:id", ":id", 404),
    ],
)
def test_a_placeholder_in_a_path_is_a_contract_warning(
    path: str, placeholder: str, status: int, portal: Portal, client: httpx.Client
) -> None:
    assert client.get(path).status_code == status
    assert warnings(portal) == [f"the path has {placeholder!r} itself, where a value belongs"]


def test_a_version_can_be_optional(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(quirks={"version_header": "optional"})
    client = new_client(portal)
    operation = REGISTRY["getUsers"]
    response = without(client, operation, "X-API-Version")
    assert response.json() == client.get("/users").json()
    assert warnings(portal) == ["no X-API-Version header; the vendor asks for one"]
    response = call(client, operation, **{"X-API-Version": "v2"})
    assert (response.status_code, response.json()) == (
        400,
        refusal("The X-API-Version header must be a date in the format YYYY-MM-DD."),
    )


def test_an_address_finds_the_portal_by_its_key(new_portal: NewPortal) -> None:
    ada, bob = new_portal(users=3), new_portal(users=4)
    for portal, total in ((ada, 3), (bob, 4)):
        answer = httpx.get(
            f"{portal.base_url}/statistics", headers=portal.headers, verify=portal.ssl_context()
        )
        assert answer.json()["_data"]["total_users"] == total
    nobody = {**ada.headers, "X-API-Key": "nobody's"}
    answer = httpx.get(f"{ada.base_url}/users", headers=nobody, verify=ada.ssl_context())
    assert (answer.status_code, answer.json()) == (403, refusal(DISABLED))
    assert headers_of(answer) == API_HEADERS | JSON
    answer = httpx.get(f"{ada.base_url}/health", verify=ada.ssl_context())
    assert (answer.status_code, answer.json()) == (403, refusal(DISABLED))


@pytest.mark.parametrize("suffix", ["talentlms.com", "localhost", "TalentLMS.com:8443"])
def test_a_host_name_finds_the_portal(suffix: str, portal: Portal, client: httpx.Client) -> None:
    response = client.get("/users", headers={"Host": f"{portal.domain}.{suffix}"})
    assert response.status_code == 200


@pytest.mark.parametrize("suffix", [".talentlms.com", ".LOCALHOST:8443"])
def test_the_host_of_a_branch_finds_its_portal(
    suffix: str, portal: Portal, client: httpx.Client
) -> None:
    branch = portal.add_branch("Marketing")
    host = f"marketing-{portal.domain}{suffix}"
    answer = client.get("/users?page[size]=1", headers={"Host": host})
    assert answer.status_code == 200
    assert answer.json()["_links"]["self"] == (
        f"https://{host}/api/v2/users?page[number]=1&page[size]=1"
    )
    unknown = client.get("/users", headers={"Host": f"sales-{portal.domain}{suffix}"})
    assert (unknown.status_code, unknown.json()) == (403, refusal(DISABLED))
    assert client.delete(f"/branches/{branch.id}").status_code == 204
    deleted = client.get("/users", headers={"Host": host})
    assert (deleted.status_code, deleted.json()) == (403, refusal(DISABLED))


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
