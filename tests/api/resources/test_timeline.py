from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import events
from talentlms_mock.portal.store.transaction import Named
from tests.api.responses import ADA, Json, refusal
from tests.conftest import NOW, NewClient, NewPortal

EARLIER = "2025-05-06T09:30:00+00:00"
NO_MOMENT = "The attribute '{name}' must be a date and time in ISO 8601"
BOB = Named(2, "Bob", "Bee", "bob")


def event(id: str, event_type: str, at: str = NOW, **about: Json) -> Json:
    extra = dict.fromkeys(("user", "group", "course", "branch", "unit")) | about
    user = about.get("user", {}).get("id")
    return {
        "id": id,
        "user_id": user,
        "event_type": event_type,
        "created_at": at,
        "occurrences": 1,
        "extra": extra,
    }


ADA_LOVELACE: Json = {"id": 1, "name": "Ada", "surname": "Lovelace", "login": "ada"}
ALGEBRA: Json = {"id": 1, "name": "Algebra", "code": "ALG"}
CREATED = event("1", "user_create_user", user=ADA_LOVELACE)
COURSE = event("2", "course_create_course", course=ALGEBRA)
ENROLLED = event("3", "course_add_user", user=ADA_LOVELACE, course=ALGEBRA)
JOINED = event(
    "4",
    "group_add_user",
    EARLIER,
    user={"id": 2, "name": "Bob", "surname": "Bee", "login": "bob"},
    group={"id": 7, "name": "Zoo"},
)
GRADED = event(
    "5", "branch_create_branch", branch={"id": 8, "name": "North"}, unit={"id": 9, "name": "Quiz"}
)
NEWEST_FIRST = [GRADED, ENROLLED, COURSE, CREATED, JOINED]


def of_type(id: str, event: Json) -> Json:
    """Return how a list filtered by type has an event."""
    return event | {"id": id}


@pytest.fixture(autouse=True)
def _a_day(empty: Portal, api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).status_code == 200
    assert api.post("/courses", json={"name": "Algebra", "code": "ALG"}).status_code == 200
    ids = {"user_id": 1, "course_id": 1}
    assert api.post("/enrollments", json=ids).status_code == 200
    with empty.transaction() as transaction:
        transaction.record("group_add_user", at=EARLIER, user=BOB, group=Named(7, "Zoo"))
        transaction.record("branch_create_branch", branch=Named(8, "North"), unit=Named(9, "Quiz"))


def get(api: httpx.Client, **params: Any) -> list[Json]:
    response = api.get("/timeline", params=params)
    assert response.status_code == 200, response.text
    data: list[Json] = response.json()["_data"]
    assert response.json()["_meta"]["pagination"]["total_results"] == len(data)
    return data


def test_the_newest_event_comes_first(api: httpx.Client) -> None:
    assert get(api) == NEWEST_FIRST


def test_the_timeline_has_pages(api: httpx.Client) -> None:
    seen = []
    for number in (1, 2, 3, 4):
        params = {"page[number]": number, "page[size]": 2}
        answer = api.get("/timeline", params=params).json()
        assert answer["_meta"]["pagination"]["total_results"] == 5
        assert answer["_meta"]["pagination"]["total_pages"] == 3
        seen += answer["_data"]
    assert seen == NEWEST_FIRST


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"event_type][eq": "course_add_user"}, [of_type("tcau_1", ENROLLED)]),
        ({"event_type": "course_add_user"}, [of_type("tcau_1", ENROLLED)]),
        ({"event_type][eq": "user_undelete_user"}, []),
        ({"created_from][gte": NOW}, [GRADED, ENROLLED, COURSE, CREATED]),
        ({"created_from][gte": "2025-05-07T12:30:00+03:00"}, [GRADED, ENROLLED, COURSE, CREATED]),
        ({"created_to][lte": EARLIER}, [JOINED]),
        ({"created_to][lte": "2025-05-06"}, []),
        ({"created_from][gte": "2025-05-06", "created_to][lte": "2025-05-07"}, [JOINED]),
        ({"user_id][eq": "1"}, [ENROLLED, CREATED]),
        ({"user_id][eq": "2"}, [JOINED]),
        ({"user_id][eq": "9"}, []),
        ({"user_id][eq": "1", "event_type][eq": "user_create_user"}, [of_type("tucu_1", CREATED)]),
        ({"user_id][eq": "1", "created_to][lte": EARLIER}, []),
    ],
)
def test_filters(filters: dict[str, str], expected: list[Json], api: httpx.Client) -> None:
    assert get(api, **{f"filter[{name}]": value for name, value in filters.items()}) == expected


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (
            "event_type][eq",
            "user_created_user",
            "The attribute '{name}' must be the name of an event "
            "(did you mean 'user_create_user'?)",
        ),
        (
            "created_from][gte",
            "yesterday",
            "The attribute '{name}' must be a date and time in ISO 8601",
        ),
        ("created_to][lte", "", "The attribute '{name}' must be a date and time in ISO 8601"),
        ("user_id][eq", "ada", "User id must be a positive integer"),
        ("user_id][eq", "0", "User id must be a positive integer"),
    ],
)
def test_a_bad_filter_is_400(name: str, value: str, problem: str, api: httpx.Client) -> None:
    response = api.get("/timeline", params={f"filter[{name}]": value})
    expected = refusal(problem.format(name=f"filter[{name}]"))
    assert (response.status_code, response.json()) == (400, expected)


