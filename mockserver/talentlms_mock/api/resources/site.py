"""The operations of the portal itself (operations.md, 31 and 32)."""

from datetime import timedelta
from typing import Annotated, Literal

import orjson
from pydantic import Field
from sqlalchemy import ColumnElement, Table, bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.rows import Expression, Query, json_boolean, json_object
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.models import branches, categories, courses, groups, site, users
from talentlms_mock.portal.store.transaction import Transaction

MONTH = timedelta(days=30)
"""How long after the last login a user counts as active in the month (inferred)."""


class Health(Shape):
    """That the API is up."""

    status: Annotated[Literal["ok"], Field(description="Always ok.")]


class Statistics(Shape):
    """What a portal contains, and some of its settings."""

    total_users: Annotated[int, Field(description="How many users there are.")]
    total_courses: Annotated[int, Field(description="How many courses there are.")]
    total_categories: Annotated[int, Field(description="How many categories there are.")]
    total_groups: Annotated[int, Field(description="How many groups there are.")]
    total_branches: Annotated[int, Field(description="How many branches there are.")]
    monthly_active_users: Annotated[
        int, Field(description="How many users signed in within 30 days.")
    ]
    signup_method: Annotated[str, Field(description="How users sign up, like manual.")]
    signup_type: Annotated[str, Field(description="How users sign up, like manual.")]
    verification: Annotated[
        str | None, Field(description="How those who sign up are verified; null is not at all.")
    ]
    paypal_email: Annotated[
        str | None,
        Field(
            description="The email address of the portal's account with PayPal; null where it "
            "has none."
        ),
    ]
    domain_map: Annotated[bool, Field(description="Whether it has a domain of its own.")]
    date_format: Annotated[str, Field(description="How it writes dates, like DDMMYYYY.")]
    branch_limit: Annotated[
        int | None, Field(description="How many branches it may have; null is any number.")
    ]


def _count(table: Table, *where: ColumnElement[bool]) -> Expression:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()


_STATISTICS = Query(
    select(
        json_object(
            total_users=_count(users),
            total_courses=_count(courses),
            total_categories=_count(categories),
            total_groups=_count(groups),
            total_branches=_count(branches),
            monthly_active_users=_count(users, users.c.last_login >= bindparam("month_ago")),
            signup_method=site.c.signup_method,
            signup_type=site.c.signup_type,
            verification=site.c.verification,
            paypal_email=site.c.paypal_email,
            domain_map=json_boolean(site.c.domain_map),
            date_format=site.c.date_format,
            branch_limit=site.c.branch_limit,
        )
    )
)


@operation(
    "GET",
    "/health",
    "healthCheck",
    tag="Portal",
    summary="Health check",
    response=one(Health, INFERRED),
    known=DOCUMENTED,
    needs_key=False,
)
def health_check(transaction: Transaction) -> dict[str, str]:
    """Check that the API answers. It needs no key, and does not count for the rate limit."""
    return {"status": "ok"}


@operation(
    "GET",
    "/statistics",
    "getStatistics",
    tag="Portal",
    summary="Get portal's statistics",
    response=one(Statistics, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    rules=(Rule("a user is active in the month when it signed in within 30 days"),),
)
def get_statistics(transaction: Transaction) -> orjson.Fragment:
    """Read the numbers and the settings of the portal as a whole."""
    month_ago = timestamp(transaction.clock.now() - MONTH)
    return orjson.Fragment(_STATISTICS.remembered(transaction, month_ago=month_ago)[0])
