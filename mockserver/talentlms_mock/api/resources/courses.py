"""The operations of courses (operations.md, 21-25)."""

from typing import Annotated, Literal

import orjson
from pydantic import Field
from sqlalchemy import ColumnElement, bindparam, exists, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED, OBSERVED_TOOL, Rule
from talentlms_mock.api.operation import NO_CONTENT, Filter, keyword, one, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.shapes import (
    CustomFieldValue,
    Image,
    Price,
    Reference,
    RichText,
    custom_fields,
    image,
    price,
    reference,
)
from talentlms_mock.api.rows import (
    Expression,
    Query,
    html_and_text,
    json_boolean,
    json_list,
    json_object,
    json_or_null,
    one_row,
)
from talentlms_mock.api.values import (
    ID,
    STRING,
    Body,
    Count,
    Moment,
    Money,
    OptionalText,
    Shape,
    Text,
    Timestamp,
    one_of,
)
from talentlms_mock.portal.contract.refusals import COURSE_CODE_TAKEN
from talentlms_mock.portal.rules import courses as rules
from talentlms_mock.portal.store.models import (
    categories,
    course_field_values,
    course_fields,
    courses,
    enrollments,
    site,
    units,
    users,
)
from talentlms_mock.portal.store.row_types import CourseRow
from talentlms_mock.portal.store.transaction import Transaction

Status = Literal["active", "inactive"]


class CreatedCourse(Shape):
    id: int
    name: str
    code: str | None
    description: RichText | None
    category: Reference | None
    price: Price | None
    discounted_price: Price | None
    status: Status
    creation_date: Timestamp
    last_updated_on: Timestamp
    is_hidden_from_catalog: bool
    is_locked: bool
    capacity: int | None
    level: int | None
    time_limit: int | None


class ListedCourse(Shape):
    id: int
    name: str
    code: str | None
    description: RichText | None
    category: Reference | None
    price: Price | None
    status: Status
    creation_date: Timestamp
    last_updated_on: Timestamp
    is_hidden_from_catalog: bool
    is_locked: bool
    is_prerequisite: bool
    capacity: int | None
    level: int | None
    time_limit: int | None
    public_key: str
    remaining_licenses: int | None


class Availability(Shape):
    starts_at: Timestamp | None
    expires_at: Timestamp | None
    time_limit: int | None


class IntroVideo(Shape):
    url: str
    type: str


class Rating(Shape):
    average: float | None
    count: int


class Rules(Shape):
    completion: str
    score: str
    traversal: str


class UnitOfCourse(Shape):
    id: int
    name: str
    type: Literal["content", "video", "test", "survey", "assignment", "scorm", "ilt"]


class Course(ListedCourse):
    availability: Availability
    cover_image: Image
    custom_fields: list[CustomFieldValue]
    discounted_price: Price | None
    starts_at: Timestamp | None
    expires_at: Timestamp | None
    intro_video: IntroVideo | None
    rating: Rating
    retain_access_after_completion: bool
    rules: Rules
    units: Annotated[list[UnitOfCourse], INFERRED]


class CourseUser(Shape):
    id: int
    login: str
    name: str
    surname: str
    email: str
    role: Literal["learner", "instructor"]
    enrolled_on: Annotated[Timestamp, OBSERVED_TOOL]
    completion_status: Annotated[
        Literal["not_attempted", "incomplete", "completed", "failed"], OBSERVED_TOOL
    ]
    completion_percentage: Annotated[int, OBSERVED_TOOL]
    completed_on: Annotated[Timestamp | None, OBSERVED_TOOL]
    score: float | None
    total_time: Annotated[int, OBSERVED_TOOL]


class NewCourse(Body):
    subject = "Course"

    name: Text
    code: OptionalText | None = None
    description: str | None = None
    category_id: int | None = None
    price: Money | None = None
    capacity: Count | None = None
    level: Count | None = None
    time_limit: int | None = Field(default=None, ge=1, le=36_500)
    start_datetime: Moment | None = None
    expiration_datetime: Moment | None = None
    is_active: bool = True
    custom_fields: dict[str, str | bool | None] = Field(default_factory=dict)


_FROM = courses.outerjoin(categories).join(site, site.c.id == 1)
"""There is one site a portal; its currency is that of every price."""

_ENROLLED = (
    select(func.count())
    .select_from(enrollments)
    .where(enrollments.c.course_id == courses.c.id)
    .scalar_subquery()
)

_CREATED = {
    "id": courses.c.id,
    "name": courses.c.name,
    "code": courses.c.code,
    "description": html_and_text(courses.c.description, courses.c.description_text),
    "category": reference(categories.c.id, categories.c.name),
    "price": price(courses.c.price, site.c.currency),
    "discounted_price": price(courses.c.discounted_price, site.c.currency),
    "status": courses.c.status,
    "creation_date": courses.c.creation_date,
    "last_updated_on": courses.c.last_updated_on,
    "is_hidden_from_catalog": json_boolean(courses.c.is_hidden_from_catalog),
    "is_locked": json_boolean(courses.c.is_locked),
    "capacity": courses.c.capacity,
    "level": courses.c.level,
    "time_limit": courses.c.time_limit,
}
_LISTED = {name: value for name, value in _CREATED.items() if name != "discounted_price"} | {
    "is_prerequisite": json_boolean(courses.c.is_prerequisite),
    "public_key": courses.c.public_key,
    "remaining_licenses": json_or_null(
        courses.c.capacity, func.max(courses.c.capacity - _ENROLLED, 0)
    ),
}


