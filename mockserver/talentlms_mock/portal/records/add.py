"""Adding data to a portal from Python, for arranging a test.

The rules are those of the API, and so are their messages and the events that they record.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any, Literal, TypeVar, Unpack

import orjson
from sqlalchemy import Select, Table, bindparam, func, insert, select

from talentlms_mock.errors import (
    InvalidValue,
    RuleBroken,
    about,
    place_of,
)
from talentlms_mock.portal.contract.refusals import COUPON_TAKEN, FIELD_TAKEN
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.records.arguments import (
    CourseRef,
    NewBadge,
    NewBranch,
    NewCategory,
    NewCourse,
    NewCourseField,
    NewField,
    NewGroup,
    NewLearningPath,
    NewUser,
    Nothing,
    Role,
    UserRef,
    check,
)
from talentlms_mock.portal.records.course_parts import add_unit, as_units
from talentlms_mock.portal.records.fields import CourseField, UserField
from talentlms_mock.portal.records.records import (
    Badge,
    Branch,
    Category,
    Coupon,
    Course,
    Enrollment,
    Group,
    LearningPath,
    User,
    UserType,
)
from talentlms_mock.portal.records.sources import source
from talentlms_mock.portal.rules import (
    branches,
    courses,
    enrollments,
    groups,
    learning_paths,
    users,
)
from talentlms_mock.portal.rules.field_types import EMAIL
from talentlms_mock.portal.rules.passwords import PASSWORD
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import (
    badges,
    categories,
    coupons,
    course_field_branches,
    course_fields,
    user_field_branches,
    user_fields,
)
from talentlms_mock.portal.store.models import users as users_table
from talentlms_mock.portal.store.row_types import CourseFieldRow, UserFieldRow
from talentlms_mock.portal.store.transaction import OpenTransaction, Transaction

R = TypeVar("R")

_COUPON = select(coupons.c.id).where(coupons.c.code_key == bindparam("key"))
_LAST_USER = select(func.max(users_table.c.id))
_WITH_LOGIN = select(users_table.c.id).where(users_table.c.login_key == bindparam("key"))
_WITH_EMAIL = select(users_table.c.id).where(users_table.c.email_key == bindparam("key"))
_WORDS = re.compile(r"[^\W_]+")
_NOT_IN_EMAIL = re.compile(r"[^\w.+-]+", re.ASCII)
_LONGEST_MAIL_NAME = 100
_SURNAME = "Example"
_BADGE_IMAGE = "https://static.example.com/badges/badge.png"


class Adds:
    """Adds data: what `Portal.add_user` and its like do, and describe.

    Each call is one transaction. It counts for no rate limit, and is no request.

    Args:
        transaction: opens a transaction on the portal.
    """

    def __init__(self, transaction: OpenTransaction) -> None:
        self._open = transaction

    def add_user(self, login: str | None = None, **values: Unpack[NewUser]) -> User:
        """Add a user; see `Portal.add_user`."""
        with self._open() as transaction:
            login = _free_login(transaction) if login is None else login
            row = check("add_user", NewUser, values, login=login)
            of_courses, of_groups, of_branches = _parts(row, "courses", "groups", "branches")
            custom = by_field(transaction, UserFieldRow, "key", row.pop("custom_fields", {}))
            refer(transaction, row, user_type=UserType)
            id = users.create_user(transaction, _person(transaction, row), custom)
            for position, branch in enumerate(of_branches):
                with about("branches", position):
                    branches.add_user(transaction, _id(transaction, Branch, branch), id)
            for position, course in enumerate(of_courses):
                with about("courses", position):
                    enrollments.enroll(transaction, id, _id(transaction, Course, course))
            for position, group in enumerate(of_groups):
                with about("groups", position):
                    groups.add_user(
                        transaction, _id(transaction, Group, group), id, enroll_now=True
                    )
            return record_of(transaction, User, id, self._open)

    def add_course(self, name: str, **values: Unpack[NewCourse]) -> Course:
        """Add a course; see `Portal.add_course`."""
        with self._open() as transaction:
            row = check("add_course", NewCourse, values, name=name)
            written, learners, before = _parts(row, "units", "users", "prerequisites")
            units = as_units(written)
            custom = by_field(transaction, CourseFieldRow, "name", row.pop("custom_fields", {}))
            refer(transaction, row, category=Category)
            required = _existing(transaction, Course, "prerequisites", before)
            id = courses.create_course(
                transaction, {"status": "active", **columns_of_course(row)}, custom, required
            )
            for position, unit in enumerate(units, 1):
                add_unit(transaction, id, position, unit)
            for position, user in enumerate(learners):
                with about("users", position):
                    enrollments.enroll(transaction, _id(transaction, User, user), id)
            return record_of(transaction, Course, id, self._open)

    def add_category(self, name: str, **values: Unpack[NewCategory]) -> Category:
        """Add a category; see `Portal.add_category`."""
        with self._open() as transaction:
            row = check("add_category", NewCategory, values, name=name)
            refer(transaction, row, parent=Category)
            return record_of(transaction, Category, transaction.insert(categories, row), self._open)

    def enroll(self, user: UserRef, course: CourseRef, role: Role = "learner") -> Enrollment:
        """Enroll a user in a course; see `Portal.enroll`."""
        with self._open() as transaction:
            with about("user"):
                user_id = _id(transaction, User, user)
            with about("course"):
                course_id = _id(transaction, Course, course)
            if role not in ("learner", "instructor"):
                raise InvalidValue("role must be 'learner' or 'instructor'", "role")
            id = enrollments.enroll(transaction, user_id, course_id, role)
            return record_of(transaction, Enrollment, id, self._open)

    def add_user_field(self, name: str, **values: Unpack[NewField]) -> UserField:
        """Add a custom field of users; see `Portal.add_user_field`."""
        with self._open() as transaction:
            row = check("add_user_field", NewField, values, name=name)
            id = _add_field(transaction, user_fields, user_field_branches, row)
            return record_of(transaction, UserField, id, self._open)

    def add_course_field(self, name: str, **values: Unpack[NewCourseField]) -> CourseField:
        """Add a custom field of courses; see `Portal.add_course_field`."""
        with self._open() as transaction:
            row = check("add_course_field", NewCourseField, values, name=name)
            id = _add_field(transaction, course_fields, course_field_branches, row)
            return record_of(transaction, CourseField, id, self._open)

    def add_group(self, name: str, **values: Unpack[NewGroup]) -> Group:
        """Add a group; see `Portal.add_group`."""
        with self._open() as transaction:
            row = check("add_group", NewGroup, values, name=name)
            of_courses, members = _parts(row, "courses", "users")
            refer(transaction, row, branch=Branch)
            id = groups.create_group(transaction, row)
            for position, course in enumerate(of_courses):
                with about("courses", position):
                    groups.add_course(transaction, id, _id(transaction, Course, course))
            for position, user in enumerate(members):
                with about("users", position):
                    groups.add_user(transaction, id, _id(transaction, User, user), enroll_now=True)
            return record_of(transaction, Group, id, self._open)

    def add_branch(self, name: str, **values: Unpack[NewBranch]) -> Branch:
        """Add a branch; see `Portal.add_branch`."""
        with self._open() as transaction:
            row = check("add_branch", NewBranch, values, name=name)
            of_courses, members = _parts(row, "courses", "users")
            refer(transaction, row, default_user_type=UserType, default_group=Group, owner=User)
            id = branches.create_branch(transaction, row)
            for position, course in enumerate(of_courses):
                with about("courses", position):
                    branches.add_course(transaction, id, _id(transaction, Course, course))
            for position, user in enumerate(members):
                with about("users", position):
                    branches.add_user(transaction, id, _id(transaction, User, user))
            return record_of(transaction, Branch, id, self._open)

    def add_learning_path(self, name: str, **values: Unpack[NewLearningPath]) -> LearningPath:
        """Add a learning path; see `Portal.add_learning_path`."""
        with self._open() as transaction:
            row = check("add_learning_path", NewLearningPath, values, name=name)
            of_courses, learners = _parts(row, "courses", "users")
            refer(transaction, row, category=Category)
            course_ids = []
            for position, course in enumerate(of_courses):
                with about("courses", position):
                    course_ids.append(_id(transaction, Course, course))
            id = learning_paths.create_learning_path(transaction, row, course_ids)
            for position, user in enumerate(learners):
                with about("users", position):
                    learning_paths.enroll(transaction, _id(transaction, User, user), id)
            return record_of(transaction, LearningPath, id, self._open)

    def add_badge(self, name: str, completions: int = 1, **values: Unpack[NewBadge]) -> Badge:
        """Add a badge; see `Portal.add_badge`."""
        with self._open() as transaction:
            row = check("add_badge", NewBadge, values, name=name)
            defaults = {"type": "learning", "image_url": _BADGE_IMAGE, "badge_set_id": 1}
            if completions < 1:
                raise InvalidValue("completions must be at least 1", "completions")
            words = "1 course" if completions == 1 else f"{completions} courses"
            row = defaults | {"criteria": f"Complete {words}", "completions": completions} | row
            return record_of(transaction, Badge, transaction.insert(badges, row), self._open)

    def add_coupon(self, code: str, percentage: int = 10) -> Coupon:
        """Add a coupon; see `Portal.add_coupon`."""
        with self._open() as transaction:
            row = check("add_coupon", Nothing, {}, code=code)
            if not 1 <= percentage <= 100:
                raise InvalidValue("percentage must be from 1 to 100", "percentage")
            row |= {"code_key": code.casefold(), "percentage": percentage}
            if transaction.scalar(_COUPON, key=row["code_key"]) is not None:
                raise RuleBroken(COUPON_TAKEN, at="code")
            return record_of(transaction, Coupon, transaction.insert(coupons, row), self._open)


def record_of(transaction: Transaction, record: type[R], id: int, open_: OpenTransaction) -> R:
    """Return the record of this id, which exists."""
    of = source(record)
    return of.read(of.one_row(transaction, (), {"id": id}), open_)


def _parts(row: dict[str, Any], *names: str) -> list[list[Any]]:
    """Remove the lists of these names from `row`; a single item is a list of one."""
    return [_list(row.pop(name, ())) for name in names]


def _list(items: Any) -> list[Any]:
    if isinstance(items, str | Mapping) or not isinstance(items, Iterable):
        return [items]
    return list(items)


def _id(transaction: Transaction, record: type[Any], which: object) -> int:
    return source(record).id_of(transaction, which)


def refer(transaction: Transaction, row: dict[str, Any], **references: type[Any]) -> None:
    """Replace what `row` refers to by its id.

    Raises:
        NotFound: it does not exist.
    """
    for name, record in references.items():
        if name in row:
            which = row.pop(name)
            with about(name):
                row[f"{name}_id"] = (
                    None if which is None else source(record).existing(transaction, which)
                )


def _existing(
    transaction: Transaction, record: type[Any], name: str, items: Iterable[object]
) -> list[int]:
    """Return the ids of records that must exist, the items of the argument `name`."""
    ids = []
    for position, which in enumerate(items):
        with about(name, position):
            ids.append(source(record).existing(transaction, which))
    return ids


def columns_of_course(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a course from the arguments."""
    course = dict(row)
    if "intro_video" in course:
        course["intro_video_url"] = course.pop("intro_video")
    if course.get("cover_image") is not None:
        course["cover_image"] = courses.cover_image(course["cover_image"])
    return course


