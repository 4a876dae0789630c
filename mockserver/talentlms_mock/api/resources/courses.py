"""The operations of courses (operations.md, 21-25)."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    select,
)

from talentlms_mock.api.fidelity import (
    DOCUMENTED,
    INFERRED,
    OBSERVED,
    OBSERVED_TOOL,
    RECORDED,
    Rule,
)
from talentlms_mock.api.operation import NO_CONTENT, Filter, keyword, one, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.course_shapes import (
    Course,
    CourseUser,
    CreatedCourse,
    ListedCourse,
)
from talentlms_mock.api.resources.shapes import custom_fields, price
from talentlms_mock.api.rows import (
    Expression,
    Json,
    Query,
    html_and_text,
    json_boolean,
    json_list,
    json_object,
    json_or_null,
    one_row,
)
from talentlms_mock.api.values import (
    CASELESS,
    ID,
    STRING,
    Body,
    Count,
    Id,
    Money,
    OptionalText,
    Text,
    one_of,
)
from talentlms_mock.portal.contract.refusals import COURSE_ARCHIVED, COURSE_CODE_TAKEN
from talentlms_mock.portal.rules import courses as rules
from talentlms_mock.portal.rules.progress import SCORED_UNITS
from talentlms_mock.portal.state.clock import timestamp
from talentlms_mock.portal.store.models import (
    categories,
    course_field_values,
    course_fields,
    course_prerequisites,
    courses,
    enrollments,
    site,
    units,
    users,
)
from talentlms_mock.portal.store.row_types import CourseRow
from talentlms_mock.portal.store.transaction import Transaction

UnixSeconds = Annotated[int, Field(ge=0, le=253_402_300_799)]
"""A moment in seconds since 1970, up to the year 9999."""


class CourseInput(Body):
    """A course to create."""

    subject = "Course"

    name: Annotated[Text, Field(description="The name of the course.")]
    code: Annotated[
        OptionalText | None,
        Field(description="The code, unique among courses in any case; null is none."),
    ] = None
    description: Annotated[
        str | None, Field(description="What it is about, in HTML; null is no description.")
    ] = None
    category_id: Annotated[
        Id | None, Field(description="The id of its category; null is none.")
    ] = None
    price: Annotated[Money | None, Field(description="What it costs; null is free of charge.")] = (
        None
    )
    capacity: Annotated[
        Count | None, Field(description="How many users it can have; null is any number.")
    ] = None
    level: Annotated[
        Count | None, Field(description="The level of difficulty, from 0; null where unset.")
    ] = None
    time_limit: Annotated[
        int | None,
        Field(
            ge=1,
            le=36_500,
            description="How many days a user has from the enrollment on; null is no limit.",
        ),
    ] = None
    start_datetime: Annotated[
        UnixSeconds | None,
        RECORDED,
        Field(description="When it begins, in seconds since 1970; null is at once."),
    ] = None
    expiration_datetime: Annotated[
        UnixSeconds | None,
        RECORDED,
        Field(
            description="When it is over, in seconds since 1970; not with a time_limit. null "
            "is never."
        ),
    ] = None
    is_active: Annotated[bool, Field(description="Whether it is open to learners.")] = True
    custom_fields: Annotated[
        dict[str, str | bool | None], Field(description="Values by the names of custom fields.")
    ] = Field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """Return the columns of the course that the body gives."""
        columns = self.set_fields(
            "start_datetime", "expiration_datetime", "is_active", "custom_fields"
        )
        return columns | {
            "starts_at": _moment(self.start_datetime),
            "expires_at": _moment(self.expiration_datetime),
            "status": "active" if self.is_active else "inactive",
        }


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else timestamp(datetime.fromtimestamp(seconds, UTC))


_FROM = courses.outerjoin(categories).join(site, site.c.id == 1)
"""There is one site a portal; its currency is that of every price."""


def _text(value: str) -> Expression:
    """Return the expression of a constant text of ours, without a parameter."""
    return literal_column(f"'{value}'")


CATEGORY = json_or_null(
    categories.c.id,
    json_object(id=categories.c.id, parent_id=categories.c.parent_id, name=categories.c.name),
)
"""The expression of the category of a course that is joined with it."""

_ENROLLED = (
    select(func.count())
    .select_from(enrollments)
    .where(enrollments.c.course_id == courses.c.id)
    .scalar_subquery()
)
_PUBLIC_KEY = {
    "public_key": courses.c.public_key,
    "is_prerequisite": json_boolean(
        exists().where(course_prerequisites.c.prerequisite_id == courses.c.id)
    ),
    "remaining_licenses": json_or_null(
        courses.c.capacity, func.max(courses.c.capacity - _ENROLLED, 0)
    ),
}
_ABOUT = {
    "id": courses.c.id,
    "name": courses.c.name,
    "category": CATEGORY,
    "description": html_and_text(courses.c.description, courses.c.description_text),
    "code": courses.c.code,
    "status": courses.c.status,
    "creation_date": courses.c.creation_date,
    "last_updated_on": courses.c.last_updated_on,
    "price": price(courses.c.price, site.c.currency),
}
_DISCOUNTED = {"discounted_price": price(courses.c.discounted_price, site.c.currency)}
_LEVEL = {"level": courses.c.level}
_CATALOG = {
    "capacity": courses.c.capacity,
    "is_hidden_from_catalog": json_boolean(courses.c.is_hidden_from_catalog),
    "is_locked": json_boolean(courses.c.is_locked),
}


def _unit_ids(*where: ColumnElement[bool]) -> Json:
    """Return the expression of the ids of a course's units of a kind, in their order."""
    rows = select(units.c.id).where(units.c.course_id == courses.c.id, *where)
    in_order = rows.order_by(units.c.position, units.c.id).correlate(courses)
    return json_list(in_order, lambda unit: unit.id)


