import threading
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import events, groups, user_fields, users
from tests.api.responses import ADA, listed, refusal, user
from tests.conftest import NOW, NewClient, NewPortal

TOO_LONG = "x" * 192
TIMEZONE = "must be the name of a timezone, like Europe/Athens"
WEAK = (
    "Password is not strong enough (should have at least (1) upper case letter, at least (1) "
    "lower case letter, at least (1) number, at least (8) characters in length)"
)


@pytest.fixture
def ada(api: httpx.Client) -> int:
    return add(api)


def add(api: httpx.Client, **different: Any) -> int:
    response = api.post("/users", json=ADA | different)
    assert response.status_code == 200, response.text
    id = response.json()["_data"]["id"]
    assert isinstance(id, int)
    return id


def told(portal: Portal) -> list[tuple[str, str]]:
    """Return the type and message of every event, the oldest first."""
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(
            select(events.c.event_type, events.c.message).order_by(events.c.id)
        )
        return [(row.event_type, row.message) for row in rows]


def add_custom_fields(portal: Portal) -> None:
    kinds = ("text", "dropdown", "checkbox", "date")
    with portal.transaction() as transaction:
        transaction.connection.execute(
            insert(user_fields),
            [
                {
                    "key": f"custom_field_{number}",
                    "name": f"A {kind}",
                    "type": kind,
                    "position": number,
                    "dropdown_values": '["S","M"]' if kind == "dropdown" else None,
                }
                for number, kind in enumerate(kinds, 1)
            ],
        )


def test_creating_a_user_answers_with_its_id(empty: Portal, api: httpx.Client) -> None:
    response = api.post("/users", json=ADA)
    assert (response.status_code, response.json()) == (200, {"_data": {"id": 1}})
    found, (in_list,) = (api.get(path).json()["_data"] for path in ("/users/1", "/users"))
    assert (found, list(found)) == (user(1), list(user(1)))
    assert (in_list, list(in_list)) == (listed(1, NOW), list(listed(1, NOW)))
    assert told(empty) == [("user_create_user", "Ada Lovelace was added as a user")]


def test_creating_a_user_with_everything(api: httpx.Client) -> None:
    response = api.post(
        "/users",
        json=ADA
        | {
            "timezone": "Europe/Athens",
            "locale": "el-GR",
            "email_notifications": False,
            "user_type_id": 3,
            "status": False,
            "description": "<p>First &amp; best</p>",
            "credits": 12.5,
            "deactivation_date": "2025-12-31",
        },
    )
    trainer = {"id": 3, "name": "Trainer-Type", "is_default": False}
    learner = {"id": 4, "name": "Learner-Type", "is_default": True}
    assert response.json() == {"_data": {"id": 1}}
    assert api.get("/users/1").json()["_data"] == user(
        1,
        timezone="Europe/Athens",
        locale="el-GR",
        email_notifications=False,
        user_type=trainer,
        available_types=[trainer, learner],
        status="inactive",
        description={"html": "<p>First &amp; best</p>", "text": "First & best"},
        credits=12.5,
        deactivation_date="2025-12-31T00:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("sent", "status"),
    [(True, "active"), (False, "inactive"), ("active", "active"), ("inactive", "inactive")],
)
def test_a_status_is_a_boolean_or_a_word(sent: object, status: str, api: httpx.Client) -> None:
    id = add(api, status=sent)
    assert api.get(f"/users/{id}").json()["_data"]["status"] == status


def test_the_types_that_a_user_may_switch_to(empty: Portal, api: httpx.Client) -> None:
    types = {1: [1, 2, 3, 4, 5], 2: [2, 3, 4, 5], 3: [3, 4], 4: [4], 5: [4, 5]}
    for number, available in types.items():
        id = add(api, login=f"user{number}", email=f"{number}@example.com", user_type_id=number)
        found = api.get(f"/users/{id}").json()["_data"]["available_types"]
        assert [each["id"] for each in found] == available


