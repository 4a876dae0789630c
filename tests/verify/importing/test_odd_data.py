"""What does not fit is listed, kept where there is room for it, and never stops the rest."""

from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import Portal
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.making.units import _weights
from talentlms_mock.verify.importing.reads import Read
from talentlms_mock.verify.importing.run import Import
from tests.conftest import NewPortal

_MOMENT = "2025-05-07T09:30:00+00:00"
_ADA = {
    "id": 1,
    "login": "ada",
    "name": "Ada",
    "surname": "Lovelace",
    "email": "ada@acme.example",
    "registration": _MOMENT,
    "status": "active",
    "type": "Learner-Type",
}
_COURSE = {
    "id": 1,
    "name": "Fire drill",
    "status": "active",
    "creation_date": _MOMENT,
    "last_updated_on": _MOMENT,
}


class Makes:
    """Makes a portal of responses.

    Args:
        new_portal: makes portals.
        folder: for the database.
    """

    def __init__(self, new_portal: NewPortal, folder: Path) -> None:
        self._new_portal = new_portal
        self._folder = folder
        self._made = 0
        self.notes: list[str] = []

    def __call__(self, *responses: tuple[Read, tuple[int, ...], Any], **options: Any) -> Portal:
        found = Import(Kept(), "acme", **{"keep_names": True, **options})
        for read, ids, data in responses:
            target = reads.address(read, ids, 1)
            found.taker.take(target, read, ids, {"_data": data})
        self._made += 1
        database = self._folder / f"{self._made}.sqlite"
        notes = found.make(database)
        self.notes = [line for line in notes.lines() if ": missing (" not in line]
        return self._new_portal(database=database)


@pytest.fixture
def make(new_portal: NewPortal, tmp_path: Path) -> Makes:
    return Makes(new_portal, tmp_path)


def _get(portal: Portal, path: str, **query: Any) -> Any:
    with portal.httpx_client() as client:
        return client.get(path, params=query).json()["_data"]


def test_nothing_at_all(make: Makes) -> None:
    portal = make()
    assert _get(portal, "/users") == []
    assert make.notes == []


@pytest.mark.parametrize("data", [None, "text", {"id": 1}, [None, "text", 7, [1]]])
def test_lists_that_are_none(data: Any, make: Makes) -> None:
    assert len(make((reads.USERS, (), data)).users) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "sleeping"),
        ("status", 3),
        ("registration", "yesterday"),
        ("registration", 7),
        ("timezone", "Mars/Olympus"),
        ("language", "a language with spaces"),
        ("avatar", "https://static.example.com/a.png"),
        ("name", ["Ada"]),
        ("type", {"name": "Learner-Type"}),
        ("last_login", "9999-99-99"),
    ],
)
def test_values_of_another_form_are_left_out(field: str, value: Any, make: Makes) -> None:
    portal = make((reads.USERS, (), [{**_ADA, field: value}]))
    assert f"/users {field}: has another form, left out (1x)" in make.notes
    assert portal.users.get(id=1).login == "ada"


def test_an_id_that_is_none(make: Makes) -> None:
    portal = make((reads.USERS, (), [{**_ADA, "id": "one"}, {**_ADA, "id": 2**70}, _ADA]))
    assert [user.id for user in portal.users] == [1]
    assert "/users: a row without an id, left out (2x)" in make.notes


def test_moments_are_written_as_ours(make: Makes) -> None:
    for text, wanted in (
        ("2025-05-07T11:30:00.123+02:00", _MOMENT),
        ("2025-05-07T09:30:00Z", _MOMENT),
        ("2025-05-07 09:30:00", _MOMENT),
    ):
        portal = make((reads.USERS, (), [{**_ADA, "last_login": text}]))
        assert _get(portal, "/users")[0]["last_login"] == wanted


