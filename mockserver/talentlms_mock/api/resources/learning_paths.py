"""The operations of learning paths (operations.md, 63-66)."""

from typing import Annotated, Literal

import orjson
from pydantic import Field
from sqlalchemy import bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED, Rule
from talentlms_mock.api.operation import (
    NO_CONTENT_INFERRED,
    Filter,
    keyword,
    one,
    operation,
    page_of,
)
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.categories import CategoryOfCourse
from talentlms_mock.api.resources.courses import CATEGORY
from talentlms_mock.api.resources.shapes import Price, RichText, price
from talentlms_mock.api.rows import Query, html_and_text, json_list, json_object, one_row
from talentlms_mock.api.values import Body, Id, Shape, Timestamp, one_of
from talentlms_mock.portal.contract.refusals import (
    ALREADY_IN_LEARNING_PATH,
    NOT_IN_LEARNING_PATH,
    USER_ARCHIVED,
)
from talentlms_mock.portal.rules import learning_paths as rules
from talentlms_mock.portal.store.models import (
    categories,
    courses,
    learning_path_courses,
    learning_paths,
    site,
)
from talentlms_mock.portal.store.transaction import Transaction


class ListedLearningPath(Shape):
    """A learning path in a list."""

    id: Annotated[int, Field(description="The learning path's id.")]
    name: Annotated[str, Field(description="The name of the learning path.")]
    description: Annotated[
        RichText | None,
        INFERRED,
        Field(description="What it is about; null where there is no description."),
    ]
    status: Annotated[
        Literal["active", "inactive"],
        Field(description="Whether it is open: inactive is closed to learners."),
    ]
    category: Annotated[
        CategoryOfCourse | None,
        INFERRED,
        Field(description="The category that it is in; null is none."),
    ]
    price: Annotated[
        Price | None, INFERRED, Field(description="What it costs; null is free of charge.")
    ]
    starts_at: Annotated[Timestamp | None, Field(description="When it opens; null is at once.")]
    expires_at: Annotated[Timestamp | None, Field(description="When it closes; null is never.")]
    rules: Annotated[
        dict[str, str], Field(description="In which order it is taken, and what completes it.")
    ]
    courses_count: Annotated[int, INFERRED, Field(description="How many courses it has.")]


class CourseOfLearningPath(Shape):
    """A course of a learning path."""

    id: Annotated[int, Field(description="The course's id.")]
    name: Annotated[str, Field(description="The name of the course.")]
    order: Annotated[int, Field(description="The place among the courses; the first is 1.")]


class LearningPath(ListedLearningPath):
    """A learning path: courses that are taken one after the other."""

    courses: Annotated[
        list[CourseOfLearningPath], INFERRED, Field(description="Its courses, in their order.")
    ]


class CreatedLearningPathEnrollment(Shape):
    """A user who has just been enrolled in a learning path."""

    user_id: Annotated[int, Field(description="The user's id.")]
    learning_path_id: Annotated[int, Field(description="The learning path's id.")]
    enrolled_on: Annotated[Timestamp, Field(description="When the user was enrolled.")]


class PathEnrollmentInput(Body):
    """A user and a learning path."""

    user_id: Annotated[Id, Field(description="The user's id.")]
    learning_path_id: Annotated[Id, Field(description="The learning path's id.")]


_OF_PATH = learning_path_courses.c.learning_path_id == learning_paths.c.id
_FROM = learning_paths.outerjoin(categories).join(site, site.c.id == 1)
"""There is one site a portal; its currency is that of every price."""

