"""Every value of every quirk, switched while the portal runs."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.state.settings import QUIRKS
from tests.conftest import NewClient, NewPortal

Look = Callable[[httpx.Client], Any]

ADA = {"name": "Ada", "surname": "L", "login": "ada", "email": "ada@example.com"}


def error_keys(client: httpx.Client) -> list[str]:
    return sorted(client.get("/users/999").json())


def edge_links(client: httpx.Client) -> list[object]:
    first, last = (
        client.get(f"/users?page[number]={number}&page[size]=10").json()["_links"]
        for number in (1, 2)
    )
    found = [first.get("prev", "omitted"), last.get("next", "omitted")]
    return [link and link.rpartition("page[number]=")[2] for link in found]


def size_over_limit(client: httpx.Client) -> object:
    answer = client.get("/users?page[size]=101")
    return (
        answer.status_code if answer.is_error else answer.json()["_meta"]["pagination"]["page_size"]
    )


def without_accept(client: httpx.Client) -> int:
    request = client.build_request("GET", "/users")
    del request.headers["Accept"]
    return client.send(request).status_code


def unknown_query(client: httpx.Client) -> int:
    return client.get("/users?colour=red").status_code


def unknown_body_field(client: httpx.Client) -> int:
    return client.post("/users", json={**ADA, "password": "Passw0rd", "x": 1}).status_code


def patch_without_status(client: httpx.Client) -> int:
    return client.patch("/users/2", json={"name": "Augusta"}).status_code


def retry_after(client: httpx.Client) -> str | None:
    client.get("/users")
    answer = client.get("/users", headers={"X-Use": "up"})
    retry: str | None = answer.headers.get("retry-after")
    return retry


def next_link(client: httpx.Client) -> str:
    link: str = client.get("/users?page[size]=15").json()["_links"]["next"]
    return link.rpartition("?")[2]


EXPECTED: dict[str, tuple[Look, dict[str, object]]] = {
    "error_shape": (error_keys, {"wrapped": ["error"], "flat": ["message", "type"]}),
    "edge_links": (
        edge_links,
        {
            "self": ["1&page[size]=10", "2&page[size]=10"],
            "null": [None, None],
            "omit": ["omitted", "omitted"],
        },
    ),
    "page_size_over_limit": (size_over_limit, {"reject": 400, "clamp": 100}),
    "accept": (without_accept, {"lenient": 200, "strict": 400}),
    "unknown_query": (unknown_query, {"ignore": 200, "reject": 400}),
    "unknown_body_field": (unknown_body_field, {"ignore": 200, "reject": 400}),
    "patch_user_status": (patch_without_status, {"required": 400, "optional": 204}),
    "retry_after": (retry_after, {"off": None, "on": "3600"}),
    "next_page_encoding": (
        next_link,
        {
            "literal": "page[number]=2&page[size]=15",
            "percent": "page%5Bnumber%5D=2&page%5Bsize%5D=15",
        },
    ),
}
VALUES = [(name, value) for name, (_, values) in EXPECTED.items() for value in values]


def test_every_value_is_here() -> None:
    assert [(quirk.name, value) for quirk in QUIRKS.values() for value in quirk.values] == VALUES


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_quirk_does_what_its_value_says(
    name: Any, value: Any, new_portal: NewPortal, new_client: NewClient
) -> None:
    limit = 1 if name == "retry_after" else 100
    portal = new_portal(users=20, clock="2025-08-01", hourly_limit=limit)
    portal.quirks[name] = value
    look, expected = EXPECTED[name]
    assert look(new_client(portal)) == expected[value]


def test_a_quirk_changes_while_the_portal_runs(portal: Portal, client: httpx.Client) -> None:
    assert error_keys(client) == ["error"]
    portal.set_quirk("error_shape", "flat")
    assert error_keys(client) == ["message", "type"]
    portal.quirks["error_shape"] = "wrapped"
    assert error_keys(client) == ["error"]