@pytest.mark.parametrize("field", ["name", "surname", "login", "email", "password"])
def test_a_required_field_that_is_missing_is_400(field: str, api: httpx.Client) -> None:
    body = {name: value for name, value in ADA.items() if name != field}
    response = api.post("/users", json=body)
    assert response.status_code == 400
    assert response.json() == refusal(f"User {field} is required")
    assert api.get("/users").json()["_data"] == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", 5, "The attribute 'name' must be a string"),
        ("name", None, "The attribute 'name' must be a string"),
        ("name", "", "User name is required"),
        ("login", TOO_LONG, "The attribute 'login' must have at most 191 characters"),
        ("email", "ada", "Email is not valid"),
        ("email", "ada@example", "Email is not valid"),
        ("timezone", "Mars/Phobos", f"The attribute 'timezone' {TIMEZONE}"),
        ("timezone", "../UTC", f"The attribute 'timezone' {TIMEZONE}"),
        ("locale", "en", "The attribute 'locale' must be one of the portal's locales, like en-US"),
        ("email_notifications", "true", "The attribute 'email_notifications' must be boolean"),
        ("user_type_id", "4", "User type id must be a positive integer"),
        ("user_type_id", True, "User type id must be a positive integer"),
        ("user_type_id", 4.0, "User type id must be a positive integer"),
        ("user_type_id", 0, "User type id must be a positive integer"),
        ("user_type_id", -1, "User type id must be a positive integer"),
        ("status", "gone", "The attribute 'status' must be boolean"),
        ("status", 1, "The attribute 'status' must be boolean"),
        ("credits", "1", "The attribute 'credits' must be a number"),
        ("credits", -1, "The attribute 'credits' must be at least 0"),
        (
            "deactivation_date",
            "2025-02-30",
            "The attribute 'deactivation_date' must be a real date, YYYY-MM-DD",
        ),
        (
            "deactivation_date",
            "31/12/2025",
            "The attribute 'deactivation_date' must be a date, YYYY-MM-DD",
        ),
    ],
)
def test_a_wrong_value_is_400(field: str, value: object, problem: str, api: httpx.Client) -> None:
    response = api.post("/users", json=ADA | {field: value})
    assert (response.status_code, response.json()) == (400, refusal(problem))
    assert api.get("/users").json()["_data"] == []


def test_an_unknown_user_type_is_404(api: httpx.Client) -> None:
    for id in (99, 2**63):
        response = api.post("/users", json=ADA | {"user_type_id": id})
        assert (response.status_code, response.json()) == (404, refusal("User type not found"))


@pytest.mark.parametrize("password", ["Short1A", "alllower1", "ALLUPPER1", "NoDigits"])
def test_a_weak_password_is_400(password: str, api: httpx.Client) -> None:
    response = api.post("/users", json=ADA | {"password": password})
    assert (response.status_code, response.json()) == (400, refusal(WEAK))


@pytest.mark.parametrize(
    ("first", "second"), [("ada", "ADA"), ("ÉMILE", "émile"), ("straße", "STRASSE")]
)
def test_a_login_is_taken_whatever_its_case(first: str, second: str, api: httpx.Client) -> None:
    add(api, login=first)
    response = api.post("/users", json=ADA | {"login": second, "email": "b@example.com"})
    assert response.status_code == 400
    assert response.json() == refusal("A user with the same login already exists")


def test_an_email_is_taken_whatever_its_case(ada: int, api: httpx.Client) -> None:
    response = api.post("/users", json=ADA | {"login": "b", "email": "ADA@Example.com"})
    assert response.status_code == 400
    assert response.json() == refusal("A user with the same email address already exists")


def test_custom_fields_come_by_key(empty: Portal, api: httpx.Client) -> None:
    add_custom_fields(empty)
    values: dict[str, object] = {
        "custom_field_1": "Sales",
        "custom_field_2": "M",
        "custom_field_3": True,
        "custom_field_4": "2025-01-31",
    }
    id = add(api, **values)
    assert api.get(f"/users/{id}").json()["_data"]["custom_fields"] == [
        {"id": 1, "name": "A text", "value": "Sales", "type": "text"},
        {"id": 2, "name": "A dropdown", "value": "M", "type": "dropdown"},
        {"id": 3, "name": "A checkbox", "value": "on", "type": "checkbox"},
        {"id": 4, "name": "A date", "value": "2025-01-31", "type": "date"},
    ]
    change = {"status": "active", "custom_field_1": "IT", "custom_field_3": "off"}
    assert api.patch("/users/1", json=change | {"custom_field_4": None}).status_code == 204
    fields = api.get("/users/1").json()["_data"]["custom_fields"]
    assert [field["value"] for field in fields] == ["IT", "M", "off", None]
    found = api.get("/users", params={"filter[custom_field_value][eq]": "IT"}).json()
    assert [item["id"] for item in found["_data"]] == [1]
    assert [text for exchange in empty.journal for text in exchange.warnings] == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("custom_field_1", 5, "must be a string"),
        ("custom_field_2", "XL", "must be one of the field's values"),
        ("custom_field_3", "yes", "must be 'on' or 'off'"),
        ("custom_field_4", "soon", "must be a date, YYYY-MM-DD"),
    ],
)
def test_a_wrong_custom_value_is_400(
    field: str, value: object, problem: str, empty: Portal, api: httpx.Client
) -> None:
    add_custom_fields(empty)
    response = api.post("/users", json=ADA | {field: value})
    refused = refusal(f"The attribute '{field}' {problem}")
    assert (response.status_code, response.json()) == (400, refused)
    assert api.get("/users").json()["_data"] == []