_LISTED = {
    "id": learning_paths.c.id,
    "name": learning_paths.c.name,
    "description": html_and_text(learning_paths.c.description, learning_paths.c.description_text),
    "status": learning_paths.c.status,
    "category": CATEGORY,
    "price": price(learning_paths.c.price, site.c.currency),
    "starts_at": learning_paths.c.starts_at,
    "expires_at": learning_paths.c.expires_at,
    "rules": func.json(learning_paths.c.rules),
    "courses_count": select(func.count())
    .select_from(learning_path_courses)
    .where(_OF_PATH)
    .scalar_subquery(),
}
_COURSES = (
    select(courses.c.id, courses.c.name, learning_path_courses.c.position)
    .select_from(learning_path_courses.join(courses))
    .where(_OF_PATH)
    .order_by(learning_path_courses.c.position)
    .correlate(learning_paths)
)
_PATH = Query(
    select(
        json_object(
            **_LISTED,
            courses=json_list(
                _COURSES,
                lambda course: json_object(id=course.id, name=course.name, order=course.position),
            ),
        )
    )
    .select_from(_FROM)
    .where(learning_paths.c.id == bindparam("id"))
)
_LISTING = Listing(
    select(json_object(**_LISTED)).select_from(_FROM), learning_paths, learning_paths.c.id
)


@operation(
    "GET",
    "/learning-paths",
    "getLearningPaths",
    tag="Learning Paths",
    summary="Get learning paths",
    response=page_of(ListedLearningPath, OBSERVED),
    known=DOCUMENTED,
    filters=(
        keyword(learning_paths.c.search_key, INFERRED),
        Filter(
            "status",
            "eq",
            one_of("active", "inactive"),
            lambda value: learning_paths.c.status == value,
            INFERRED,
            "Whether it is open to learners.",
        ),
    ),
)
def get_learning_paths(transaction: Transaction, page: PageRequest) -> Page:
    """List the learning paths, a page at a time."""
    return _LISTING.fetch(transaction, page)


@operation(
    "GET",
    "/learning-paths/{id}",
    "getLearningPath",
    tag="Learning Paths",
    summary="Get learning path",
    response=one(LearningPath, OBSERVED),
    known=DOCUMENTED,
)
def get_learning_path(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read one learning path with its courses in their order."""
    return one_row(transaction, _PATH, id, "learning path")


@operation(
    "POST",
    "/learning-paths/enrollments",
    "createLearningPathEnrollment",
    tag="Learning Paths",
    summary="Enroll a user to a learning path",
    response=one(CreatedLearningPathEnrollment, INFERRED),
    known=DOCUMENTED,
    conflicts=(ALREADY_IN_LEARNING_PATH, USER_ARCHIVED),
    body=PathEnrollmentInput,
    rules=(
        Rule("the user is enrolled in those courses of the path that it is not in, in their order"),
        Rule("when one of the courses refuses, nothing is done, and it answers 400"),
        Rule("a user who is in the path already, or archived, answers 409"),
        Rule("a user who is not active answers 400"),
        Rule("a path that is not active, has not begun or is over answers 400"),
        Rule("who has completed all of its courses has completed the path"),
    ),
)
def create_learning_path_enrollment(
    transaction: Transaction, body: PathEnrollmentInput
) -> dict[str, object]:
    """Enroll a user in a learning path."""
    rules.enroll(transaction, body.user_id, body.learning_path_id)
    return {
        "user_id": body.user_id,
        "learning_path_id": body.learning_path_id,
        "enrolled_on": transaction.now,
    }


@operation(
    "DELETE",
    "/learning-paths/enrollments",
    "deleteLearningPathEnrollment",
    tag="Learning Paths",
    summary="Remove a user from a learning path",
    response=NO_CONTENT_INFERRED,
    known=DOCUMENTED,
    conflicts=(NOT_IN_LEARNING_PATH, USER_ARCHIVED),
    body=PathEnrollmentInput,
    ids_in_query=True,
    rules=(
        Rule("the user stays in the courses of the path"),
        Rule("a user who is not in the path, or archived, answers 409"),
    ),
)
def delete_learning_path_enrollment(transaction: Transaction, body: PathEnrollmentInput) -> None:
    """Remove a user from a learning path; the user stays enrolled in its courses."""
    rules.remove_enrollment(transaction, body.user_id, body.learning_path_id)
