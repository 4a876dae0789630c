from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from talentlms_mock import Portal
from talentlms_mock.portal.store.models import branches, categories, courses, groups, users
from tests.api.responses import ADA
from tests.conftest import NewClient, NewPortal


def test_the_statistics_of_an_empty_portal(api: httpx.Client) -> None:
    assert api.get("/statistics").json() == {
        "_data": {
            "total_users": 0,
            "total_courses": 0,
            "total_categories": 0,
            "total_groups": 0,
            "total_branches": 0,
            "monthly_active_users": 0,
            "signup_method": "manual",
            "signup_type": "manual",
            "verification": None,
            "paypal_email": None,
            "domain_map": False,
            "date_format": "DDMMYYYY",
            "branch_limit": None,
        }
    }


def test_a_dataset_sets_what_the_statistics_show(
    tmp_path: Path, new_portal: NewPortal, new_client: NewClient
) -> None:
    file = tmp_path / "acme.toml"
    file.write_text("""
        name = "Acme"
        users = 0
        signup_method = "direct"
        signup_type = "direct"
        verification = "email"
        paypal_email = "shop@example.com"
        domain_map = true
        date_format = "MMDDYYYY"
        branch_limit = 3
    """)
    client = new_client(new_portal(dataset=str(file)))
    answer = client.get("/statistics").json()["_data"]
    assert list(answer.items())[5:] == [
        ("monthly_active_users", 0),
        ("signup_method", "direct"),
        ("signup_type", "direct"),
        ("verification", "email"),
        ("paypal_email", "shop@example.com"),
        ("domain_map", True),
        ("date_format", "MMDDYYYY"),
        ("branch_limit", 3),
    ]


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
