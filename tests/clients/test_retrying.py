"""Clients that retry, rightly and wrongly, under scenarios: whom a test lets pass, and whom not."""

import re
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from talentlms_mock import Portal
from tests.clients.retrying import Failed, GivesUpOn429, PagesUntilNoNext, RepeatsPosts, Retrying
from tests.conftest import NOW, NewClient, NewPortal

NAME = "Algebra II"

NewRetrying = Callable[[type[Retrying]], Retrying]


@pytest.fixture
def portal(new_portal: NewPortal) -> Portal:
    return new_portal(users=1, clock=NOW)


@pytest.fixture
def new(portal: Portal, new_client: NewClient) -> NewRetrying:
    """Make a client whose waiting is that of the portal's clock."""

    def make(kind: type[Retrying]) -> Retrying:
        return kind(new_client(portal), sleep=lambda seconds: portal.clock.advance(seconds=seconds))

    return make


def last_page(portal: Portal, http: httpx.Client) -> int:
    with portal.snapshot(journal=True):
        page = http.get("/courses", params={"page[size]": 2}).json()
    pages: int = page["_meta"]["pagination"]["total_pages"]
    return pages


def test_right_retries_pass_under_flaky(portal: Portal, new: NewRetrying) -> None:
    expected = new(Retrying).courses()
    (flaky,) = portal.apply_scenario("flaky")
    for _ in range(5):
        assert new(Retrying).courses() == expected
    assert flaky.fired > 0


def test_right_retries_pass_under_rate_limited(
    portal: Portal, new: NewRetrying, new_client: NewClient
) -> None:
    pages = last_page(portal, new_client(portal))
    portal.apply_scenario("rate-limited")
    assert len(new(Retrying).courses()) > 3 * 2
    portal.assert_requested("GET", "/courses", query={"page[number]": pages}, times=1)
    assert portal.requests.filter(status=429)


def test_right_retries_pass_under_lost_writes(portal: Portal, new: NewRetrying) -> None:
    portal.apply_scenario("lost-writes")
    client = new(Retrying)
    created = client.create_course(NAME)
    portal.assert_requested("POST", "/courses", json={"name": NAME}, times=1)
    assert [course["id"] for course in client.courses() if course["name"] == NAME] == [
        created["id"]
    ]


def test_who_gives_up_on_429_is_found_out(
    portal: Portal, new: NewRetrying, new_client: NewClient
) -> None:
    pages = last_page(portal, new_client(portal))
    portal.apply_scenario("rate-limited")
    with suppress(Failed):
        new(GivesUpOn429).courses()

    with pytest.raises(AssertionError) as failed:
        portal.assert_requested("GET", "/courses", query={"page[number]": pages})
    said = str(failed.value)
    assert "GET /courses was requested 4 times, but never as expected" in said
    assert (
        "answered 429 (the limit of 2000 requests an hour is used up; the portal's clock stands "
        "still, so nothing refills: advance it, or call rate_limit.refill()), and was not sent"
    ) in said


def test_who_repeats_posts_is_found_out(portal: Portal, new: NewRetrying) -> None:
    portal.apply_scenario("lost-writes")
    with suppress(Failed):
        new(RepeatsPosts).create_course(NAME)

    with pytest.raises(AssertionError) as failed:
        portal.assert_requested("POST", "/courses", json={"name": NAME}, times=1)
    said = str(failed.value)
    assert re.match(r"POST /courses was expected once, but was requested \d times", said)
    assert "fault 1: POST * -> empty, after the commit" in said
    portal.clear_faults()
    assert len([1 for course in new(Retrying).courses() if course["name"] == NAME]) > 1


def test_who_pages_until_there_is_no_next_is_found_out(
    portal: Portal, new: NewRetrying, new_client: NewClient
) -> None:
    pages = last_page(portal, new_client(portal))
    with suppress(Failed):
        new(PagesUntilNoNext).courses()

    with pytest.raises(AssertionError) as failed:
        portal.assert_requested("GET", "/courses", query={"page[number]": pages}, times=1)
    asked = PagesUntilNoNext.LIMIT + 2 - pages
    assert f"GET /courses was expected once, but was requested {asked} times" in str(failed.value)
    assert "asks again for what" in str(failed.value)
