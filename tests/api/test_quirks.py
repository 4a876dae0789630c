"""Every value of every quirk, switched while the portal runs."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.portal.state.settings import QUIRKS
from tests.api.responses import error, refusal
from tests.conftest import NewClient, NewPortal

Look = Callable[[httpx.Client], Any]

ADA = {"name": "Ada", "surname": "L", "login": "ada", "email": "ada@example.com"}


def not_found(client: httpx.Client) -> object:
    return client.get("/users/999").json()


def without_version(client: httpx.Client) -> object:
    request = client.build_request("GET", "/users?page[size]=1")
    del request.headers["X-API-Version"]
    answer = client.send(request)
    return answer.json() if answer.is_error else answer.json()["_meta"]


def text_for_boolean(client: httpx.Client) -> object:
    answer = client.put("/branches/1/status", json={"is_active": "true"})
    return answer.json() if answer.is_error else answer.content


def links(client: httpx.Client) -> set[str]:
    return {link[:7] for link in client.get("/users").json()["_links"].values()}


def taken_name(client: httpx.Client) -> object:
    name = client.get("/branches").json()["_data"][0]["name"]
    body = {"name": name, "description": "", "default_locale": "en-US"}
    answer = client.post("/branches", json=body)
    return answer.status_code, answer.json()


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
    "error_shape": (
        not_found,
        {
            "wrapped": error("wrapped", "", "User not found"),
            "flat": error("flat", "", "User not found"),
            "recorded": error("recorded", "not_found.user_not_found", "User not found"),
        },
    ),
    "coercion": (
        text_for_boolean,
        {"strict": refusal("The attribute 'is_active' must be boolean"), "recorded": b""},
    ),
    "version_header": (
        without_version,
        {
            "required": refusal("The X-API-Version header is required."),
            "optional": {
                "pagination": {
                    "page": 1,
                    "page_size": 1,
                    "total_items": 1,
                    "total_pages": 20,
                    "total_results": 20,
                }
            },
        },
    ),
    "edge_links": (
        edge_links,
        {
            "self": ["1&page[size]=10", "2&page[size]=10"],
            "null": [None, None],
            "omit": ["omitted", "omitted"],
        },
    ),
    "link_scheme": (links, {"same": {"https:/"}, "http": {"http://"}}),
    "page_size_over_limit": (size_over_limit, {"reject": 400, "clamp": 100}),
    "accept": (without_accept, {"lenient": 200, "strict": 400}),
    "unknown_query": (unknown_query, {"ignore": 200, "reject": 400}),
    "unknown_body_field": (unknown_body_field, {"ignore": 200, "reject": 400}),
    "duplicate_status": (
        taken_name,
        {
            "400": (400, refusal("A branch with the same name already exists")),
            "409": (409, refusal("A branch with the same name already exists")),
        },
    ),
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


OF_RESOURCES = {"group_detail_users", "last_updated_moves"}
"""What the tests of one resource show."""


def test_every_value_is_here() -> None:
    quirks = [quirk for quirk in QUIRKS.values() if quirk.name not in OF_RESOURCES]
    assert [(quirk.name, value) for quirk in quirks for value in quirk.values] == VALUES


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
    wrapped = refusal("User not found")
    assert not_found(client) == wrapped
    portal.set_quirk("error_shape", "flat")
    assert not_found(client) == wrapped["error"]
    portal.quirks["error_shape"] = "wrapped"
    assert not_found(client) == wrapped


def test_the_preset_recorded_is_what_was_recorded(portal: Portal, client: httpx.Client) -> None:
    portal.settings.set_preset("recorded")
    assert not_found(client) == {
        "_errors": [{"id": "not_found.user_not_found", "title": "User not found"}]
    }
    assert client.get("/tasks").json() == {"status_code": 404, "reason_phrase": "Not Found"}
    assert text_for_boolean(client) == b""
    portal.settings.set_preset("documented")
    assert not_found(client) == refusal("User not found")
