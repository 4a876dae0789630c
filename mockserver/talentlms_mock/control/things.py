"""What is in a portal: read back, and added."""

from collections.abc import Callable
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import create_model

from talentlms_mock.control.operation import Body, Query, operation
from talentlms_mock.control.problems import Problem
from talentlms_mock.control.schema import as_data, body_of, filters_of, record_of
from talentlms_mock.errors import NotOne
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.records import arguments as given
from talentlms_mock.portal.records import fields, history, records
from talentlms_mock.portal.records.collection import SOURCES, Collection
from talentlms_mock.portal.rules.field_types import Text

R = TypeVar("R")

_TAG = "What is in it"

COLLECTIONS: dict[str, tuple[Any, Callable[[Portal], Collection[Any]]]] = {
    "users": (records.User, lambda portal: portal.users),
    "user_types": (records.UserType, lambda portal: portal.user_types),
    "user_fields": (fields.UserField, lambda portal: portal.user_fields),
    "courses": (records.Course, lambda portal: portal.courses),
    "course_fields": (fields.CourseField, lambda portal: portal.course_fields),
    "units": (records.CourseUnit, lambda portal: portal.units),
    "categories": (records.Category, lambda portal: portal.categories),
    "enrollments": (records.Enrollment, lambda portal: portal.enrollments),
    "certificates": (records.Certificate, lambda portal: portal.certificates),
    "groups": (records.Group, lambda portal: portal.groups),
    "branches": (records.Branch, lambda portal: portal.branches),
    "learning_paths": (records.LearningPath, lambda portal: portal.learning_paths),
    "learning_path_enrollments": (
        records.LearningPathEnrollment,
        lambda portal: portal.learning_path_enrollments,
    ),
    "badges": (records.Badge, lambda portal: portal.badges),
    "coupons": (records.Coupon, lambda portal: portal.coupons),
    "events": (history.Event, lambda portal: portal.events),
    "tasks": (history.Task, lambda portal: portal.tasks),
}
"""The collections of a portal by their names in Python; in paths the names have hyphens."""


def one(things: Collection[R], which: str) -> R:
    """Return the thing of this id or name; digits are an id, if there is one of it.

    Raises:
        Problem: there is none, or there are several.
    """
    try:
        if which.isascii() and which.isdecimal():
            try:
                return things.get(int(which))
            except (NotOne, OverflowError):
                return things.get(which)
        return things.get(which)
    except NotOne as error:
        raise Problem(404, str(error)) from None


def _has_id(record: type[Any]) -> bool:
    return "id" in SOURCES[record].fields


def parts_of(record: type[Any]) -> list[str]:
    """Return the names of what belongs to a record: of a user, its courses and others."""
    return [name for name, value in vars(record).items() if isinstance(value, property)]


def _declare(name: str, record: Any, of: Callable[[Portal], Collection[Any]]) -> None:
    path = f"/portals/{{domain}}/{name.replace('_', '-')}"
    camel = "".join(word.capitalize() for word in name.split("_"))
    source = SOURCES[record]

    @operation(
        "GET",
        path,
        f"list{camel}",
        tag=_TAG,
        summary=f"The {source.many}, or those with these values",
        query=filters_of(record),
        answer=list[record_of(record)],  # type: ignore[misc]  # made at run time
        python=(f"Portal.{name}", "Collection.filter", "Collection.first"),
    )
    def read_all(portal: Portal, query: Query) -> list[dict[str, Any]]:
        return _listed(of(portal), record, query)

    if not _has_id(record):
        return

    @operation(
        "GET",
        f"{path}/{{which}}",
        f"get{record.__name__}",
        tag=_TAG,
        summary=f"One {source.one}, by its id" + (f" or {source.name}" if source.name else ""),
        answer=record_of(record),
        python=("Collection.get",),
    )
    def read_one(portal: Portal, which: str) -> dict[str, Any]:
        return as_data(one(of(portal), which))

    for part in parts_of(record):
        _declare_part(path, record, part, of)


def _declare_part(
    path: str, record: Any, part: str, of: Callable[[Portal], Collection[Any]]
) -> None:
    source = SOURCES[record]
    read: Callable[[Any], Any] = vars(record)[part].fget

    @operation(
        "GET",
        f"{path}/{{which}}/{part.replace('_', '-')}",
        f"get{part.capitalize()}Of{record.__name__}",
        tag=_TAG,
        summary=f"The {part} of one {source.one}",
        answer=_answer_of(read),
    )
    def read_part(portal: Portal, which: str) -> Any:
        found = read(one(of(portal), which))
        return (
            [as_data(each) for each in found] if isinstance(found, Collection) else as_data(found)
        )