def _has_unit(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(units.c.course_id == courses.c.id, *where).correlate(courses)


def _prerequisites() -> Json:
    needed = courses.alias()
    rows = (
        select(needed.c.id, needed.c.name)
        .select_from(
            course_prerequisites.join(needed, needed.c.id == course_prerequisites.c.prerequisite_id)
        )
        .where(course_prerequisites.c.course_id == courses.c.id)
        .order_by(needed.c.id)
        .correlate(courses)
    )
    return json_list(rows, lambda course: json_object(id=course.id, name=course.name))


def _completion() -> Expression:
    percentage = json_object(
        rule_type=_text("unit_percentage"),
        unit_percentage=courses.c.unit_percentage,
        complete_units=null(),
    )
    required = json_object(
        rule_type=_text("complete_units"),
        unit_percentage=null(),
        complete_units=_unit_ids(units.c.is_required),
    )
    everything = json_object(
        rule_type=_text("all_units"), unit_percentage=null(), complete_units=null()
    )
    has_percentage = courses.c.unit_percentage.is_not(None)
    has_required = _has_unit(~units.c.is_required)
    return case(
        (and_(has_percentage, has_required), func.json_array(percentage, required)),
        (has_percentage, func.json_array(percentage)),
        (has_required, func.json_array(required)),
        else_=func.json_array(everything),
    )


def _score_calculation() -> Expression:
    scored = units.c.type.in_([literal_column(f"'{kind}'") for kind in sorted(SCORED_UNITS)])
    chosen = json_object(
        rule_type=_text("score_units"), score_units=_unit_ids(scored, units.c.counts_for_score)
    )
    everything = json_object(rule_type=_text("all_tests_and_assignments"), score_units=null())
    return case(
        (_has_unit(scored, ~units.c.counts_for_score), func.json_array(chosen)),
        else_=func.json_array(everything),
    )


def _availability() -> Json:
    now: Expression = bindparam("now")
    reason = case(
        (courses.c.status != _text("active"), _text("inactive")),
        (courses.c.starts_at > now, _text("not_started")),
        (courses.c.expires_at <= now, _text("expired")),
        (courses.c.capacity <= _ENROLLED, _text("full")),
        else_=null(),
    )
    return json_object(is_available=json_boolean(reason.is_(None)), reason=reason)


_COVER = "https://static.example.com/courses/cover"
_DEFAULT_COVER = json_object(
    **{size: _text(f"{_COVER}_{size}.png") for size in ("default", "sm", "md", "lg")}, xl=null()
)
_CREATED = json_object(
    **_ABOUT, **_DISCOUNTED, **_LEVEL, **_CATALOG, time_limit=courses.c.time_limit
)
_LISTED = json_object(**_ABOUT, **_CATALOG, **_PUBLIC_KEY)
_WHOLE = json_object(
    **_ABOUT,
    **_DISCOUNTED,
    intro_video=json_or_null(
        courses.c.intro_video_url,
        json_object(url=courses.c.intro_video_url, type=courses.c.intro_video_type),
    ),
    cover_image=func.json(func.coalesce(courses.c.cover_image, _DEFAULT_COVER)),
    **_LEVEL,
    **_CATALOG,
    rating=json_or_null(
        func.nullif(courses.c.rating_count, literal_column("0")),
        json_object(average=courses.c.rating_average, count=courses.c.rating_count),
    ),
    rules=json_object(
        traversal=courses.c.traversal,
        prerequisites=_prerequisites(),
        completion=_completion(),
        score_calculation=_score_calculation(),
    ),
    starts_at=courses.c.starts_at,
    expires_at=courses.c.expires_at,
    time_limit=courses.c.time_limit,
    availability=_availability(),
    retain_access_after_completion=json_boolean(courses.c.retain_access_after_completion),
    **_PUBLIC_KEY,
    custom_fields=custom_fields(course_fields, course_field_values, courses),
)

_BY_ID = courses.c.id == bindparam("id")
_CREATED_COURSE = Query(select(_CREATED).select_from(_FROM).where(_BY_ID))
_COURSE = Query(select(_WHOLE).select_from(_FROM).where(_BY_ID))
_LISTING = Listing(select(_LISTED).select_from(_FROM), courses, courses.c.id)

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


def _in_category(name: Expression) -> ColumnElement[bool]:
    one = categories.alias()
    has_name = func.instr(func.casefold(one.c.name), name) > 0
    return exists().where(one.c.id == courses.c.category_id, has_name)


@operation(
    "GET",
    "/courses",
    "getCourses",
    tag="Course",
    summary="List all courses",
    response=page_of(ListedCourse, RECORDED),
    known=DOCUMENTED,
    recorded=2,
    filters=(
        Filter(
            "custom_field_value",
            "eq",
            STRING,
            _has_custom_value,
            RECORDED,
            "The whole value of any custom field of the course.",
            "Everyone",
        ),
        Filter(
            "status",
            "eq",
            one_of("active", "inactive"),
            lambda value: courses.c.status == value,
            INFERRED,
            "The status.",
        ),
        keyword(courses.c.search_key, INFERRED, "A part of the name or code, in any case."),
        Filter(
            "category_id",
            "eq",
            ID,
            lambda value: courses.c.category_id == value,
            INFERRED,
            "The id of the category that they are in.",
        ),
        Filter(
            "category",
            "like",
            CASELESS,
            _in_category,
            OBSERVED,
            "A part of the name of the category that the course is in, in any case.",
            "safe",
        ),
    ),
)
def get_courses(transaction: Transaction, page: PageRequest) -> Page:
    """List the courses, a page at a time. Archived courses are left out."""
    return _LISTING.fetch(transaction, page)


@operation(
    "POST",
    "/courses",
    "createCourse",
    tag="Course",
    summary="Create course",
    response=one(CreatedCourse, RECORDED),
    known=DOCUMENTED,
    recorded=4,
    conflicts=(COURSE_CODE_TAKEN,),
    body=CourseInput,
    rules=(
        Rule("a course without a name answers 400, a category that does not exist 404", RECORDED),
        Rule("a time_limit together with an expiration_datetime answers 400", RECORDED),
        Rule("a code that another course has answers 400"),
        Rule("a price comes back: the portal has a payment processor"),
    ),
)
def create_course(transaction: Transaction, body: CourseInput) -> orjson.Fragment:
    """Create a course without units."""
    id = rules.create_course(transaction, body.columns(), body.custom_fields)
    return one_row(transaction, _CREATED_COURSE, id, "course")


@operation(
    "GET",
    "/courses/{id}",
    "getCourse",
    tag="Course",
    summary="Get a course",
    response=one(Course, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    rules=(Rule("an archived course answers 404"),),
)
def get_course(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read one course with its rules, rating and custom fields, but without its units."""
    return one_row(transaction, _COURSE, id, "course", now=transaction.now)


@operation(
    "DELETE",
    "/courses/{id}",
    "deleteCourse",
    tag="Course",
    summary="Delete a course",
    response=NO_CONTENT,
    known=DOCUMENTED,
    recorded=4,
    conflicts=(COURSE_ARCHIVED,),
    rules=(
        Rule("the course is archived: the portal can restore it", RECORDED),
        Rule("a course that is archived already answers 409", RECORDED),
        Rule("its enrollments, progress and certificates are out of sight with it"),
        Rule("its code is free for another course"),
    ),
)
def delete_course(transaction: Transaction, id: int) -> None:
    """Archive a course: it disappears from lists and memberships, and the portal can restore it."""
    rules.archive_course(transaction, id)


@operation(
    "GET",
    "/courses/{id}/users",
    "getCourseUsers",
    tag="Course",
    summary="Get the users of a course",
    response=page_of(CourseUser, INFERRED),
    known=OBSERVED_TOOL,
)
def get_course_users(transaction: Transaction, id: int, page: PageRequest) -> Page:
    """List the users of a course with their progress, a page at a time."""
    transaction.find(CourseRow, id)
    return _USERS.fetch(transaction, page, id=id)