def test_logins_emails_and_codes_are_there_once(make: Makes) -> None:
    portal = make(
        (reads.USERS, (), [_ADA, {**_ADA, "id": 2, "login": "ADA"}]),
        (reads.COURSES, (), [{**_COURSE, "code": "X"}, {**_COURSE, "id": 2, "code": "x"}]),
        (reads.BRANCHES, (), [{"id": 1, "name": "North"}, {"id": 2, "name": "NORTH"}]),
    )
    assert [user.login for user in portal.users] == ["ada", "user2"]
    assert [course.code for course in portal.courses] == ["X", None]
    assert [branch.name for branch in portal.branches] == ["North", "NORTH 2"]
    assert make.notes == [
        "branches.name: is there twice, numbered (1x)",
        "courses.code: is there twice, left out (1x)",
        "users.email: is there twice, filled in (1x)",
        "users.login: is there twice, filled in (1x)",
    ]


def test_references_that_lead_nowhere(make: Makes) -> None:
    nowhere = {"id": 9, "name": "Gone"}
    portal = make(
        (reads.USERS, (), [_ADA]),
        (reads.COURSES, (), [{**_COURSE, "category": {**nowhere, "parent_id": None}}]),
        (reads.COURSE, (1,), {**_COURSE, "rules": {"prerequisites": [nowhere]}}),
        (reads.GROUPS, (), [{"id": 1, "name": "Wardens", "branch": nowhere}]),
        (reads.GROUP_COURSES, (1,), [nowhere, {"id": 1, "name": "Fire drill"}]),
        (reads.GROUP_USERS, (1,), [{**_ADA, "id": 9}, _ADA]),
        (reads.PATHS, (), [{"id": 1, "name": "Induction", "status": "active"}]),
        (reads.PATH, (1,), {"id": 1, "courses": [nowhere, {"id": 1}, {"id": 1}]}),
        (reads.COURSE_USERS, (9,), [{"id": 1, "role": "learner"}]),
        (reads.CERTIFICATES, (9,), {"certificates": [{"id": 1, "course": nowhere}]}),
        (reads.GAMIFICATION, (9,), {"points": 1, "badges": []}),
        (reads.UNIT_PROGRESS, (5, 1), {"status": "completed"}),
    )
    assert portal.courses.get(id=1).name == "Fire drill"
    assert [each["id"] for each in _get(portal, "/groups/1/courses")] == [1]
    assert [each["id"] for each in _get(portal, "/learning-paths/1")["courses"]] == [1]
    wanted = "leads to a {} that there is not, left out (1x)"
    for line in (
        f"certificates.user: {wanted.format('user')}",
        f"course_prerequisites: {wanted.format('course')}",
        f"courses.category: {wanted.format('category')}",
        f"enrollments.course: {wanted.format('course')}",
        f"group_courses: {wanted.format('course')}",
        f"group_users: {wanted.format('user')}",
        f"groups.branch: {wanted.format('branch')}",
        f"learning_path_courses: {wanted.format('course')}",
        "unit_progress: of a user who is not in the course, left out (1x)",
        f"user_badges.user: {wanted.format('user')}",
    ):
        assert line in make.notes


def test_categories_in_a_circle(make: Makes) -> None:
    portal = make(
        (reads.CATEGORY, (1,), {"id": 1, "name": "A", "parent_id": 2}),
        (reads.CATEGORY, (2,), {"id": 2, "name": "B", "parent_id": 1}),
    )
    assert {category.name for category in portal.categories} == {"A", "B"}


def test_user_types_and_their_ranks(make: Makes) -> None:
    boss, mate, learner = (
        {"id": id, "name": name, "is_default": False}
        for id, name in ((1, "Boss"), (5, "Mate"), (7, "Learner-Type"))
    )
    portal = make(
        (reads.USERS, (), [_ADA, {**_ADA, "id": 2, "login": "b", "email": "b@c.d"}]),
        (reads.USER, (1,), {**_ADA, "user_type": boss, "available_types": [boss, mate, learner]}),
        (reads.USER, (2,), {"id": 2, "user_type": mate, "available_types": [learner, mate]}),
        (reads.COURSES, (), [_COURSE]),
        (reads.COURSE_USERS, (1,), [{"id": 1, "role": "instructor", "enrolled_on": _MOMENT}]),
    )
    shown = _get(portal, "/users/1")
    assert [each["id"] for each in shown["available_types"]] == [1, 5, 7]
    assert [each["id"] for each in _get(portal, "/users/2")["available_types"]] == [5, 7]
    assert [each["is_default"] for each in shown["available_types"]] == [False, False, True]