METHODS = pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])


@pytest.mark.parametrize("id", ["999", "9" * 30])
@METHODS
def test_a_user_that_does_not_exist_is_404(
    method: str, id: str, ada: int, api: httpx.Client
) -> None:
    body = {"status": "active"} if method == "PATCH" else None
    response = api.request(method, f"/users/{id}", json=body)
    assert (response.status_code, response.json()) == (404, refusal("User not found"))


@pytest.mark.parametrize("id", ["0", "-1", "abc", "1.0", "1%20", "%F0%9F%98%80", ":id"])
@METHODS
def test_a_malformed_id_is_400(
    method: str, id: str, empty: Portal, ada: int, api: httpx.Client
) -> None:
    body = {"status": "active"} if method == "PATCH" else None
    response = api.request(method, f"/users/{id}", json=body)
    assert (response.status_code, response.json()) == (400, refusal("User id is invalid"))
    assert empty.users.get("ada").id == ada


def test_changing_a_user(empty: Portal, ada: int, api: httpx.Client) -> None:
    empty.clock.advance(minutes=1)
    response = api.patch(
        f"/users/{ada}",
        json={
            "name": "Augusta",
            "login": "augusta",
            "email": "ADA@example.com",
            "timezone": "Europe/London",
            "locale": "pt-PT",
            "status": "inactive",
            "credits": 3,
            "user_type_id": 5,
        },
    )
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    assert "content-length" not in response.headers
    assert api.get("/users").json()["_data"] == [
        listed(
            ada,
            NOW,
            name="Augusta",
            login="augusta",
            email="ADA@example.com",
            timezone="Europe/London",
            language="pt-PT",
            status="inactive",
            type="Learner-Instructor",
            last_updated="2025-05-07T09:31:00+00:00",
        )
    ]
    found = api.get("/users", params={"filter[keyword][like]": "AUGUSTA LOV"}).json()["_data"]
    assert found == []
    assert told(empty)[1:] == [
        ("user_property_change", "The profile of Augusta Lovelace was changed")
    ]


def test_a_taken_email_changes_nothing(empty: Portal, ada: int, api: httpx.Client) -> None:
    bob = add(api, login="bob", email="bob@example.com")
    before = api.get("/users").json()
    change = {"name": "Robert", "email": "ADA@example.com", "status": "active"}
    response = api.patch(f"/users/{bob}", json=change)
    assert response.status_code == 400
    assert response.json() == refusal("A user with the same email address already exists")
    assert api.get("/users").json() == before
    assert len(told(empty)) == 2


def test_status_is_required(ada: int, api: httpx.Client) -> None:
    response = api.patch(f"/users/{ada}", json={"name": "Augusta"})
    assert (response.status_code, response.json()) == (400, refusal("User status is required"))
    assert api.patch(f"/users/{ada}", json={"active": True}).status_code == 204


def test_status_can_be_optional(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(quirks={"patch_user_status": "optional"}))
    assert client.patch("/users/2", json={"name": "Augusta"}).status_code == 204
    assert client.get("/users/2").json()["_data"]["name"] == "Augusta"
    assert client.patch("/users/2", json={}).status_code == 204


def test_active_is_another_spelling_of_status(empty: Portal, ada: int, api: httpx.Client) -> None:
    assert api.patch(f"/users/{ada}", json={"active": False}).status_code == 204
    assert [text for _, text in empty.warnings] == ["active in the body is an old form of status"]
    assert api.get(f"/users/{ada}").json()["_data"]["status"] == "inactive"
    response = api.patch(f"/users/{ada}", json={"active": True, "status": "inactive"})
    assert response.status_code == 400
    assert response.json() == refusal("The attribute 'active' contradicts status")
    assert api.patch(f"/users/{ada}", json={"status": "gone"}).json() == refusal(
        "The attribute 'status' must be 'active' or 'inactive'"
    )


