"""What moves the `last_updated` of a user, by the quirk `last_updated_moves`."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from talentlms_mock import Portal
from tests.conftest import NewClient, NewPortal

ADDED = datetime(2025, 5, 7, 9, 30, tzinfo=UTC)
LATER = datetime(2025, 5, 7, 10, 30, tzinfo=UTC)

Act = Callable[[Portal, httpx.Client], object]

ACTIVITY: dict[str, Act] = {
    "signing in": lambda portal, client: client.get("/users/1/login"),
    "signing in on the pages": lambda portal, client: portal.learner(1).log_in(),
    "signing out": lambda portal, client: client.post("/users/1/logout"),
    "opening a unit": lambda portal, client: portal.learner(1).open("Algebra"),
    "completing a course": lambda portal, client: portal.learner(1).complete("Algebra"),
    "resetting progress": lambda portal, client: client.delete(
        "/course-progress?course_id=1&user_id=1"
    ),
    "being enrolled": lambda portal, client: client.post(
        "/enrollments", json={"course_id": 2, "user_id": 1}
    ),
    "leaving a course": lambda portal, client: client.request(
        "DELETE", "/enrollments", json={"course_id": 1, "user_id": 1}
    ),
    "joining a group": lambda portal, client: client.post(
        "/group-memberships", json={"group_id": 2, "user_id": 1}
    ),
    "leaving a group": lambda portal, client: client.request(
        "DELETE", "/group-memberships", json={"group_id": 1, "user_id": 1}
    ),
    "joining a branch": lambda portal, client: client.post(
        "/branch-users", json={"branch_id": 2, "user_id": 1}
    ),
    "leaving a branch": lambda portal, client: client.request(
        "DELETE", "/branch-users", json={"branch_id": 1, "user_id": 1}
    ),
    "joining a learning path": lambda portal, client: client.post(
        "/learning-paths/enrollments", json={"learning_path_id": 2, "user_id": 1}
    ),
    "leaving a learning path": lambda portal, client: client.request(
        "DELETE", "/learning-paths/enrollments", json={"learning_path_id": 1, "user_id": 1}
    ),
}


def an_hour_after(act: Act, quirk: str, new_portal: NewPortal, new_client: NewClient) -> Portal:
    """Return a portal whose user did something an hour after it was added, beside another user."""
    portal = new_portal(dataset="empty", clock=ADDED, quirks={"last_updated_moves": quirk})
    portal.add_course("Algebra", units=["Read"])
    portal.add_course("Botany")
    both = ["ada", "bob"]
    for login in both:
        portal.add_user(login, courses=["Algebra"])
    for number in ("first", "second"):
        members = both if number == "first" else []
        portal.add_group(number, users=members)
        portal.add_branch(number, users=members)
        portal.add_learning_path(number, courses=["Algebra"], users=members)
    portal.clock.advance(hours=1)
    act(portal, new_client(portal))
    assert [exchange.status for exchange in portal.requests if exchange.status >= 400] == []
    return portal


@pytest.mark.parametrize("act", ACTIVITY.values(), ids=ACTIVITY)
def test_by_default_activity_does_not_move_it(
    act: Act, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = an_hour_after(act, "profile", new_portal, new_client)
    assert [user.last_updated for user in portal.users] == [ADDED, ADDED]


@pytest.mark.parametrize("act", ACTIVITY.values(), ids=ACTIVITY)
def test_activity_may_move_it(act: Act, new_portal: NewPortal, new_client: NewClient) -> None:
    portal = an_hour_after(act, "activity", new_portal, new_client)
    assert [user.last_updated for user in portal.users] == [LATER, ADDED]


@pytest.mark.parametrize("quirk", ["profile", "activity"])
def test_a_change_of_the_profile_moves_it(
    quirk: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = an_hour_after(
        lambda portal, client: client.patch("/users/1", json={"status": "active", "name": "Eve"}),
        quirk,
        new_portal,
        new_client,
    )
    assert [user.last_updated for user in portal.users] == [LATER, ADDED]


def test_so_does_a_deactivation_by_time(empty: Portal) -> None:
    user = empty.add_user("ada", deactivation_date="2025-05-08")
    empty.clock.advance(days=3)
    assert empty.users.get(user.id).last_updated == datetime(2025, 5, 8, tzinfo=UTC)