def _answer_of(read: Callable[[Any], Any]) -> Any:
    """Return the type of what a property of a record gives, once it is in JSON."""
    hint = get_type_hints(read)["return"]
    several = get_args(hint)
    return list[record_of(several[0])] if several else record_of(hint)  # type: ignore[misc]


def _listed(things: Collection[Any], record: type[Any], query: Query) -> list[dict[str, Any]]:
    asked = query.set_fields()
    start, count = asked.pop("offset", 0), asked.pop("limit", None)
    for name, value in asked.items():
        is_id = name in SOURCES[record].links and name not in SOURCES[record].fields
        if is_id and value.isascii() and value.isdecimal():
            asked[name] = int(value)
    found = things.filter(**asked)
    stop = None if count is None else start + count
    window = found if (start, stop) == (0, None) else found[start:stop]
    return [as_data(each) for each in window]


for _name, (_record, _of) in COLLECTIONS.items():
    _declare(_name, _record, _of)


@operation(
    "GET",
    "/portals/{domain}/units/{which}/sessions/{session}/attendees",
    "getAttendeesOfUnitSession",
    tag=_TAG,
    summary="Who attended one session of one unit",
    answer=list[record_of(records.User)],  # type: ignore[misc]  # made at run time
)
def read_attendees(portal: Portal, which: str, session: str) -> list[dict[str, Any]]:
    found = one(one(portal.units, which).sessions, session)
    return [as_data(user) for user in found.attendees]


NewUser = body_of("NewUser", given.NewUser, login=(Text | None, None))
NewCourse = body_of("NewCourse", given.NewCourse, name=(Text, ...))
NewCategory = body_of("NewCategory", given.NewCategory, name=(Text, ...))
NewUserField = body_of("NewUserField", given.NewField, name=(Text, ...))
NewCourseField = body_of("NewCourseField", given.NewCourseField, name=(Text, ...))
NewGroup = body_of("NewGroup", given.NewGroup, name=(Text, ...))
NewBranch = body_of("NewBranch", given.NewBranch, name=(Text, ...))
NewLearningPath = body_of("NewLearningPath", given.NewLearningPath, name=(Text, ...))
NewBadge = body_of("NewBadge", given.NewBadge, name=(Text, ...), completions=(int, 1))
NewCoupon: type[Body] = create_model(
    "NewCoupon", __base__=Body, code=(Text, ...), percentage=(int, 10)
)


class NewEnrollment(Body):
    """A user in a course, each by an id or a name."""

    user: int | str
    course: int | str
    role: given.Role = "learner"


def _adding(
    collection: str, function: str, body: type[Body], add: Callable[[Portal], Callable[..., Any]]
) -> None:
    record, _ = COLLECTIONS[collection]
    one_of_them = SOURCES[record].one

    @operation(
        "POST",
        f"/portals/{{domain}}/{collection.replace('_', '-')}",
        f"add{record.__name__}",
        tag=_TAG,
        summary=f"Add {'an' if one_of_them[0] in 'aeio' else 'a'} {one_of_them}",
        body=body,
        body_required=collection != "users",
        answer=record_of(record),
        status=201,
        python=(f"Portal.{function}",),
    )
    def add_one(portal: Portal, body: Body) -> dict[str, Any]:
        return as_data(add(portal)(**body.set_fields()))


_adding("users", "add_user", NewUser, lambda portal: portal.add_user)
_adding("courses", "add_course", NewCourse, lambda portal: portal.add_course)
_adding("categories", "add_category", NewCategory, lambda portal: portal.add_category)
_adding("enrollments", "enroll", NewEnrollment, lambda portal: portal.enroll)
_adding("user_fields", "add_user_field", NewUserField, lambda portal: portal.add_user_field)
_adding("course_fields", "add_course_field", NewCourseField, lambda portal: portal.add_course_field)
_adding("groups", "add_group", NewGroup, lambda portal: portal.add_group)
_adding("branches", "add_branch", NewBranch, lambda portal: portal.add_branch)
_adding(
    "learning_paths", "add_learning_path", NewLearningPath, lambda portal: portal.add_learning_path
)
_adding("badges", "add_badge", NewBadge, lambda portal: portal.add_badge)
_adding("coupons", "add_coupon", NewCoupon, lambda portal: portal.add_coupon)
