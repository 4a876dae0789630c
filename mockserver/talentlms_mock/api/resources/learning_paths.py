"""The operations of learning paths (operations.md, 63-66)."""

from typing import Annotated, Literal

import orjson
from sqlalchemy import bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED, Rule
from talentlms_mock.api.operation import NO_CONTENT, Filter, keyword, one, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.shapes import Price, Reference, price, reference
from talentlms_mock.api.rows import Query, json_list, json_object, one_row
from talentlms_mock.api.values import Body, Id, Shape, Timestamp, one_of
from talentlms_mock.portal.contract.refusals import ALREADY_IN_LEARNING_PATH, NOT_IN_LEARNING_PATH
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
    id: int
    name: str
    description: str | None
    status: Literal["active", "inactive"]
    category: Reference | None
    price: Price | None
    starts_at: Timestamp | None
    expires_at: Timestamp | None
    rules: dict[str, str]
    courses_count: Annotated[int, INFERRED]


class CourseOfLearningPath(Shape):
    id: int
    name: str
    order: int


class LearningPath(ListedLearningPath):
    courses: Annotated[list[CourseOfLearningPath], INFERRED]


class CreatedLearningPathEnrollment(Shape):
    user_id: int
    learning_path_id: int
    enrolled_on: Timestamp


class LearningPathEnrollment(Body):
    user_id: Id
    learning_path_id: Id


_OF_PATH = learning_path_courses.c.learning_path_id == learning_paths.c.id
_FROM = learning_paths.outerjoin(categories).join(site, site.c.id == 1)
"""There is one site a portal; its currency is that of every price."""

_LISTED = {
    "id": learning_paths.c.id,
    "name": learning_paths.c.name,
    "description": learning_paths.c.description,
    "status": learning_paths.c.status,
    "category": reference(categories.c.id, categories.c.name),
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
    answer=page_of(ListedLearningPath, OBSERVED),
    known=DOCUMENTED,
    filters=(
        keyword(learning_paths.c.search_key, INFERRED),
        Filter(
            "status",
            "eq",
            one_of("active", "inactive"),
            lambda value: learning_paths.c.status == value,
            INFERRED,
        ),
    ),
)
def get_learning_paths(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page)


@operation(
    "GET",
    "/learning-paths/{id}",
    "getLearningPath",
    tag="Learning Paths",
    summary="Get learning path",
    answer=one(LearningPath, OBSERVED),
    known=DOCUMENTED,
)
def get_learning_path(transaction: Transaction, id: int) -> orjson.Fragment:
    return one_row(transaction, _PATH, id, "learning path")


@operation(
    "POST",
    "/learning-paths/enrollments",
    "createLearningPathEnrollment",
    tag="Learning Paths",
    summary="Enroll a user to a learning path",
    answer=one(CreatedLearningPathEnrollment, INFERRED),
    known=DOCUMENTED,
    conflicts=(ALREADY_IN_LEARNING_PATH,),
    body=LearningPathEnrollment,
    rules=(
        Rule("the user is enrolled in those courses of the path that it is not in, in their order"),
        Rule("when one of the courses refuses, nothing is done and the answer is 400"),
        Rule("a user who is in the path already, or not active, is 400"),
        Rule("a path that is not active, has not begun or is over is 400"),
    ),
)
def create_learning_path_enrollment(
    transaction: Transaction, body: LearningPathEnrollment
) -> dict[str, object]:
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
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(NOT_IN_LEARNING_PATH,),
    body=LearningPathEnrollment,
    ids_in_query=True,
    rules=(
        Rule("the answer is 204, without the removed enrollment"),
        Rule("the user stays in the courses of the path"),
        Rule("a user who is not in the path is 404"),
    ),
)
def delete_learning_path_enrollment(transaction: Transaction, body: LearningPathEnrollment) -> None:
    rules.remove_enrollment(transaction, body.user_id, body.learning_path_id)
