"""The two limits, and the headers that tell of the hourly one."""

import httpx

from talentlms_mock import Portal
from tests.conftest import NewClient, NewPortal

LIMITED = {
    "error": {
        "type": "invalid_request_error",
        "message": "The API request rate limit has been exceeded.",
    }
}


def rate(response: httpx.Response) -> tuple[int, str, str]:
    headers = response.headers
    return (
        response.status_code,
        headers["x-ratelimit-limit"],
        headers["x-ratelimit-remaining"],
    )


def test_the_plan_core_allows_exactly_2000_an_hour(empty: Portal, api: httpx.Client) -> None:
    for number in range(1, 2001):
        if number % 200 == 1:
            empty.clock.advance(seconds=5)
        assert rate(api.get("/users/999")) == (404, "2000", str(2000 - number))
    empty.clock.advance(seconds=5)
    refused = api.get("/users")
    assert rate(refused) == (429, "2000", "0")
    assert refused.json() == LIMITED
    assert "retry-after" not in refused.headers
    empty.clock.advance(hours=1)
    assert rate(api.get("/users")) == (200, "2000", "1999")


def test_the_201st_call_in_five_seconds_is_429(empty: Portal, api: httpx.Client) -> None:
    for number in range(1, 201):
        assert rate(api.get("/users")) == (200, "2000", str(2000 - number))
    refused = api.get("/users")
    assert (rate(refused), refused.json()) == ((429, "2000", "1800"), LIMITED)
    empty.clock.advance(seconds=4.9)
    assert api.get("/users").status_code == 429
    empty.clock.advance(seconds=0.1)
    assert rate(api.get("/users")) == (200, "2000", "1799")


def test_a_refused_key_and_the_router_do_not_count_and_a_bad_request_does(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(hourly_limit=3))
    assert client.get("/users", headers={"X-API-Key": "wrong"}).status_code == 401
    assert client.get("/nope").status_code == 404
    assert client.put("/users").status_code == 405
    assert rate(client.get("/users", headers={"X-API-Version": "x"})) == (400, "3", "2")
    assert rate(client.post("/users", content=b"x")) == (422, "3", "1")
    assert rate(client.get("/users/999")) == (404, "3", "0")
    assert rate(client.get("/users")) == (429, "3", "0")


def test_plans_and_limits_are_the_portals(new_portal: NewPortal, new_client: NewClient) -> None:
    assert rate(new_client(new_portal(plan="grow")).get("/users")) == (200, "10000", "9999")
    custom = new_portal(plan="custom", hourly_limit=7, burst_limit=1)
    client = new_client(custom)
    assert rate(client.get("/users")) == (200, "7", "6")
    assert rate(client.get("/users")) == (429, "7", "6")


def test_retry_after_can_be_sent(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(hourly_limit=1, quirks={"retry_after": "on"}, clock="2025-05-07")
    client = new_client(portal)
    assert "retry-after" not in client.get("/users").headers
    portal.clock.advance(minutes=59, seconds=1)
    assert client.get("/users").headers["retry-after"] == "59"
    portal.clock.advance(seconds=58.5)
    assert client.get("/users").headers["retry-after"] == "1"