def test_what_was_deleted_stays_on_the_timeline(api: httpx.Client) -> None:
    assert api.delete("/users/1").status_code == 204
    assert api.delete("/courses/1").status_code == 204
    gone = [
        event("7", "course_delete_course", course=ALGEBRA),
        event("6", "user_delete_user", user=ADA_LOVELACE),
    ]
    assert get(api) == gone + NEWEST_FIRST


def test_what_is_refused_is_not_on_the_timeline(api: httpx.Client) -> None:
    assert api.post("/users", json=ADA).status_code == 400
    assert api.post("/enrollments", json={"user_id": 1, "course_id": 1}).status_code == 409
    assert get(api) == NEWEST_FIRST
    assert api.post("/courses", json={"name": "Botany"}).status_code == 200
    assert [item["id"] for item in get(api)] == ["6", "5", "3", "2", "1", "4"]


@pytest.mark.parametrize("name", ["demo", "messy", "empty"])
def test_the_last_id_is_how_many_events_there_are(
    name: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(dataset=name)
    answer = new_client(portal).get("/timeline").json()
    with portal.transaction() as transaction:
        count = transaction.scalar(select(func.count()).select_from(events))
    assert answer["_meta"]["pagination"]["total_results"] == count


@pytest.mark.parametrize("name", ["demo", "messy"])
def test_a_seeded_timeline_goes_back_in_time(
    name: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(dataset=name))
    answer = client.get("/timeline", params={"page[size]": 100}).json()["_data"]
    moments = [(item["created_at"], int(item["id"])) for item in answer]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"event_type][eq": "course_add_user"},
        {"user_id][eq": "1"},
        {"created_from][gte": EARLIER, "created_to][lte": NOW},
        {"user_id][eq": "1", "created_from][gte": EARLIER},
        {"event_type][eq": "course_add_user", "created_from][gte": EARLIER},
        {"user_id][eq": "1", "event_type][eq": "course_add_user"},
    ],
)
def test_a_page_is_read_in_the_order_of_an_index(
    filters: dict[str, str], empty: Portal, api: httpx.Client
) -> None:
    statements: list[str] = []
    with empty.transaction() as transaction:
        transaction.sqlite.set_trace_callback(statements.append)
    get(api, **{f"filter[{name}]": value for name, value in filters.items()})
    with empty.transaction() as transaction:
        transaction.sqlite.set_trace_callback(None)
        (page,) = [text for text in statements if "group_concat" in text]
        plan = transaction.sqlite.execute(f"EXPLAIN QUERY PLAN {page}").fetchall()
    steps = "\n".join(step[3] for step in plan)
    assert " events USING INDEX events_by_" in steps
    assert "TEMP B-TREE" not in steps


def test_sign_ins_close_to_each_other_are_one_event(empty: Portal, api: httpx.Client) -> None:
    ada = empty.learner("ada")
    ada.log_in()
    empty.learner(empty.add_user(login="eve")).log_in()
    for hours in (1, 2):
        empty.clock.advance(hours=hours)
        ada.log_in()
    first, *others = get(api, **{"filter[event_type]": "user_login_user", "filter[user_id]": "1"})

    assert others == []
    assert first == {
        "id": "tulu_1",
        "user_id": 1,
        "event_type": "user_login_user",
        "created_at": "2025-05-07T12:30:00+00:00",
        "occurrences": 3,
        "extra": dict.fromkeys(("user", "group", "course", "branch", "unit"))
        | {"user": ADA_LOVELACE},
    }


@pytest.mark.parametrize("minutes", [121, -1])
def test_other_sign_ins_are_events_of_their_own(
    minutes: int, empty: Portal, api: httpx.Client
) -> None:
    empty.learner("ada").log_in()
    moment = empty.clock.now() + timedelta(minutes=minutes)
    empty.clock.freeze(moment, backwards=True)
    empty.learner("ada").log_in()
    found = get(api, **{"filter[event_type]": "user_login_user"})

    assert sorted(item["id"] for item in found) == ["tulu_1", "tulu_2"]
    assert {item["occurrences"] for item in found} == {1}


@pytest.mark.parametrize("name", ["demo", "messy"])
def test_ids_rise_with_time_in_a_seeded_portal(name: str, new_portal: NewPortal) -> None:
    portal = new_portal(dataset=name)
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(select(events).order_by(events.c.id)).all()

    assert [row.id for row in rows] == list(range(1, len(rows) + 1))
    assert [row.created_at for row in rows] == sorted(row.created_at for row in rows)
    for event_type in {row.event_type for row in rows}:
        numbers = [row.type_number for row in rows if row.event_type == event_type]
        assert numbers == list(range(1, len(numbers) + 1))
