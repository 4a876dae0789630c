"""What holds for every operation that takes a body."""

import socket
import ssl

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.api.operation import REGISTRY, Operation
from tests.api.responses import ADA, refusal
from tests.conftest import NewClient, NewPortal

BODIES = pytest.mark.parametrize(
    "operation",
    [item for item in REGISTRY if item.body is not None],
    ids=lambda item: item.operation_id,
)
NOT_JSON = refusal("The request body is not valid JSON.")
NOT_OBJECT = refusal("The request body is not a JSON object.")
TOO_LARGE = refusal("The request body is larger than 1 MiB.")


def send(client: httpx.Client, operation: Operation, content: bytes) -> httpx.Response:
    path = operation.path.replace("{id}", "1")
    return client.request(operation.method, path, content=content)


@BODIES
@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"name=Ada",
        b"\xff\xfe{}",
        b'{"name": "\xe9"}',
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b"{}{}",
        b"[" * 2000,
        b'{"a":' * 1500 + b"1" + b"}" * 1500,
    ],
    ids=range(9),
)
def test_a_body_that_is_not_json_is_422(
    operation: Operation, content: bytes, client: httpx.Client
) -> None:
    response = send(client, operation, content)
    assert (response.status_code, response.json()) == (422, NOT_JSON)


@BODIES
@pytest.mark.parametrize("content", [b"[]", b"null", b'"x"', b"1", b"[" * 1000 + b"]" * 1000])
def test_a_body_that_is_not_an_object_is_422(
    operation: Operation, content: bytes, client: httpx.Client
) -> None:
    response = send(client, operation, content)
    assert (response.status_code, response.json()) == (422, NOT_OBJECT)


@BODIES
def test_a_body_over_one_mebibyte_is_413(operation: Operation, client: httpx.Client) -> None:
    response = send(client, operation, b'{"name": "' + b"x" * 1024 * 1024 + b'"}')
    assert (response.status_code, response.json()) == (413, TOO_LARGE)
    assert client.get("/users").status_code == 200


def test_a_missing_body_is_422(client: httpx.Client) -> None:
    response = client.post("/users")
    assert (response.status_code, response.json()) == (422, NOT_JSON)


def test_a_deeply_nested_unknown_field_is_ignored(portal: Portal, client: httpx.Client) -> None:
    deep = b'{"a":' * 1000 + b"1" + b"}" * 1000
    content = httpx.Request("POST", "http://x", json=ADA).content[:-1] + b',"deep":' + deep + b"}"
    assert client.post("/users", content=content).status_code == 200
    assert [exchange.warnings for exchange in portal.journal] == [
        ["a JSON body without Content-Type: application/json", "unknown field 'deep' in the body"]
    ]


def test_an_unknown_field_can_be_rejected(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(quirks={"unknown_body_field": "reject"}))
    response = client.post("/users", json=ADA | {"nickname": "A"})
    assert response.status_code == 400
    assert response.json() == refusal("There is no attribute 'nickname'")
    assert client.post("/users", json=ADA | {"custom_field_1": None}).status_code == 200


def test_a_chunked_body_is_read(client: httpx.Client) -> None:
    whole = httpx.Request("POST", "http://x", json=ADA).content
    response = client.post("/users", content=iter([whole[:10], whole[10:]]))
    assert response.status_code == 200


def test_a_client_that_leaves_in_the_middle_disturbs_nobody(
    portal: Portal, client: httpx.Client
) -> None:
    port = httpx.URL(portal.base_url).port
    assert port is not None
    raw = socket.create_connection(("127.0.0.1", port), timeout=5)
    with portal.ssl_context().wrap_socket(raw, server_hostname="127.0.0.1") as connection:
        head = f"POST /api/v2/users HTTP/1.1\r\nHost: {portal.host}\r\nContent-Length: 100\r\n"
        headers = "".join(f"{name}: {value}\r\n" for name, value in portal.headers.items())
        connection.sendall(f"{head}{headers}\r\n{{".encode())
    assert isinstance(connection, ssl.SSLSocket)
    assert client.get("/users").status_code == 200
    left = portal.wait_for_request("POST", "/users", status=0)
    assert left.reason == "the client went away before its request had arrived"
    assert sorted(exchange.operation_id or "" for exchange in portal.journal) == [
        "createUser",
        "getUsers",
    ]
