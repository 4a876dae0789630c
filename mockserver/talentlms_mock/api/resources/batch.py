"""The batch operations (operations.md, 60-62)."""

from collections.abc import Collection, Iterable
from typing import Annotated, Literal

from pydantic import Field, SkipValidation, ValidationError
from sqlalchemy import select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.resources.enrollments import EnrollmentInput
from talentlms_mock.api.values import Body, Email, OptionalText, Shape, Text, refusal_of
from talentlms_mock.portal.journal.redaction import is_secret
from talentlms_mock.portal.journal.secret_values import HIDDEN
from talentlms_mock.portal.rules import tasks
from talentlms_mock.portal.rules.batch import (
    CREATE_ENROLLMENTS,
    LARGEST,
    UPSERT_COURSES,
    UPSERT_USERS,
)
from talentlms_mock.portal.store.models import user_fields
from talentlms_mock.portal.store.transaction import Transaction

Status = Literal["active", "inactive"]


class StartedTask(Shape):
    """The task that does the items, after the response."""

    task_id: Annotated[str, Field(description="The id to ask for at /tasks/{id}.")]


FirstName = Annotated[Text, Field(description="The first name.")]
Surname = Annotated[Text, Field(description="The last name.")]
Login = Annotated[Text, Field(description="What the user signs in with; unique in any case.")]
EmailAddress = Annotated[Email, Field(description="The email address; unique in any case.")]
UserStatus = Annotated[Status, Field(description="Whether the user may sign in.")]


class NewUserItem(Body):
    """A user to add; custom fields come by their keys."""

    subject = "User"

    name: FirstName
    surname: Surname
    login: Login
    email: EmailAddress
    status: UserStatus = "active"


class ChangedUserItem(Body):
    """A user to change, by id; custom fields come by their keys."""

    subject = "User"

    id: Annotated[int, Field(description="The id of the user.")]
    name: FirstName = ""
    surname: Surname = ""
    login: Login = ""
    email: EmailAddress = ""
    status: UserStatus = "active"


class CourseItem(Body):
    """A course to change, by id or code, or one to add."""

    subject = "Course"

    id: Annotated[int, Field(description="The id of the course to change.")] = 0
    name: Annotated[Text, Field(description="The name; a course to add needs one.")] = ""
    code: Annotated[
        OptionalText | None,
        Field(description="The code, which finds a course that has no id here; null is none."),
    ] = None
    description: Annotated[
        str | None, Field(description="What it is about, in HTML; null is no description.")
    ] = None
    is_active: Annotated[bool, Field(description="Whether it is open to learners.")] = True


# An item that is not well formed is refused on the task, and does not stop the others.
_Users = Annotated[
    list[SkipValidation[NewUserItem | ChangedUserItem]],
    Field(min_length=1, max_length=LARGEST, description="The users to add or to change."),
]
_Courses = Annotated[
    list[SkipValidation[CourseItem]],
    Field(min_length=1, max_length=LARGEST, description="The courses to add or to change."),
]
_Enrollments = Annotated[
    list[SkipValidation[EnrollmentInput]],
    Field(min_length=1, max_length=LARGEST, description="The users to enroll, and their courses."),
]


class UserItems(Body):
    """Users to add or to change."""

    users: _Users

    def extra_fields(self) -> dict[str, object]:
        return super().extra_fields() | _further("users", self.users, ChangedUserItem)

    def allowed_extra(self, transaction: Transaction) -> Collection[str]:
        keys = transaction.connection.execute(_FIELD_KEYS).scalars()
        return [f"users.{key}" for key in keys] + _left_to_the_task(self, transaction, "users")


class CourseItems(Body):
    """Courses to add or to change."""

    courses: _Courses

    def extra_fields(self) -> dict[str, object]:
        return super().extra_fields() | _further("courses", self.courses, CourseItem)

    def allowed_extra(self, transaction: Transaction) -> Collection[str]:
        return _left_to_the_task(self, transaction, "courses")


