"""What belongs to a user (operations.md, 6-11)."""

from typing import Annotated, Literal

import orjson
from pydantic import Field
from sqlalchemy import FromClause, Table, bindparam, select

from talentlms_mock.api.fidelity import DOCUMENTED, OBSERVED, OBSERVED_TOOL, Rule
from talentlms_mock.api.operation import Parameter, one, operation
from talentlms_mock.api.page import DEFAULT_SIZE, NUMBER, PAGE_NUMBER, PAGE_SIZE, SIZE, allowed_size
from talentlms_mock.api.resources.shapes import Reference, certificate_urls, page_values, reference
from talentlms_mock.api.rows import Expression, Query, json_list, json_object, one_row
from talentlms_mock.api.values import Shape, Timestamp
from talentlms_mock.errors import NotFound
from talentlms_mock.portal.rules import rewards
from talentlms_mock.portal.store.models import (
    badges,
    branch_users,
    branches,
    certificates,
    courses,
    enrollments,
    group_users,
    groups,
    user_badges,
    users,
)
from talentlms_mock.portal.store.transaction import LARGEST_ID, Transaction

ALL_ROWS = -1
"""What SQLite takes for a limit that is none."""


class UserGroups(Shape):
    """The groups of a user."""

    groups: Annotated[list[Reference], Field(description="The groups that the user is in.")]


class UserBranches(Shape):
    """The branches of a user."""

    branches: Annotated[list[Reference], Field(description="The branches that the user is in.")]


class UserCourse(Reference):
    """A course of a user, and how far the user is in it."""

    role: Annotated[
        Literal["learner", "instructor"], OBSERVED, Field(description="As what the user is in it.")
    ]
    enrolled_on: Annotated[Timestamp, OBSERVED, Field(description="When the user was enrolled.")]
    completed_on: Annotated[
        Timestamp | None,
        OBSERVED,
        Field(description="When the user completed it; null until then."),
    ]
    completion_status: Annotated[
        Literal["not_attempted", "incomplete", "completed", "failed"],
        OBSERVED,
        Field(description="How far the user is in it."),
    ]
    completion_percentage: Annotated[
        int, OBSERVED, Field(description="How many of its units are done, in percent.")
    ]
    score: Annotated[
        float | None, OBSERVED, Field(description="The average score, in percent; null without.")
    ]
    total_time: Annotated[int, OBSERVED, Field(description="The time spent in it, in seconds.")]


class UserCourses(Shape):
    """The courses of a user."""

    courses: Annotated[list[UserCourse], Field(description="The courses the user is enrolled in.")]


class UserCertificate(Reference):
    """A certificate of a user."""

    course: Annotated[Reference, OBSERVED, Field(description="The course it was issued for.")]
    issued_on: Annotated[Timestamp, OBSERVED, Field(description="When it was issued.")]
    expires_on: Annotated[
        Timestamp | None, OBSERVED, Field(description="When it expires; null where never.")
    ]
    download_url: Annotated[str, OBSERVED, Field(description="Where to download it.")]
    public_url: Annotated[str, OBSERVED, Field(description="Where everybody can see it.")]


class UserCertificates(Shape):
    """The certificates of a user."""

    certificates: Annotated[
        list[UserCertificate], Field(description="The certificates that the user was issued.")
    ]


class UserResources(Shape):
    """What belongs to a user."""

    branches: Annotated[list[Reference], Field(description="The branches that the user is in.")]
    groups: Annotated[list[Reference], Field(description="The groups that the user is in.")]
    courses: Annotated[list[Reference], Field(description="The courses the user is enrolled in.")]
    certificates: Annotated[
        list[Reference], Field(description="The certificates that the user was issued.")
    ]


class UserBadge(Shape):
    """A badge that a user has earned."""

    name: Annotated[str, Field(description="What the badge is called.")]
    type: Annotated[str, Field(description="What it is for, like activity or learning.")]
    image_url: Annotated[str, Field(description="The address of its picture.")]
    criteria: Annotated[str, Field(description="What earns it, in words.")]
    issued_on: Annotated[int, Field(description="When it was earned, in seconds since 1970.")]
    badge_set_id: Annotated[int, Field(description="The id of the set it belongs to.")]


class UserGamification(Shape):
    """Points, level and badges of a user."""

    points: Annotated[int, Field(description="The points earned so far.")]
    level: Annotated[int, Field(description="The level that the points give, from 1.")]
    badges: Annotated[list[UserBadge], Field(description="The badges, the first one first.")]


def _of_user(things: Table, joined: FromClause, link: Table) -> Expression:
    """Return the expression of the ids and names of the `things` that `link` gives a user."""
    rows = select(things.c.id, things.c.name).select_from(joined)
    return json_list(
        rows.where(link.c.user_id == users.c.id).order_by(things.c.id).correlate(users),
        lambda thing: json_object(id=thing.id, name=thing.name),
    )


_GROUPS = _of_user(groups, groups.join(group_users), group_users)
_BRANCHES = _of_user(branches, branches.join(branch_users), branch_users)
_COURSES = _of_user(courses, courses.join(enrollments), enrollments)
_CERTIFICATES = _of_user(certificates, certificates, certificates)