def _person(transaction: Transaction, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return `row` with defaults for the fields of a user that it leaves out."""
    login = row["login"]
    first, *rest = _WORDS.findall(login.partition("@")[0]) or [login]
    person = {
        "name": first.capitalize(),
        "surname": " ".join(rest).title() or _SURNAME,
        "password": PASSWORD,
        **row,
    }
    if "email" not in person:
        person["email"] = login if EMAIL.fullmatch(login) else _free_email(transaction, login)
    return person


def _free_login(transaction: Transaction) -> str:
    last = transaction.scalar(_LAST_USER) or 0
    names = (f"user{number}" for number in count(last + 1))
    return _first_free(transaction, _WITH_LOGIN, names)


def _free_email(transaction: Transaction, login: str) -> str:
    name = _NOT_IN_EMAIL.sub("-", login)[:_LONGEST_MAIL_NAME].strip("-.") or "user"
    names = chain([name], (f"{name}{number}" for number in count(2)))
    return _first_free(transaction, _WITH_EMAIL, (f"{each}@example.com" for each in names))


def _first_free(transaction: Transaction, taken: Select[tuple[int]], names: Iterator[str]) -> str:
    return next(name for name in names if transaction.scalar(taken, key=name.casefold()) is None)


def by_field(
    transaction: Transaction,
    row_type: type[UserFieldRow] | type[CourseFieldRow],
    by: Literal["key", "name"],
    values: Mapping[str, object],
) -> dict[str, object]:
    """Return `values`, which are by the key or the name of a custom field, by its column `by`.

    Raises:
        InvalidValue: there is no such field.
    """
    known = transaction.all(select_rows(row_type)) if values else ()
    places = {
        name: row.key if by == "key" else row.name for row in known for name in (row.key, row.name)
    }
    for name in values:
        if name not in places:
            raise InvalidValue(
                f"there is no custom field {name!r}{suggest(name, places)}",
                at=place_of("custom_fields", name),
            )
    return {places[name]: value for name, value in values.items()}


def _add_field(
    transaction: Transaction, fields: Table, branches_of: Table, row: dict[str, Any]
) -> int:
    _check_field(row)
    name, values, of_branches = row["name"], row.pop("values", []), row.pop("branches", None)
    named = transaction.connection.execute(select(fields.c.id).where(fields.c.name == name))
    if named.first() is not None:
        raise RuleBroken(FIELD_TAKEN, at="name")
    last = transaction.connection.execute(select(func.max(fields.c.position))).scalar() or 0
    defaults = {
        "key": f"custom_field_{last + 1}",
        "type": "text",
        "visible_on_reports": True,
        "dropdown_values": orjson.dumps(values).decode() if values else None,
        "default_value": row.pop("default", None),
        "position": last + 1,
    }
    id = transaction.insert(fields, defaults | row)
    for at, branch in enumerate(_list(of_branches or ())):
        with about("branches", at):
            both = {"field_id": id, "branch_id": source(Branch).existing(transaction, branch)}
        transaction.connection.execute(insert(branches_of).values(both))
    return id


def _check_field(row: Mapping[str, Any]) -> None:
    kind, values, default = row.get("type", "text"), row.get("values", []), row.get("default")
    if (kind == "dropdown") != bool(values):
        raise InvalidValue(
            "values must be given for a field of the type dropdown, and no other", at="values"
        )
    if default is not None and default not in values:
        raise InvalidValue("default must be one of the values", at="default")
    if row.get("checkbox_status") == "on" and kind != "checkbox":
        raise InvalidValue(
            "checkbox_status can be on for a field of the type checkbox, no other",
            at="checkbox_status",
        )
