import httpx
import pytest
from sqlalchemy import func, select

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import branches, categories, courses, groups, users
from tests.api.responses import ADA


def test_the_statistics_of_an_empty_portal(empty: Portal, api: httpx.Client) -> None:
    assert api.get("/statistics").json() == {
        "_data": {
            "id": 1,
            "name": "Empty Portal",
            "domain": empty.domain,
            "total_users": 0,
            "total_courses": 0,
            "total_categories": 0,
            "total_groups": 0,
            "total_branches": 0,
            "monthly_active_users": 0,
            "signup_method": "direct",
            "date_format": "DDMMYYYY",
            "branch_limit": 15,
        }
    }


def test_statistics_count_what_is_there(portal: Portal, client: httpx.Client) -> None:
    answer = client.get("/statistics").json()["_data"]
    with portal.transaction() as transaction:
        for name, table in (
            ("users", users),
            ("courses", courses),
            ("categories", categories),
            ("groups", groups),
            ("branches", branches),
        ):
            assert answer[f"total_{name}"] == transaction.scalar(
                select(func.count()).select_from(table)
            )
    assert 0 < answer["monthly_active_users"] < 50
    client.post("/users", json=ADA)
    client.delete("/courses/1")
    after = client.get("/statistics").json()["_data"]
    assert after == answer | {
        "total_users": 51,
        "total_courses": answer["total_courses"] - 1,
    }


@pytest.mark.parametrize("days", [31, 400])
def test_nobody_is_active_after_a_month_of_silence(
    days: int, portal: Portal, client: httpx.Client
) -> None:
    portal.clock.advance(days=days)
    assert client.get("/statistics").json()["_data"]["monthly_active_users"] == 0
