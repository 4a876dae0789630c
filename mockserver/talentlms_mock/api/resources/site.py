"""The operations of the portal itself (operations.md, 31 and 32)."""

from datetime import timedelta
from typing import Literal

import orjson
from sqlalchemy import ColumnElement, Table, bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.rows import Expression, Query, json_object
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.models import branches, categories, courses, groups, site, users
from talentlms_mock.portal.store.transaction import Transaction

MONTH = timedelta(days=30)
"""How long after the last login a user counts as active in the month (inferred)."""


class Health(Shape):
    status: Literal["ok"]


class Statistics(Shape):
    id: int
    name: str
    domain: str
    total_users: int
    total_courses: int
    total_categories: int
    total_groups: int
    total_branches: int
    monthly_active_users: int
    signup_method: str
    date_format: str
    branch_limit: int


def _count(table: Table, *where: ColumnElement[bool]) -> Expression:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()


_STATISTICS = Query(
    select(
        json_object(
            id=site.c.id,
            name=site.c.name,
            domain=bindparam("domain"),
            total_users=_count(users),
            total_courses=_count(courses),
            total_categories=_count(categories),
            total_groups=_count(groups),
            total_branches=_count(branches),
            monthly_active_users=_count(users, users.c.last_login >= bindparam("month_ago")),
            signup_method=site.c.signup_method,
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
    answer=one(Health, INFERRED),
    known=DOCUMENTED,
    needs_key=False,
)
def health_check(transaction: Transaction) -> dict[str, str]:
    return {"status": "ok"}


@operation(
    "GET",
    "/statistics",
    "getStatistics",
    tag="Portal",
    summary="Get portal's statistics",
    answer=one(Statistics, INFERRED),
    known=DOCUMENTED,
    rules=(Rule("a user is active in the month when it signed in within 30 days"),),
)
def get_statistics(transaction: Transaction) -> orjson.Fragment:
    month_ago = timestamp(transaction.clock.now() - MONTH)
    domain = transaction.settings.domain
    return orjson.Fragment(_STATISTICS.one(transaction, domain=domain, month_ago=month_ago)[0])