def _enrollments() -> Expression:
    rows = select(courses.c.id, courses.c.name, enrollments).select_from(enrollments.join(courses))
    of_user = rows.where(enrollments.c.user_id == users.c.id).order_by(courses.c.id)
    return json_list(
        of_user.correlate(users),
        lambda item: json_object(
            id=item.id,
            name=item.name,
            role=item.role,
            enrolled_on=item.enrolled_on,
            completed_on=item.completed_on,
            completion_status=item.completion_status,
            completion_percentage=item.completion_percentage,
            score=item.score,
            total_time=item.total_time,
        ),
    )


def _certificates() -> Expression:
    rows = (
        select(certificates, courses.c.name.label("course_name"))
        .select_from(certificates.join(courses))
        .where(certificates.c.user_id == users.c.id)
        .order_by(certificates.c.id)
        .limit(bindparam("page_size"))
        .offset(bindparam("page_offset"))
    )
    return json_list(
        rows.correlate(users),
        lambda item: json_object(
            id=item.id,
            name=item.name,
            course=reference(item.course_id, item.course_name),
            issued_on=item.issued_on,
            expires_on=item.expires_on,
            **certificate_urls(item.id),
        ),
    )


def _badges() -> Expression:
    rows = select(badges, user_badges.c.issued_on).select_from(user_badges.join(badges))
    of_user = rows.where(user_badges.c.user_id == users.c.id)
    return json_list(
        of_user.order_by(user_badges.c.issued_on, badges.c.id).correlate(users),
        lambda badge: json_object(
            name=badge.name,
            type=badge.type,
            image_url=badge.image_url,
            criteria=badge.criteria,
            issued_on=badge.issued_on,
            badge_set_id=badge.badge_set_id,
        ),
    )


def _query(**fields: Expression) -> Query[str]:
    return Query(
        select(json_object(**fields)).select_from(users).where(users.c.id == bindparam("id"))
    )


_USER_GROUPS = _query(groups=_GROUPS)
_USER_BRANCHES = _query(branches=_BRANCHES)
_USER_COURSES = _query(courses=_enrollments())
_USER_CERTIFICATES = _query(certificates=_certificates())
_USER_RESOURCES = _query(
    branches=_BRANCHES, groups=_GROUPS, courses=_COURSES, certificates=_CERTIFICATES
)
_USER_GAMIFICATION = _query(points=users.c.points, level=users.c.level, badges=_badges())


@operation(
    "GET",
    "/users/{id}/groups",
    "getUserGroups",
    tag="User",
    summary="Get user groups",
    response=one(UserGroups),
    known=DOCUMENTED,
)
def get_user_groups(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read the groups that the user is in."""
    return one_row(transaction, _USER_GROUPS, id, "user")


@operation(
    "GET",
    "/users/{id}/branches",
    "getUserBranches",
    tag="User",
    summary="Get user branches",
    response=one(UserBranches),
    known=DOCUMENTED,
)
def get_user_branches(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read the branches that the user is in."""
    return one_row(transaction, _USER_BRANCHES, id, "user")


@operation(
    "GET",
    "/users/{id}/courses",
    "getUserCourses",
    tag="User",
    summary="Get user courses",
    response=one(UserCourses),
    known=DOCUMENTED,
)
def get_user_courses(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read the courses that the user is in, with the progress in each."""
    return one_row(transaction, _USER_COURSES, id, "user")


@operation(
    "GET",
    "/users/{id}/certificates",
    "getUserCertificates",
    tag="User",
    summary="Get user certificates",
    response=one(UserCertificates),
    known=DOCUMENTED,
    query=(
        Parameter(
            NUMBER,
            "query",
            PAGE_NUMBER,
            required=False,
            known=OBSERVED_TOOL,
            description="The number of the part, from 1.",
        ),
        Parameter(
            SIZE,
            "query",
            PAGE_SIZE,
            required=False,
            known=OBSERVED_TOOL,
            description="How many certificates a part has at most.",
        ),
    ),
    rules=(
        Rule("without page parameters every certificate is listed"),
        Rule("with one of them a part is listed, without links and counts"),
        Rule("a certificate that has expired is listed, with its expires_on"),
    ),
)
def get_user_certificates(transaction: Transaction, id: int, **page: int | None) -> orjson.Fragment:
    """Read the certificates that the user was issued, whole or in parts."""
    # The vendor's names for these have brackets in them, which no argument can have.
    number, size = page[NUMBER], page[SIZE]
    limit, offset = ALL_ROWS, 0
    if number is not None or size is not None:
        limit = allowed_size(size or DEFAULT_SIZE, transaction.quirk("page_size_over_limit"))
        offset = min(((number or 1) - 1) * limit, LARGEST_ID)
    window = {"page_size": limit, "page_offset": offset}
    row = _USER_CERTIFICATES.first(transaction, id=id, **page_values(transaction), **window)
    if row is None:
        raise NotFound("user")
    return orjson.Fragment(row[0])


@operation(
    "GET",
    "/users/{id}/resources",
    "getUserResources",
    tag="User",
    summary="Get user resources",
    response=one(UserResources),
    known=DOCUMENTED,
)
def get_user_resources(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read the ids and names of everything that belongs to the user."""
    return one_row(transaction, _USER_RESOURCES, id, "user")


@operation(
    "GET",
    "/users/{id}/gamification",
    "getUserGamification",
    tag="User",
    summary="Get a user's gamification data",
    response=one(UserGamification),
    known=DOCUMENTED,
)
def get_user_gamification(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read the user's points, level and badges."""
    if not rewards.is_gamified(transaction):
        raise NotFound("gamification data")
    return one_row(transaction, _USER_GAMIFICATION, id, "user")