class EnrollmentItems(Body):
    """Users to enroll in courses."""

    enrollments: _Enrollments

    def extra_fields(self) -> dict[str, object]:
        return super().extra_fields() | _further("enrollments", self.enrollments, EnrollmentInput)

    def allowed_extra(self, transaction: Transaction) -> Collection[str]:
        return _left_to_the_task(self, transaction, "enrollments")


_FIELD_KEYS = select(user_fields.c.key)


def _further(name: str, items: Iterable[object], model: type[Body]) -> dict[str, object]:
    """Return the fields of `items` that `model` does not declare."""
    return {
        f"{name}.{key}": value
        for item in items
        if isinstance(item, dict)
        for key, value in item.items()
        if key not in model.model_fields
    }


def _left_to_the_task(body: Body, transaction: Transaction, name: str) -> list[str]:
    """Return the unknown fields that are no reason to refuse the whole request."""
    if transaction.quirk("unknown_body_field") != "reject":
        return []
    return [field for field in body.extra_fields() if field.startswith(f"{name}.")]


def _item(model: type[Body], item: object) -> tasks.Item:
    """Return what the task's job is told of `item` (portal/batch.py)."""
    if not isinstance(item, dict):
        return {"refused": "An item must be an object"}
    try:
        body = model.model_validate(item)
    except ValidationError as error:
        return {"refused": refusal_of(model, error).text}
    extra = body.extra_fields()  # kept with the task, and so in a saved portal
    kept = {name: HIDDEN if is_secret(name) else value for name, value in extra.items()}
    return {"values": body.set_fields(), "extra": kept}


def _user_item(item: object) -> tasks.Item:
    is_new = isinstance(item, dict) and "id" not in item
    return _item(NewUserItem if is_new else ChangedUserItem, item)


_RULES = (
    Rule("an item that cannot be done is listed on the task, and the others are done"),
    Rule(f"none and more than {LARGEST} items answer 400"),
)


@operation(
    "POST",
    "/batch/users",
    "upsertUsers",
    tag="Batch Actions",
    summary="Upsert Users",
    response=one(StartedTask, INFERRED),
    known=DOCUMENTED,
    body=UserItems,
    rules=(
        *_RULES,
        Rule("status is active or inactive"),
        Rule("a new user has a password that nobody knows"),
    ),
)
def upsert_users(transaction: Transaction, body: UserItems) -> dict[str, str]:
    """Add up to 100 users, and change others that are named by their ids, in a task that runs
    after the response. A malformed item is refused on the task and does not stop the others.
    """
    return {"task_id": tasks.start(transaction, UPSERT_USERS, map(_user_item, body.users))}


@operation(
    "POST",
    "/batch/courses",
    "upsertCourses",
    tag="Batch Actions",
    summary="Upsert Courses",
    response=one(StartedTask, INFERRED),
    known=DOCUMENTED,
    body=CourseItems,
    rules=(*_RULES, Rule("an id wins over a code, which is then the course's new one")),
)
def upsert_courses(transaction: Transaction, body: CourseItems) -> dict[str, str]:
    """Add up to 100 courses, and change others that are found by id or code, in a task that runs
    after the response.
    """
    items = [_item(CourseItem, item) for item in body.courses]
    return {"task_id": tasks.start(transaction, UPSERT_COURSES, items)}


@operation(
    "POST",
    "/batch/enrollments",
    "createEnrollments",
    tag="Batch Actions",
    summary="Course Enrollments",
    response=one(StartedTask, INFERRED),
    known=DOCUMENTED,
    body=EnrollmentItems,
    rules=_RULES,
)
def create_enrollments(transaction: Transaction, body: EnrollmentItems) -> dict[str, str]:
    """Enroll up to 100 users in courses, in a task that runs after the response."""
    items = [_item(EnrollmentInput, item) for item in body.enrollments]
    return {"task_id": tasks.start(transaction, CREATE_ENROLLMENTS, items)}