def test_a_type_of_which_the_name_alone_is_known(make: Makes) -> None:
    portal = make((reads.USERS, (), [{**_ADA, "type": "Astronaut"}]))
    assert portal.users.get(id=1).user_type == "Astronaut"


def test_custom_fields_of_all_kinds(make: Makes) -> None:
    def value(id: int, kind: str, given: Any) -> dict[str, Any]:
        return {"id": id, "name": f"Field {id}", "type": kind, "value": given}

    portal = make(
        (reads.USERS, (), [_ADA]),
        (
            reads.USER,
            (1,),
            {
                **_ADA,
                "custom_fields": [
                    value(1, "checkbox", True),
                    value(2, "date", "1815-12-10"),
                    value(3, "date", "long ago"),
                    value(4, "checkbox", "maybe"),
                    value(5, "text", 38),
                    value(6, "sound", "loud"),
                    "text",
                ],
            },
        ),
        (reads.USER_FIELDS, (), [{"key": "odd", "name": "Field 5", "type": "text"}]),
        keep_names=False,
    )
    found = {each["id"]: each["value"] for each in _get(portal, "/users/1")["custom_fields"]}
    assert found.keys() == {1, 2, 3, 4, 5}
    assert (found[1], found[3], found[4]) == ("on", None, None)
    assert found[2] != "1815-12-10"
    assert len(found[2]) == 10
    assert found[5] not in (None, "38")


def test_courses_that_are_named_by_a_rule_alone(make: Makes) -> None:
    rules = {
        "completion": [{"rule_type": "complete_units", "complete_units": [8, 3]}],
        "score_calculation": [{"rule_type": "score_units", "score_units": [8]}],
    }
    portal = make((reads.COURSES, (), [_COURSE]), (reads.COURSE, (1,), {**_COURSE, "rules": rules}))
    shown = _get(portal, "/courses/1")["rules"]
    assert shown["completion"][0]["complete_units"] == [8, 3]
    assert shown["score_calculation"][0]["score_units"] == [8]
    assert "units: not named by any response, one stands for all of a course (1x)" in make.notes


def test_what_units_are(make: Makes) -> None:
    def progress(**seen: Any) -> dict[str, Any]:
        return {"status": "completed", "first_access_time": _MOMENT, **seen}

    units = {1: progress(score=80), 2: progress(submission={"submitted_on": _MOMENT, "text": "a"})}
    units |= {3: progress(repetitions=1), 4: progress(), 5: progress(grade_date=_MOMENT)}
    rules = {"completion": [{"rule_type": "complete_units", "complete_units": [1, 2, 3, 4, 5]}]}
    answers = {
        "status": "completed",
        "remaining_attempts": 1,
        "allow_test_repetition": True,
        "questions": [
            {
                "id": 7,
                "type": "multiple_choice",
                "text": {"html": "Why?", "text": "Why?"},
                "weight_percentage": 100,
                "answers": {"possible": ["a", "b"]},
                "correct_answers": {"possible": ["a"]},
                "user_answers": {"possible": ["a"]},
                "correct": True,
            },
            {"text": {"html": "No id"}},
        ],
    }
    portal = make(
        (reads.USERS, (), [_ADA]),
        (reads.COURSES, (), [_COURSE]),
        (reads.COURSE, (1,), {**_COURSE, "rules": rules}),
        (reads.COURSE_USERS, (1,), [{"id": 1, "role": "learner", "enrolled_on": _MOMENT}]),
        *((reads.UNIT_PROGRESS, (id, 1), seen) for id, seen in units.items()),
        (reads.RESULTS, (3, 1), answers),
        (reads.RESULTS, (9, 1), answers),
    )
    found = {unit.id: unit.type for unit in portal.courses.get(id=1).units if unit.id < 6}
    assert found == {1: "scorm", 2: "assignment", 3: "test", 4: "content", 5: "assignment"}
    result = _get(portal, "/results", unit_id=3, user_id=1)
    assert (result["remaining_attempts"], len(result["questions"])) == (1, 1)


