"""Describing a portal as a dataset: the file that people read and edit, and `--dataset` takes.

A dataset names things and has moments in days, so ids are given anew. What people did in courses,
and the values of custom fields, are drawn when a portal is made of it; people, courses with their
units, groups, branches, learning paths and who is in them stay.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import orjson
import tomli_w
from sqlalchemy import select

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.rules.users import LOCALES
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.parts import USER_TYPES
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.row_types import (
    BadgeRow,
    BranchRow,
    CategoryRow,
    CouponRow,
    CourseRow,
    GroupRow,
    LearningPathRow,
    QuestionRow,
    SessionRow,
    UnitRow,
    UserRow,
)
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.portal.store.transaction import Transaction

Table = dict[str, Any]
Part = TypeVar("Part")

_SAMPLES = 20
"""How many values of a text field are written as samples."""

_LEAST_AGE = 30
_DAY = 86_400
_HEAD = """\
# A dataset of talentlms-mock: talentlms-mock serve --dataset {file}
# Moments are in days from the day on which a portal is made of it.

"""


def dataset(transaction: Transaction, *, file: str = "FILE.toml") -> str:
    """Return a portal as the text of a dataset file.

    Args:
        transaction: on the portal, which is only read.
        file: what the file will be called, for its first line.

    Raises:
        SetupError: the portal has something that no dataset can have.
    """
    content = _without_nulls(_Description(transaction).content())
    try:
        Definition.model_validate(content)
    except ValueError as error:
        raise SetupError(f"The portal cannot be written as a dataset: {error}.") from None
    return _HEAD.format(file=file) + tomli_w.dumps(content)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


class _Description:
    """Writes the parts of a portal as tables.

    Args:
        transaction: on the portal.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        now = transaction.clock.now()
        self._midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._users = transaction.all(select_rows(UserRow).order_by(models.users.c.id))
        self._courses = transaction.all(select_rows(CourseRow).order_by(models.courses.c.id))
        self._branches = transaction.all(select_rows(BranchRow).order_by(models.branches.c.id))
        self._groups = transaction.all(select_rows(GroupRow).order_by(models.groups.c.id))
        self._categories = {row.id: row for row in transaction.all(select_rows(CategoryRow))}
        self._logins = {row.id: row.login for row in self._users}
        self._types: dict[int, str] = dict(
            transaction.connection.execute(
                select(models.user_types.c.id, models.user_types.c.name)
            ).all()
        )

    def content(self) -> Table:
        """Return the whole file."""
        site = self._transaction.site()
        return {
            "name": site.name,
            "users": len(self._users),
            "age_in_days": max(math.ceil(-self._days(site.created_at)), _LEAST_AGE),
            "default_locale": _locale(site.default_locale),
            "default_timezone": site.default_timezone,
            "date_format": site.date_format,
            "signup_method": site.signup_method,
            "signup_type": site.signup_type,
            "verification": site.verification,
            "paypal_email": site.paypal_email,
            "domain_map": site.domain_map,
            "branch_limit": site.branch_limit,
            "gamification_enabled": site.gamification_enabled,
            "currency": site.currency,
            "people": [self._person(row) for row in self._users],
            "user_fields": self._fields("user"),
            "course_fields": self._fields("course"),
            "categories": [self._category(row) for row in self._categories_in_order()],
            "courses": [self._course(row) for row in self._courses_in_order()],
            "branches": [self._branch(row) for row in self._branches],
            "groups": [self._group(row) for row in self._groups],
            "learning_paths": self._paths(),
            "badges": self._badges(),
            "coupons": [
                {"code": row.code, "percentage": row.percentage}
                for row in self._transaction.all(select_rows(CouponRow))
            ],
        }

    def _days(self, moment: str) -> float:
        passed = datetime.fromisoformat(moment) - self._midnight
        return round(passed.total_seconds() / _DAY, 3)

    def _maybe_days(self, moment: str | None) -> float | None:
        return None if moment is None else self._days(moment)

    def _past(self, moment: str) -> float:
        """Return the days to a moment, which a dataset has at least a day ago."""
        return min(self._days(moment), -1.0)

    def _person(self, row: UserRow) -> Table:
        last = None if row.last_login is None else min(self._days(row.last_login), -0.01)
        ends = self._maybe_days(row.deactivation_date)
        if ends is not None and (ends <= 0) != (row.status == "inactive"):
            ends = None
        registered = min(self._past(row.registration), math.inf if last is None else last)
        type_name = self._types.get(row.user_type_id)
        is_bare = not any((row.credits, row.avatar, row.description, row.last_login))
        return {
            "login": row.login,
            "name": row.name,
            "surname": row.surname,
            "email": row.email,
            "user_type": type_name if type_name in USER_TYPES else "Learner-Type",
            "status": row.status,
            "registered_in_days": registered,
            "never_logged_in": True if last is None and not is_bare else None,
            "last_login_in_days": last,
            "deactivates_in_days": ends,
            "description": _plain(row.description, row.description_text) or "",
            "timezone": row.timezone,
            "locale": _locale(row.locale),
            "bare": True if is_bare and last is None else None,
        }

    def _fields(self, owner: str) -> list[Table]:
        fields = models.metadata.tables[f"{owner}_fields"]
        owners = max(len(self._users if owner == "user" else self._courses), 1)
        found = self._transaction.connection.execute(
            select(fields).order_by(fields.c.position, fields.c.id)
        ).mappings()
        return [self._field(owner, dict(row), owners) for row in found.all()]

    def _field(self, owner: str, row: Table, owners: int) -> Table:
        values = models.metadata.tables[f"{owner}_field_values"]
        links = models.metadata.tables[f"{owner}_field_branches"]
        given = self._column(values.c.value, values.c.field_id == row["id"])
        samples = list(dict.fromkeys(given))[:_SAMPLES] if row["type"] == "text" else []
        options = orjson.loads(row["dropdown_values"] or "[]")
        names = {branch.id: branch.name for branch in self._branches}
        return {
            **{
                name: row[name]
                for name in (
                    "name",
                    "type",
                    "mandatory",
                    "visible_on_reports",
                    "checkbox_status",
                    "selective_availability",
                    "main_domain_availability",
                )
            },
            "visible_to_learners": row.get("visible_to_learners"),
            "values": options or samples,
            "default": row["default_value"],
            "branches": [
                names[id] for id in self._column(links.c.branch_id, links.c.field_id == row["id"])
            ],
            "share": round(min(len(given) / owners, 1.0), 3),
        }

    def _column(self, column: Any, *where: Any) -> list[Any]:
        return list(self._transaction.connection.execute(select(column).where(*where)).scalars())

    def _categories_in_order(self) -> list[CategoryRow]:
        """Return the categories, each after the one that it is in."""
        found: dict[int, CategoryRow] = {}

        def add(row: CategoryRow) -> None:
            if row.parent_id is not None and row.parent_id not in found:
                add(self._categories[row.parent_id])
            found[row.id] = row

        for row in self._categories.values():
            add(row)
        return list(found.values())

    def _category(self, row: CategoryRow) -> Table:
        return {
            "name": row.name,
            "price": row.price,
            "discounted_price": row.discounted_price,
            "parent": self._category_name(row.parent_id),
        }

    def _category_name(self, id: int | None) -> str | None:
        return None if id is None else self._categories[id].name

    def _courses_in_order(self) -> list[CourseRow]:
        """Return the courses, each after those that it needs."""
        needed = self._linked(models.course_prerequisites, "course_id", "prerequisite_id")
        rows = {row.id: row for row in self._courses}
        found: dict[int, CourseRow] = {}

        def add(row: CourseRow, above: frozenset[int]) -> None:
            for id in needed.get(row.id, ()):
                if id not in found and id not in above:
                    add(rows[id], above | {id})
            found.setdefault(row.id, row)

        for row in self._courses:
            add(row, frozenset({row.id}))
        return list(found.values())

    def _linked(self, table: Any, left: str, right: str) -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        statement = select(table.c[left], table.c[right]).order_by(*table.primary_key.columns)
        for one, other in self._transaction.connection.execute(statement):
            found[one].append(other)
        return found

    def _course(self, row: CourseRow) -> Table:
        needed = self._linked(models.course_prerequisites, "course_id", "prerequisite_id")
        names = {course.id: course.name for course in self._courses}
        units = self._transaction.all(
            select_rows(UnitRow)
            .where(models.units.c.course_id == row.id)
            .order_by(models.units.c.position, models.units.c.id)
        )
        return {
            "name": row.name,
            "code": row.code,
            "description": _plain(row.description, row.description_text),
            "category": self._category_name(row.category_id),
            "price": row.price,
            "discounted_price": row.discounted_price,
            "status": row.status,
            "capacity": row.capacity or None,
            "level": row.level or None,
            "time_limit": row.time_limit or None,
            "created_in_days": self._past(row.creation_date),
            "starts_in_days": self._maybe_days(row.starts_at),
            "expires_in_days": None if row.time_limit else self._maybe_days(row.expires_at),
            "is_hidden_from_catalog": row.is_hidden_from_catalog,
            "is_locked": row.is_locked,
            "prerequisites": [names[id] for id in needed.get(row.id, ())],
            "public_key": row.public_key or None,
            "has_cover_image": row.cover_image is not None,
            "intro_video": row.intro_video_url,
            "retain_access_after_completion": row.retain_access_after_completion,
            "traversal": row.traversal,
            "unit_percentage": row.unit_percentage or None,
            "fails_with_test": row.fails_with_test,
            "certification": row.certification,
            "certificate_days": row.certificate_days or None,
            "rating_average": row.rating_average,
            "rating_count": row.rating_count,
            "fields": self._values_of(row.id),
            "units": [self._unit(unit) for unit in units],
        }

    def _values_of(self, course: int) -> Table:
        values, fields = models.course_field_values, models.course_fields
        rows = self._transaction.connection.execute(
            select(fields.c.name, values.c.value)
            .select_from(values.join(fields, fields.c.id == values.c.field_id))
            .where(values.c.owner_id == course, values.c.value.is_not(None))
        )
        return {str(row[0]): row[1] for row in rows}

    def _unit(self, row: UnitRow) -> Table:
        rows = self._transaction.all(
            select_rows(QuestionRow)
            .where(models.questions.c.unit_id == row.id)
            .order_by(models.questions.c.position, models.questions.c.id)
        )
        questions = [_question(each, row.type) for each in rows]
        is_asked = row.type in ("test", "survey")
        sessions = self._transaction.all(
            select_rows(SessionRow)
            .where(models.sessions.c.unit_id == row.id)
            .order_by(models.sessions.c.id)
        )
        return {
            "name": row.name,
            "type": "scorm" if is_asked and not questions else row.type,
            "pass_score": row.pass_score,
            "max_attempts": row.max_attempts,
            "is_required": row.is_required,
            "counts_for_score": row.counts_for_score,
            "questions": questions if is_asked else [],
            "sessions": [self._session(each) for each in sessions if row.type == "ilt"],
        }

    def _session(self, row: SessionRow) -> Table:
        length = self._days(row.ends_at) - self._days(row.starts_at)
        return {
            "name": row.name,
            "type": row.type,
            "owner": self._logins.get(row.owner_id or 0),
            "instructor": self._logins.get(row.instructor_id or 0),
            "description": row.description,
            "starts_in_days": self._days(row.starts_at),
            "minutes": max(round(length * 1440), 1),
            "location": row.location,
            "capacity": row.capacity or None,
        }

    def _branch(self, row: BranchRow) -> Table:
        same = (
            *("name", "description", "active", "default_timezone", "title", "logo", "favicon"),
            *("announcement_internal", "announcement_external", "signup", "user_verification"),
            *("restrict_user_registration_domains", "restrict_total_registered_users"),
            *("disallow_access_to_main_domain", "terms_of_service"),
        )
        groups = {group.id: group.name for group in self._groups}
        default_type = self._types.get(row.default_user_type_id or 0)
        ecommerce = orjson.loads(row.ecommerce)
        ecommerce.get("subscription", {}).pop("active_subscriptions", None)  # which are counted
        return {
            **{name: getattr(row, name) for name in same},
            "default_locale": _locale(row.default_locale),
            "default_user_type": default_type if default_type in USER_TYPES else None,
            "default_group": groups.get(row.default_group_id or 0),
            "owner": self._logins.get(row.owner_id or 0),
            "theme": orjson.loads(row.theme),
            "badge_set": orjson.loads(row.badge_set),
            "ecommerce": ecommerce,
            "courses": self._course_names(models.branch_courses, "branch_id", row.id),
            **self._members(models.branch_users, "branch_id", row.id),
        }

    def _group(self, row: GroupRow) -> Table:
        branches = {branch.id: branch.name for branch in self._branches}
        return {
            "name": row.name,
            "description": row.description,
            "key": row.key or None,
            "max_key_redemptions": row.max_key_redemptions or None,
            "price": row.price,
            "branch": branches.get(row.branch_id or 0),
            "courses": self._course_names(models.group_courses, "group_id", row.id),
            **self._members(models.group_users, "group_id", row.id),
        }

    def _paths(self) -> list[Table]:
        rows = self._transaction.all(
            select_rows(LearningPathRow).order_by(models.learning_paths.c.id)
        )
        return [self._path(row) for row in rows]

    def _path(self, row: LearningPathRow) -> Table:
        return {
            "name": row.name,
            "description": _plain(row.description, row.description_text),
            "status": row.status,
            "category": self._category_name(row.category_id),
            "price": row.price,
            "starts_in_days": self._maybe_days(row.starts_at),
            "expires_in_days": self._maybe_days(row.expires_at),
            "rules": orjson.loads(row.rules),
            "courses": self._course_names(
                models.learning_path_courses, "learning_path_id", row.id, by="position"
            ),
            **self._members(models.learning_path_enrollments, "learning_path_id", row.id),
        }

    def _course_names(self, table: Any, holder: str, id: int, by: str = "course_id") -> list[str]:
        names = {course.id: course.name for course in self._courses}
        statement = select(table.c.course_id).where(table.c[holder] == id).order_by(table.c[by])
        return [
            names[course] for course in self._transaction.connection.execute(statement).scalars()
        ]

    def _members(self, table: Any, holder: str, id: int) -> Table:
        """Return the logins of the users in something, and that nobody else is in it."""
        ids = sorted(self._column(table.c.user_id, table.c[holder] == id))
        return {"members": [self._logins[user] for user in ids], "share": 0.0}

    def _badges(self) -> list[Table]:
        rows = self._transaction.all(select_rows(BadgeRow).order_by(models.badges.c.id))
        same = ("name", "type", "image_url", "criteria", "badge_set_id", "completions")
        tables = [{name: getattr(row, name) for name in same} for row in rows]
        return [table for table in tables if table["completions"] is not None]


def _locale(name: str) -> str:
    return name if name in LOCALES else "en-US"


def _plain(html: str | None, text: str | None) -> str | None:
    """Return a description as plain text."""
    return text if text is not None else without_tags(html) or html


def _question(row: QuestionRow, unit_type: str) -> Table:
    answers: list[str] = [text for text in orjson.loads(row.answers) if text]
    correct: Iterable[str] = orjson.loads(row.correct_answers)
    while len(answers) < 2:  # a dataset draws the answers of users from these
        answers.append(f"Answer {len(answers) + 1}")
    known = [text for text in correct if text in answers]
    needs_one = unit_type == "test" and row.type == "multiple_choice"
    return {
        "text": row.text,
        "type": row.type,
        "weight": max(row.weight, 1),
        "answers": answers,
        "correct": known or (answers[:1] if needs_one else []),
        "feedback": row.feedback,
    }
