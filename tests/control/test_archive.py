"""A user and a course with the same id, both archived, each have an address of their own."""

import httpx

from talentlms_mock import Portal
from tests.conftest import NOW
from tests.control.conftest import problem


def test_archived_users_and_courses_are_told_apart(of_empty: httpx.Client, empty: Portal) -> None:
    user = empty.archive_user(empty.add_user("ada", name="Ada", surname="Lovelace"))
    course = empty.archive_course(empty.add_course("Algebra"))
    assert user.id == course.id == 1

    ada = {"kind": "user", "id": 1, "name": "Ada Lovelace", "archived_at": NOW}
    algebra = {"kind": "course", "id": 1, "name": "Algebra", "archived_at": NOW}
    assert of_empty.get("./archived").json() == [ada, algebra]
    assert of_empty.get("./archived/users/1").json() == ada
    assert of_empty.get("./archived/users/Ada Lovelace").json() == ada
    assert of_empty.get("./archived/courses/1").json() == algebra
    assert of_empty.get("./archived/courses/Algebra").json() == algebra


def test_what_is_not_archived_is_404(of_empty: httpx.Client, empty: Portal) -> None:
    empty.archive_course(empty.add_course("Algebra"))

    assert problem(of_empty.get("./archived/users/1"))[0] == 404
    assert problem(of_empty.get("./archived/courses/2"))[0] == 404
    assert problem(of_empty.get("./archived/1"))[0] == 404