@pytest.mark.parametrize(
    ("shares", "weights"),
    [
        ([25.0, 75.0], [1, 3]),
        ([33.33, 33.33, 33.33], [1, 1, 1]),
        ([14.29, 28.57, 57.14], [1, 2, 4]),
        ([None, 50.0], [1, 1]),
        ([12.34, 1.0], [1, 1]),
        ([], []),
    ],
)
def test_weights_of_questions(shares: list[float | None], weights: list[int]) -> None:
    assert _weights(shares) == weights


def test_events_with_gaps_and_unknown_types(make: Makes) -> None:
    def event(id: int, kind: str, **extra: Any) -> dict[str, Any]:
        return {"id": str(id), "event_type": kind, "created_at": _MOMENT, "extra": extra}

    portal = make(
        (
            reads.TIMELINE,
            (),
            [
                event(90, "user_took_off", user={"id": 1, "name": "Ada", "surname": "L"}),
                event(70, "course_create_course", course={"id": 1, "name": "A"}, user={"id": None}),
            ],
        )
    )
    shown = _get(portal, "/timeline")
    assert [(each["id"], each["event_type"]) for each in shown] == [
        ("2", "user_took_off"),
        ("1", "course_create_course"),
    ]
    assert "events.id: has gaps, numbered again (1x)" in make.notes
    assert "events.event_type: a type that the mock does not know, kept (1x)" in make.notes


def test_ids_of_a_timeline_that_began_long_ago(make: Makes) -> None:
    rows: list[dict[str, Any]] = [
        {"id": id, "event_type": "user_login_user", "created_at": _MOMENT, "extra": {}}
        for id in (503, 502, 501)
    ]
    portal = make((reads.TIMELINE, (), rows))
    with portal.httpx_client() as client:
        page = client.get("/timeline").json()
    assert [each["id"] for each in page["_data"]] == ["503", "502", "501"]
    assert page["_meta"]["pagination"]["total_results"] == 3


def test_the_last_certificate_of_a_course_counts(make: Makes) -> None:
    def certificate(id: int, course: int = 1) -> dict[str, Any]:
        about = {"id": course, "name": "Fire drill"}
        return {"id": id, "name": "Warden", "issued_on": _MOMENT, "course": about}

    portal = make(
        (reads.USERS, (), [_ADA]),
        (reads.COURSES, (), [_COURSE]),
        (reads.CERTIFICATES, (1,), {"certificates": [certificate(4), certificate(6)]}),
    )
    held = _get(portal, "/users/1/certificates")["certificates"]
    assert [each["id"] for each in held] == [6]
    assert "certificates: an earlier one for the same course, left out (1x)" in make.notes


def test_prices_in_several_currencies(make: Makes) -> None:
    prices = [{"amount": 5, "currency": currency} for currency in ("EUR", "EUR", "USD")]
    rows = [{**_COURSE, "id": id, "price": price} for id, price in enumerate(prices, 1)]
    portal = make((reads.COURSES, (), rows))
    assert [each["price"]["currency"] for each in _get(portal, "/courses")] == ["EUR"] * 3
    assert "prices: are in several currencies, of which one is kept (1x)" in make.notes


def test_sessions_show_the_time_zone(make: Makes) -> None:
    session = {
        "id": 3,
        "name": "Room 2",
        "type": "classroom",
        "start_timestamp": 1_746_610_200,
        "start_date": "07/05/2025, 15:15:00",
        "duration_minutes": 90,
        "owner_id": 9,
        "capacity": 0,
    }
    rules = {"completion": [{"rule_type": "complete_units", "complete_units": [5]}]}
    portal = make(
        (reads.COURSES, (), [_COURSE]),
        (reads.COURSE, (1,), {**_COURSE, "rules": rules}),
        (reads.SESSIONS, (5,), [session]),
    )
    shown = _get(portal, "/units/5/sessions")[0]
    assert (shown["start_date"], shown["duration_minutes"]) == ("07/05/2025, 15:15:00", 90)
    assert "sessions.owner_id: leads to a user that there is not, left out (1x)" in make.notes