def test_a_new_password_needs_the_current_one(ada: int, api: httpx.Client) -> None:
    wrong = refusal("The current password is missing or not correct")
    change = {"status": "active", "password": "Chang3dIt"}
    assert api.patch(f"/users/{ada}", json=change).json() == wrong
    change["current_password"] = "Passw0rD"
    assert api.patch(f"/users/{ada}", json=change).json() == wrong
    change["current_password"] = "Passw0rd"
    weak = change | {"password": "weak"}
    assert api.patch(f"/users/{ada}", json=weak).json() == refusal(WEAK)
    assert api.patch(f"/users/{ada}", json=change).status_code == 204
    assert api.patch(f"/users/{ada}", json=change).json() == wrong


def test_deleting_a_user_archives_it(empty: Portal, ada: int, api: httpx.Client) -> None:
    course = empty.add_course("Algebra", users=["ada"])
    before = api.get(f"/users/{ada}").json()
    response = api.delete(f"/users/{ada}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.get("/users").json()["_data"] == []
    assert api.get(f"/courses/{course.id}/users").json()["_data"] == []
    assert api.get("/statistics").json()["_data"]["total_users"] == 0
    assert told(empty)[-1] == ("user_delete_user", "Ada Lovelace was deleted")
    gone = (empty.archived[0].kind, empty.archived[0].id, empty.archived[0].name)
    assert gone == ("user", ada, "Ada Lovelace")

    restored = empty.restore_user("ada")

    assert (restored.id, api.get(f"/users/{ada}").json()) == (ada, before)
    assert [user.id for user in course.users] == [ada]
    assert told(empty)[-1] == ("user_undelete_user", "Ada Lovelace was restored")
    assert list(empty.archived) == []


PATHS_OF_A_USER = [
    ("GET", ""),
    ("PATCH", ""),
    *(
        ("GET", f"/{part}")
        for part in (
            "groups",
            "branches",
            "courses",
            "certificates",
            "resources",
            "gamification",
            "login",
            "online-status",
        )
    ),
    ("POST", "/logout"),
]


@pytest.mark.parametrize(("method", "path"), PATHS_OF_A_USER)
def test_an_archived_user_is_404(
    method: str, path: str, empty: Portal, ada: int, api: httpx.Client
) -> None:
    empty.archive_user(ada)
    body = {"status": "active"} if method == "PATCH" else None
    response = api.request(method, f"/users/{ada}{path}", json=body)
    assert (response.status_code, response.json()) == (404, refusal("User not found"))


def test_deleting_an_archived_user_is_409(ada: int, api: httpx.Client) -> None:
    assert api.delete(f"/users/{ada}").status_code == 204
    response = api.delete(f"/users/{ada}")
    assert response.status_code == 409
    assert response.json() == refusal("User is archived or not available")


def test_errors_as_recorded(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(dataset="empty", quirks={"error_shape": "recorded"}))
    id = add(client)
    assert client.delete(f"/users/{id}").status_code == 204

    def error(method: str, path: str) -> Any:
        return client.request(method, path, json=ADA if method == "POST" else None).json()

    archived = {"id": "conflict", "title": "User is archived or not available"}
    unknown = {"id": "not_found.user_not_found", "title": "User not found"}
    malformed = {"id": "bad_request", "title": "User id is invalid"}
    taken = {"id": "bad_request", "title": "A user with the same login already exists"}
    assert error("DELETE", f"/users/{id}") == {"_errors": [archived]}
    assert error("GET", f"/users/{id}") == {"_errors": [unknown]}
    assert error("GET", "/users/-1") == {"_errors": [malformed]}
    add(client)
    assert error("POST", "/users") == {"_errors": [taken]}


def test_the_login_of_an_archived_user_is_free(empty: Portal, ada: int, api: httpx.Client) -> None:
    api.delete(f"/users/{ada}")
    assert add(api) == ada + 1
    assert api.patch(f"/users/{ada + 1}", json={"status": "active"}).status_code == 204


def test_a_user_is_inactive_once_its_date_has_passed(empty: Portal, api: httpx.Client) -> None:
    add(api, deactivation_date="2025-05-08")
    add(api, login="b", email="b@example.com", deactivation_date="2025-05-01")
    empty.clock.advance(hours=14, minutes=29, seconds=59)
    assert [item["status"] for item in api.get("/users").json()["_data"]] == ["active", "inactive"]
    empty.clock.advance(seconds=1)
    assert [item["status"] for item in api.get("/users").json()["_data"]] == [
        "inactive",
        "inactive",
    ]
    with empty.transaction() as transaction:
        last = transaction.connection.execute(select(events).order_by(events.c.id.desc())).first()
    assert last is not None
    assert (last.event_type, last.created_at, last.user_id) == (
        "user_property_change",
        "2025-05-08T00:00:00+00:00",
        1,
    )
    body = {"status": "active", "deactivation_date": "2025-05-01"}
    api.patch("/users/1", json=body)
    assert api.get("/users/1").json()["_data"]["status"] == "inactive"
    api.patch("/users/1", json={"status": "active", "deactivation_date": None})
    assert api.get("/users/1").json()["_data"]["status"] == "active"


def ids(api: httpx.Client, **filters: str) -> list[int]:
    params = {f"filter[{name.replace('__', '][')}]": value for name, value in filters.items()}
    response = api.get("/users", params=params)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["_data"]]


