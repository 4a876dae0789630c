"""Texts in the place of numbers and booleans, as recorded servers took them."""

from typing import Annotated, Any, Literal

import httpx
import pytest
from pydantic import Field, ValidationError

from talentlms_mock import Portal
from talentlms_mock.api.coercion import coerce
from talentlms_mock.api.values import Body, Id
from tests.api.responses import ADA, refusal
from tests.conftest import NOW, NewClient, NewPortal


class Inner(Body):
    amount: float | None = None


class Request(Body):
    id: Id = 1
    flag: bool = False
    status: bool | Literal["active"] = True
    name: str = ""
    inner: Inner | None = None
    items: list[Annotated[int, Field(ge=1)]] | None = None


@pytest.mark.parametrize(
    ("sent", "read", "places"),
    [
        ({"id": "2999"}, {"id": 2999}, ["id"]),
        ({"id": "-1"}, {"id": -1}, ["id"]),
        ({"id": "9" * 40}, {"id": int("9" * 40)}, ["id"]),
        ({"flag": "true"}, {"flag": True}, ["flag"]),
        ({"flag": "false"}, {"flag": False}, ["flag"]),
        ({"status": "false"}, {"status": False}, ["status"]),
        ({"inner": {"amount": "1.5"}}, {"inner": {"amount": 1.5}}, ["inner.amount"]),
        ({"items": [1, "2"]}, {"items": [1, 2]}, ["items.1"]),
        ({"flag": "true", "id": "1"}, {"flag": True, "id": 1}, ["id", "flag"]),
        ({"id": "x"}, {"id": "x"}, []),
        ({"id": ""}, {"id": ""}, []),
        ({"id": "1.0"}, {"id": "1.0"}, []),
        ({"id": "１"}, {"id": "１"}, []),
        ({"id": 1.5}, {"id": 1.5}, []),
        ({"flag": "True"}, {"flag": "True"}, []),
        ({"flag": "1"}, {"flag": "1"}, []),
        ({"inner": {"amount": "1e3"}}, {"inner": {"amount": "1e3"}}, []),
        ({"name": 1}, {"name": 1}, []),
        ({"inner": "1"}, {"inner": "1"}, []),
    ],
)
def test_texts_are_read(sent: dict[str, Any], read: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Request.model_validate(sent)
    assert (coerce(sent, refused.value), sent) == (places, read)


@pytest.fixture
def coercing(new_portal: NewPortal) -> Portal:
    return new_portal(dataset="empty", clock=NOW, quirks={"coercion": "recorded"})


@pytest.fixture
def taken(coercing: Portal, new_client: NewClient) -> httpx.Client:
    client = new_client(coercing)
    client.headers["X-API-Version"] = "2025-01-01"
    return client


def test_a_text_in_a_body_is_taken_with_a_contract_warning(
    coercing: Portal, taken: httpx.Client
) -> None:
    user, course = coercing.add_user("ada"), coercing.add_course("Algebra")
    body = {"course_id": str(course.id), "user_id": str(user.id)}
    assert taken.post("/enrollments", json=body).status_code == 200
    text = "in the body is a text, where the document has a number or boolean"
    assert [item.text for item in coercing.warnings] == [f"course_id {text}", f"user_id {text}"]


def test_what_names_nothing_is_404_and_what_is_no_number_400(
    coercing: Portal, taken: httpx.Client
) -> None:
    coercing.add_user("ada")
    for course_id, status, message in (
        ("2999", 404, "Course not found"),
        ("9" * 40, 404, "Course not found"),
        ("0", 400, "Course id must be a positive integer"),
        ("<integer>", 400, "Course id must be a positive integer"),
    ):
        response = taken.post("/enrollments", json={"course_id": course_id, "user_id": 1})
        assert (response.status_code, response.json()) == (status, refusal(message))


def test_a_boolean_is_taken(coercing: Portal, taken: httpx.Client) -> None:
    branch = coercing.add_branch("Oslo")
    assert taken.put(f"/branches/{branch.id}/status", json={"is_active": "false"}).content == b""
    assert coercing.branches.get(id=branch.id).active is False
    response = taken.put(f"/branches/{branch.id}/status", json={"is_active": "abc"})
    expected = refusal("The attribute 'is_active' must be boolean")
    assert (response.status_code, response.json()) == (400, expected)


def test_the_overview_refuses_a_text(empty: Portal, api: httpx.Client) -> None:
    response = api.post("/users", json=ADA | {"email_notifications": "true"})
    expected = refusal("The attribute 'email_notifications' must be boolean")
    assert (response.status_code, response.json()) == (400, expected)
    assert empty.warnings == []
