"""Where each kind of record is in the database, and by what it can be found."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.types import String

from talentlms_mock.portal.records import fields, history, records
from talentlms_mock.portal.records.collection import SOURCES, Source
from talentlms_mock.portal.store import models

R = TypeVar("R")


def _custom_fields(fields: Table, values: Table, owners: Table) -> ColumnElement[str]:
    """Return the expression of a JSON object of the custom fields' values by their names."""
    of_owner = (values.c.field_id == fields.c.id) & (values.c.owner_id == owners.c.id)
    rows = (
        select(fields.c.name, values.c.value)
        .select_from(fields.outerjoin(values, of_owner))
        .order_by(fields.c.position, fields.c.id)
        .correlate(owners)
        .subquery()
    )
    return select(func.json_group_object(rows.c.name, rows.c.value, type_=String)).scalar_subquery()


_USER_LINK = {"user": records.User}
_COURSE_LINK = {"course": records.Course}
_UNIT_LINK = {"unit": records.CourseUnit}


def _fields(record: type[fields.CustomField], table: Table, of: str) -> Source[Any]:
    values = func.coalesce(table.c.dropdown_values, "[]", type_=String)
    return Source(record, f"{of} field", f"{of} fields", table, columns={"dropdown_values": values})


_ALL: tuple[Source[Any], ...] = (
    Source(records.UserType, "user type", "user types", models.user_types),
    Source(
        records.User,
        "user",
        "users",
        models.users,
        name="login",
        rows=models.users.join(models.user_types),
        columns={
            "user_type": models.user_types.c.name,
            "is_online": models.users.c.session_started_at.is_not(None),
            "custom_fields": _custom_fields(
                models.user_fields, models.user_field_values, models.users
            ),
        },
        folded={"login": models.users.c.login_key, "email": models.users.c.email_key},
    ),
    Source(
        records.Category,
        "category",
        "categories",
        models.categories,
        links={"parent": records.Category},
    ),
    Source(
        records.Course,
        "course",
        "courses",
        models.courses,
        columns={
            "intro_video": models.courses.c.intro_video_url,
            "cover_image": func.json_extract(models.courses.c.cover_image, "$.default"),
            "custom_fields": _custom_fields(
                models.course_fields, models.course_field_values, models.courses
            ),
        },
        folded={"code": models.courses.c.code_key},
        shorter=("code",),
        links={"category": records.Category},
    ),
    Source(
        records.CourseUnit,
        "unit",
        "units",
        models.units,
        order=(models.units.c.course_id, models.units.c.position, models.units.c.id),
        links=_COURSE_LINK,
    ),
    Source(
        records.UnitQuestion,
        "question",
        "questions",
        models.questions,
        name="text",
        order=(models.questions.c.unit_id, models.questions.c.position),
        links=_UNIT_LINK,
    ),
    Source(
        records.UnitSession,
        "session",
        "sessions",
        models.sessions,
        links=_UNIT_LINK
        | {
            "owner": records.User,
            "instructor": records.User,
            "linked_to": records.UnitSession,
        },
    ),
    Source(
        records.Enrollment,
        "enrollment",
        "enrollments",
        models.enrollments,
        name="",
        links=_USER_LINK | _COURSE_LINK | {"last_accessed_unit": records.CourseUnit},
    ),
    Source(
        records.UnitProgress,
        "progress in a unit",
        "units with progress",
        models.unit_progress,
        name="",
        rows=models.unit_progress.join(models.units),
        order=(models.unit_progress.c.enrollment_id, models.units.c.position),
        links=_UNIT_LINK,
    ),
    Source(
        records.Certificate,
        "certificate",
        "certificates",
        models.certificates,
        links=_USER_LINK | _COURSE_LINK,
    ),
    Source(records.Group, "group", "groups", models.groups, links={"branch": records.Branch}),
    Source(
        records.Branch,
        "branch",
        "branches",
        models.branches,
        folded={"name": models.branches.c.name_key},
        links={
            "default_user_type": records.UserType,
            "default_group": records.Group,
            "owner": records.User,
        },
    ),
    Source(
        records.LearningPath,
        "learning path",
        "learning paths",
        models.learning_paths,
        links={"category": records.Category},
    ),
    Source(
        records.LearningPathEnrollment,
        "enrollment in a learning path",
        "enrollments in learning paths",
        models.learning_path_enrollments,
        name="",
        order=tuple(models.learning_path_enrollments.primary_key.columns),
        links=_USER_LINK | {"learning_path": records.LearningPath},
    ),
    Source(records.Badge, "badge", "badges", models.badges),
    Source(
        records.Coupon,
        "coupon",
        "coupons",
        models.coupons,
        name="code",
        folded={"code": models.coupons.c.code_key},
    ),
    _fields(fields.UserField, models.user_fields, "user"),
    _fields(fields.CourseField, models.course_fields, "course"),
    Source(
        history.Event,
        "event",
        "events",
        models.events,
        name="",
        order=(models.events.c.created_at, models.events.c.id),
        links=_USER_LINK
        | _COURSE_LINK
        | _UNIT_LINK
        | {"group": records.Group, "branch": records.Branch},
    ),
    Source(
        history.Task,
        "task",
        "tasks",
        models.tasks,
        name="id",
        columns={"id": models.tasks.c.code},
    ),
    Source(
        history.Archived,
        "archived record",
        "archived records",
        models.archive,
        columns={"id": models.archive.c.entity_id},
        key=("kind", "id"),
    ),
)

SOURCES.update({source.record: source for source in _ALL})


def source(record: type[R]) -> Source[R]:
    """Return where the records of this kind are."""
    found: Source[R] = SOURCES[record]
    return found