def _units() -> Expression:
    rows = select(units.c.id, units.c.name, units.c.type).where(units.c.course_id == courses.c.id)
    return json_list(
        rows.order_by(units.c.position, units.c.id).correlate(courses),
        lambda unit: json_object(id=unit.id, name=unit.name, type=unit.type),
    )


_WHOLE = _LISTED | {
    "availability": json_object(
        starts_at=courses.c.starts_at,
        expires_at=courses.c.expires_at,
        time_limit=courses.c.time_limit,
    ),
    "cover_image": func.json(image(courses.c.cover_image, "courses/cover")),
    "custom_fields": custom_fields(course_fields, course_field_values, courses),
    "discounted_price": _CREATED["discounted_price"],
    "starts_at": courses.c.starts_at,
    "expires_at": courses.c.expires_at,
    "intro_video": json_or_null(
        courses.c.intro_video_url,
        json_object(url=courses.c.intro_video_url, type=courses.c.intro_video_type),
    ),
    "rating": json_object(average=courses.c.rating_average, count=courses.c.rating_count),
    "retain_access_after_completion": json_boolean(courses.c.retain_access_after_completion),
    "rules": json_object(
        completion=courses.c.rule_completion,
        score=courses.c.rule_score,
        traversal=courses.c.rule_traversal,
    ),
    "units": _units(),
}

_BY_ID = courses.c.id == bindparam("id")
_CREATED_COURSE = Query(select(json_object(**_CREATED)).select_from(_FROM).where(_BY_ID))
_COURSE = Query(select(json_object(**_WHOLE)).select_from(_FROM).where(_BY_ID))
_LISTING = Listing(select(json_object(**_LISTED)).select_from(_FROM), courses, courses.c.id)

_ENROLLED_USERS = enrollments.join(users)
_USERS = Listing(
    select(
        json_object(
            id=users.c.id,
            login=users.c.login,
            name=users.c.name,
            surname=users.c.surname,
            email=users.c.email,
            role=enrollments.c.role,
            enrolled_on=enrollments.c.enrolled_on,
            completion_status=enrollments.c.completion_status,
            completion_percentage=enrollments.c.completion_percentage,
            completed_on=enrollments.c.completed_on,
            score=enrollments.c.score,
            total_time=enrollments.c.total_time,
        )
    ).select_from(_ENROLLED_USERS),
    enrollments,
    enrollments.c.user_id,
    enrollments.c.course_id == bindparam("id"),
)


def _has_custom_value(value: Expression) -> ColumnElement[bool]:
    return exists().where(
        course_field_values.c.owner_id == courses.c.id, course_field_values.c.value == value
    )


@operation(
    "GET",
    "/courses",
    "getCourses",
    tag="Course",
    summary="List all courses",
    answer=page_of(ListedCourse, OBSERVED),
    known=DOCUMENTED,
    filters=(
        Filter("custom_field_value", "eq", STRING, _has_custom_value, INFERRED),
        Filter(
            "status",
            "eq",
            one_of("active", "inactive"),
            lambda value: courses.c.status == value,
            INFERRED,
        ),
        keyword(courses.c.search_key, INFERRED),
        Filter(
            "category_id",
            "eq",
            ID,
            lambda value: courses.c.category_id == value,
            INFERRED,
        ),
    ),
)
def get_courses(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page)


@operation(
    "POST",
    "/courses",
    "createCourse",
    tag="Course",
    summary="Create course",
    answer=one(CreatedCourse, OBSERVED),
    known=DOCUMENTED,
    conflicts=(COURSE_CODE_TAKEN,),
    body=NewCourse,
    rules=(
        Rule("a course without a name answers 400", OBSERVED),
        Rule("a code that another course has answers 400"),
    ),
)
def create_course(transaction: Transaction, body: NewCourse) -> orjson.Fragment:
    values = body.set_fields(
        "start_datetime", "expiration_datetime", "is_active", "custom_fields"
    ) | {
        "starts_at": body.start_datetime,
        "expires_at": body.expiration_datetime,
        "status": "active" if body.is_active else "inactive",
    }
    id = rules.create_course(transaction, values, body.custom_fields)
    return one_row(transaction, _CREATED_COURSE, id, "course")


@operation(
    "GET",
    "/courses/{id}",
    "getCourse",
    tag="Course",
    summary="Get a course",
    answer=one(Course, OBSERVED),
    known=DOCUMENTED,
)
def get_course(transaction: Transaction, id: int) -> orjson.Fragment:
    return one_row(transaction, _COURSE, id, "course")


@operation(
    "DELETE",
    "/courses/{id}",
    "deleteCourse",
    tag="Course",
    summary="Delete a course",
    answer=NO_CONTENT,
    known=DOCUMENTED,
)
def delete_course(transaction: Transaction, id: int) -> None:
    rules.delete_course(transaction, transaction.find(CourseRow, id))


@operation(
    "GET",
    "/courses/{id}/users",
    "getCourseUsers",
    tag="Course",
    summary="Get the users of a course",
    answer=page_of(CourseUser, INFERRED),
    known=OBSERVED_TOOL,
)
def get_course_users(transaction: Transaction, id: int, page: PageRequest) -> Page:
    transaction.find(CourseRow, id)
    return _USERS.fetch(transaction, page, id=id)