def test_branches_by_what_the_timeline_says(make: Makes) -> None:
    branch, course = {"id": 1, "name": "North"}, {"id": 1, "name": "Fire drill"}
    kinds = ("branch_add_course", "branch_remove_course", "branch_add_course")
    rows = [
        {
            "id": id,
            "event_type": kind,
            "created_at": _MOMENT,
            "extra": {"branch": branch, "course": course},
        }
        for id, kind in enumerate(kinds, 1)
    ]
    portal = make(
        (reads.BRANCHES, (), [branch]),
        (reads.BRANCH, (1,), {**branch, "theme": {"id": "x"}, "default_user_type": branch}),
        (reads.COURSES, (), [_COURSE]),
        (reads.TIMELINE, (), rows),
    )
    with portal.httpx_client() as client:
        again = client.post("/branch-courses", json={"branch_id": 1, "course_id": 1})
    assert again.status_code == 409


def test_descriptions_in_any_form(make: Makes) -> None:
    for given, wanted in (
        ("plain", {"html": "plain", "text": "plain"}),
        ({"html": "<b>a</b>", "text": "a"}, {"html": "<b>a</b>", "text": "a"}),
        ({"html": "<b>a</b>"}, {"html": "<b>a</b>", "text": "<b>a</b>"}),
        (7, None),
    ):
        portal = make(
            (reads.COURSES, (), [_COURSE]), (reads.COURSE, (1,), {**_COURSE, "description": given})
        )
        assert _get(portal, "/courses/1")["description"] == wanted


def test_numbers_that_cannot_be(make: Makes) -> None:
    portal = make(
        (reads.USERS, (), [_ADA]),
        (reads.COURSES, (), [{**_COURSE, "capacity": 3.0}, {**_COURSE, "id": 2, "capacity": 2.5}]),
        (reads.COURSE, (1,), {**_COURSE, "time_limit": 10**9, "level": float("inf")}),
        (
            reads.GAMIFICATION,
            (1,),
            {"badges": [{"name": "A", "issued_on": -(10**15)}, {"name": "A", "issued_on": 1}]},
        ),
    )
    assert [course.capacity for course in portal.courses] == [3, None]
    assert portal.courses.get(id=1).time_limit is None
    assert _get(portal, "/users/1/gamification")["badges"] == []
    for line in (
        "/courses capacity: has another form, left out (1x)",
        "/courses/{id} level: has another form, left out (1x)",
        "courses.time_limit: cannot be so, left out (1x)",
        "user_badges.issued_on: cannot be so, left out with the whole row (1x)",
    ):
        assert line in make.notes


def test_what_is_there_twice(make: Makes) -> None:
    session = {"id": 3, "name": "Room 2", "type": "classroom", "start_timestamp": 1}
    rules = {"completion": [{"rule_type": "complete_units", "complete_units": [5, 6]}]}
    question = {"id": 7, "type": "freetext", "text": {"html": "Why?"}}
    answers = {"status": "completed", "questions": [question], "allow_test_repetition": False}
    field = {"key": "custom_field_1", "name": "Team", "type": "text"}
    portal = make(
        (reads.USER_FIELDS, (), [field, {**field, "name": "Desk"}, {**field, "key": None}]),
        (reads.COURSES, (), [_COURSE]),
        (reads.COURSE, (1,), {**_COURSE, "rules": rules}),
        *((read, (unit,), [session]) for unit in (5, 6) for read in (reads.SESSIONS,)),
        *((reads.RESULTS, (unit, 1), answers) for unit in (5, 6)),
    )
    assert len(_get(portal, "/units/6/sessions")) == 1
    assert [each["key"] for each in _get(portal, "/user-fields")] == [
        "custom_field_1",
        "custom_field_2",
        "custom_field_3",
    ]