def test_filters(empty: Portal, ada: int, api: httpx.Client) -> None:
    empty.clock.advance(hours=1)
    bob = add(api, login="bob", email="bob@example.org", name="Bob", surname="Öztürk", status=False)
    with empty.transaction() as transaction:
        transaction.connection.execute(
            update(users).where(users.c.id == bob).values(integration="workday")
        )
        group = transaction.insert(groups, {"name": "Sales"})
        transaction.connection.exec_driver_sql(
            f"INSERT INTO group_users (group_id, user_id) VALUES ({group}, {bob})"
        )
    assert ids(api, status__eq="active") == [ada]
    assert ids(api, login__eq="BOB") == [bob]
    assert ids(api, login__eq="bo") == []
    assert ids(api, email__eq="Ada@example.com") == [ada]
    assert ids(api, keyword__like="öZTÜRK") == [bob]
    assert ids(api, keyword__like="example") == [ada, bob]
    assert ids(api, keyword__like="%") == []
    assert ids(api, last_updated__gte="2025-05-07T10:00:00") == [bob]
    assert ids(api, last_updated__lte="2025-05-07T09:30:00Z") == [ada]
    assert ids(api, last_updated__gte="2025-05-07", last_updated__lte="2025-05-08") == [ada, bob]
    assert ids(api, last_updated__gte="2025-05-07T11:30:00+02:00") == [ada, bob]
    assert ids(api, group_id__eq=str(group)) == [bob]
    assert ids(api, branch_id__eq="1") == []
    assert ids(api, integration__eq="workday") == [bob]
    assert ids(api, status__eq="inactive", keyword__like="ada") == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("filter[status][eq]", "ACTIVE", "must be one of active, inactive"),
        ("filter[last_updated][gte]", "yesterday", "must be a date and time in ISO 8601"),
        (
            "filter[last_updated][lte]",
            "0001-01-01T00:00+14:00",
            "must be a date and time in ISO 8601",
        ),
    ],
)
def test_a_bad_value_of_a_filter_is_400(
    name: str, value: str, problem: str, api: httpx.Client
) -> None:
    response = api.get("/users", params={name: value})
    refused = refusal(f"The attribute '{name}' {problem}")
    assert (response.status_code, response.json()) == (400, refused)


@pytest.mark.parametrize("value", ["one", "", "0", "-1"])
@pytest.mark.parametrize("entity", ["group", "branch"])
def test_a_malformed_id_in_a_filter_is_400(entity: str, value: str, api: httpx.Client) -> None:
    response = api.get("/users", params={f"filter[{entity}_id][eq]": value})
    refused = refusal(f"{entity.capitalize()} id must be a positive integer")
    assert (response.status_code, response.json()) == (400, refused)


def test_two_clients_that_create_one_login_at_once(empty: Portal, new_client: NewClient) -> None:
    clients = [new_client(empty) for _ in range(8)]
    for client in clients:
        client.get("/users")
    together = threading.Barrier(len(clients))
    statuses: list[int] = []

    def create(client: httpx.Client) -> None:
        together.wait(timeout=10)
        statuses.append(client.post("/users", json=ADA).status_code)

    threads = [threading.Thread(target=create, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(statuses) == [200] + [400] * 7
    assert len(clients[0].get("/users").json()["_data"]) == 1
