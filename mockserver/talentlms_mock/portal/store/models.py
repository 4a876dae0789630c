"""The tables of a portal: one SQLite database a portal.

Timestamps are text as the API writes them (ISO 8601, UTC), so that their order as
text is their order in time and no answer needs a conversion. `*_key` columns hold the
value without regard to case (`str.casefold`) and carry the unique indexes, because
SQLite's own NOCASE knows ASCII only. Every table with an id counts up and never
reuses one (domain.md).
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    text,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, ondelete: str = "CASCADE", **options: Any) -> Column[int]:
    options.setdefault("nullable", False)
    return Column(name, ForeignKey(f"{target}.id", ondelete=ondelete), **options)


def _maybe_ref(name: str, target: str) -> Column[int]:
    return _ref(name, target, ondelete="SET NULL", nullable=True)


def _str(name: str, **options: Any) -> Column[str]:
    options.setdefault("nullable", False)
    return Column(name, String, **options)


def _maybe(name: str, kind: type[TypeEngine[Any]] = String) -> Column[Any]:
    return Column(name, kind, nullable=True)


def _int(name: str, default: int | None = None) -> Column[int]:
    return Column(
        name, Integer, nullable=False, server_default=None if default is None else str(default)
    )


def _flag(name: str, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("1" if default else "0"))


def _number(name: str) -> Column[float]:
    return Column(name, Numeric(asdecimal=False), nullable=True)


_money = _number


def _entity(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(name, metadata, _id(), *columns, sqlite_autoincrement=True)


site = _entity(
    "site",
    _str("name"),
    _str("default_locale"),
    _str("default_timezone"),
    _str("date_format"),
    _str("signup_method"),
    _int("branch_limit"),
    _flag("gamification_enabled", True),
    _str("currency"),
    _str("created_at"),
)

user_types = _entity(
    "user_types",
    _str("name"),
    _flag("is_default"),
    _flag("may_instruct"),
    _int("rank", 0),  # a user may switch to its own type and to all of a lower rank
)

users = _entity(
    "users",
    _str("login"),
    _str("login_key", unique=True),
    _str("name"),
    _str("surname"),
    _str("email"),
    _str("email_key", unique=True),
    _str("search_key"),  # casefolded name, surname, login and email, a line each
    _str("password_hash"),
    _maybe("description"),  # HTML
    _maybe("description_text"),  # without its tags; null where it has none
    _maybe("avatar"),  # JSON of the five sizes; null is the portal's default picture
    _str("timezone"),
    _str("locale"),
    _ref("user_type_id", "user_types", ondelete="RESTRICT"),
    _str("status"),  # active or inactive
    _money("credits"),
    _flag("email_notifications", True),
    _maybe("deactivation_date"),  # a timestamp; once passed, the user is inactive
    _str("registration"),
    _maybe("last_login"),
    _maybe("last_updated"),
    _maybe("integration"),
    _maybe("integration_user_id"),
    _int("points", 0),
    _int("level", 1),
    _maybe("session_started_at"),  # not null while online
    Index("users_by_last_updated", "last_updated"),
    Index("users_by_last_login", "last_login"),
    Index(
        "users_to_deactivate",
        "deactivation_date",
        sqlite_where=text("deactivation_date IS NOT NULL AND status = 'active'"),
    ),
)


def _link(name: str, left: tuple[str, str], right: tuple[str, str], *more: Column[Any]) -> Table:
    """A table that says which rows of two entities belong together."""
    return Table(
        name,
        metadata,
        _ref(*left, primary_key=True),
        _ref(*right, primary_key=True),
        *more,
        Index(f"{name}_by_{right[0]}", right[0], left[0]),
        sqlite_with_rowid=False,
    )


def _fields(owner: str, *more: Column[Any]) -> tuple[Table, Table, Table]:
    """The custom fields of users or of courses, their values, and the branches they are for."""
    fields = _entity(
        f"{owner}_fields",
        _str("key", unique=True),  # custom_field_1
        _str("name"),
        _str("type"),  # text, dropdown, checkbox or date
        _flag("mandatory"),
        _flag("visible_on_reports"),
        *more,
        _maybe("dropdown_values"),  # a JSON array
        _maybe("default_value"),  # of a dropdown, one of its values
        _str("checkbox_status", server_default="off"),  # off or on
        _flag("selective_availability"),
        _flag("main_domain_availability", True),
        _int("position"),
    )
    values = Table(
        f"{owner}_field_values",
        metadata,
        _ref("owner_id", f"{owner}s", primary_key=True),
        _ref("field_id", f"{owner}_fields", primary_key=True),
        _maybe("value"),
        Index(f"{owner}_field_values_by_value", "value"),
        sqlite_with_rowid=False,
    )
    field_branches = _link(
        f"{owner}_field_branches", ("field_id", f"{owner}_fields"), ("branch_id", "branches")
    )
    return fields, values, field_branches


user_fields, user_field_values, user_field_branches = _fields("user")
course_fields, course_field_values, course_field_branches = _fields(
    "course", _flag("visible_to_learners", True)
)

categories = _entity(
    "categories",
    _str("name"),
    _money("price"),
    _money("discounted_price"),
    _maybe_ref("parent_id", "categories"),
)

courses = _entity(
    "courses",
    _str("name"),
    _maybe("code"),
    Column("code_key", String, nullable=True, unique=True),
    _str("search_key"),
    _maybe("description"),  # HTML
    _maybe("description_text"),  # without its tags; null where it has none
    _maybe_ref("category_id", "categories"),
    _money("price"),
    _money("discounted_price"),
    _str("status"),  # active or inactive
    _maybe("capacity", Integer),
    _maybe("level", Integer),
    _maybe("time_limit", Integer),  # days from the enrollment
    _maybe("starts_at"),
    _maybe("expires_at"),
    _flag("is_hidden_from_catalog"),
    _flag("is_locked"),
    _maybe("public_key"),
    _maybe("cover_image"),  # JSON of the five sizes
    _maybe("intro_video_url"),
    _maybe("intro_video_type"),
    _flag("retain_access_after_completion", True),
    _str("traversal"),  # any or sequential
    _maybe("unit_percentage", Integer),  # of the units, that completes it; null is all of them
    _flag("fails_with_test"),
    _maybe("certification"),  # the certificate's name; null where the course gives none
    _maybe("certificate_days", Integer),  # days a certificate is valid; null is without end
    _number("rating_average"),
    _int("rating_count", 0),
    _str("creation_date"),
    _str("last_updated_on"),
    Index("courses_by_category", "category_id"),
)
course_prerequisites = _link(
    "course_prerequisites", ("course_id", "courses"), ("prerequisite_id", "courses")
)

units = _entity(
    "units",
    _ref("course_id", "courses"),
    _str("name"),
    _str("type"),  # content, video, test, survey, assignment, scorm or ilt
    _int("position"),
    _maybe("pass_score", Integer),
    _maybe("max_attempts", Integer),  # at a test; null is any number
    _flag("is_required", True),  # for the completion of the course
    _flag("counts_for_score", True),  # of the course
    Index("units_by_course", "course_id", "position"),
)

questions = _entity(
    "questions",
    _ref("unit_id", "units"),
    _str("text"),
    _str("type"),  # multiple_choice or freetext
    _int("weight", 1),
    _int("position"),
    _str("answers"),  # a JSON array
    _str("correct_answers"),  # a JSON array; a free text without any waits for an instructor
    _str("feedback", server_default=""),
    Index("questions_by_unit", "unit_id", "position"),
)

sessions = _entity(
    "sessions",
    _ref("unit_id", "units"),
    _str("name"),
    _str("type"),  # classroom or webinar
    _maybe_ref("owner_id", "users"),
    _maybe_ref("instructor_id", "users"),
    _maybe("description"),
    _maybe("multiname"),  # what several sessions that belong together are called
    _maybe_ref("linked_to_id", "sessions"),
    _str("starts_at"),
    _str("ends_at"),
    _maybe("location"),
    _maybe("capacity", Integer),
    Index("sessions_by_unit", "unit_id"),
)

session_attendees = Table(
    "session_attendees",
    metadata,
    _ref("session_id", "sessions", primary_key=True),
    _ref("user_id", "users", primary_key=True),
    _flag("attended"),  # else the session is booked
    Index("session_attendees_by_user", "user_id"),
    sqlite_with_rowid=False,
)

enrollments = _entity(
    "enrollments",
    _ref("user_id", "users"),
    _ref("course_id", "courses"),
    _str("role"),  # learner or instructor
    _str("enrolled_on"),
    _maybe("expires_on"),
    _str("completion_status"),  # not_attempted, incomplete, completed or failed
    _int("completion_percentage", 0),
    _number("score"),
    _int("total_time", 0),  # seconds
    _maybe("completed_on"),
    _maybe_ref("last_accessed_unit_id", "units"),
    Index("enrollments_by_user", "user_id", "course_id", unique=True),
    Index("enrollments_by_course", "course_id", "user_id"),  # the order of a course's users
    Index("enrollments_by_last_unit", "last_accessed_unit_id"),
)

unit_progress = Table(
    "unit_progress",
    metadata,
    _ref("enrollment_id", "enrollments", primary_key=True),
    _ref("unit_id", "units", primary_key=True),
    _str("completion_status"),
    _number("score"),
    _int("total_time", 0),  # seconds
    _maybe("started_on"),
    _maybe("completed_on"),
    _maybe("accessed_on"),  # the last time
    _int("repetitions", 0),  # of a test: attempts after the first
    _maybe("submitted_on"),  # of an assignment; it waits for its grade until graded_on
    _maybe("submission_text"),
    _maybe("graded_on"),  # by an instructor
    _maybe("instructor_message"),
    Index("unit_progress_by_unit", "unit_id"),
    sqlite_with_rowid=False,
)

question_answers = Table(
    "question_answers",
    metadata,
    _ref("enrollment_id", "enrollments", primary_key=True),
    _ref("question_id", "questions", primary_key=True),
    _str("answers"),  # a JSON array
    _flag("is_correct"),  # also where nothing is wrong: in a survey, and what is not graded yet
    _number("points"),  # of a free text in a test, in percent; null until it is graded
    Index("question_answers_by_question", "question_id"),
    sqlite_with_rowid=False,
)

certificates = _entity(
    "certificates",
    _ref("user_id", "users"),
    _ref("course_id", "courses"),
    _str("name"),
    _str("issued_on"),
    _maybe("expires_on"),
    _flag("is_expired"),  # once the timeline says so
    Index("certificates_by_user", "user_id", "course_id", unique=True),
    Index("certificates_by_course", "course_id"),
    Index(
        "certificates_to_expire",
        "expires_on",
        sqlite_where=text("expires_on IS NOT NULL AND is_expired = 0"),
    ),
)

branches = _entity(
    "branches",
    _str("name"),
    _str("name_key", unique=True),
    _maybe("description"),
    _flag("active", True),
    _str("default_locale"),
    _str("default_timezone"),
    _maybe_ref("default_user_type_id", "user_types"),
    _maybe_ref("default_group_id", "groups"),
    _maybe_ref("owner_id", "users"),
    _maybe("ecommerce_processor"),
    _maybe("ecommerce_currency"),
    _maybe("title"),
    _maybe("theme"),
    _str("signup_method"),
    _str("signup_verification"),
)

groups = _entity(
    "groups",
    _str("name"),
    _maybe("description"),
    _maybe("key"),
    _maybe("max_key_redemptions", Integer),
    _money("price"),
    _maybe_ref("branch_id", "branches"),
)

group_users = _link("group_users", ("group_id", "groups"), ("user_id", "users"))
group_courses = _link("group_courses", ("group_id", "groups"), ("course_id", "courses"))
branch_users = _link("branch_users", ("branch_id", "branches"), ("user_id", "users"))
branch_courses = _link("branch_courses", ("branch_id", "branches"), ("course_id", "courses"))

learning_paths = _entity(
    "learning_paths",
    _str("name"),
    _str("search_key"),
    _maybe("description"),
    _str("status"),  # active or inactive
    _maybe_ref("category_id", "categories"),
    _money("price"),
    _maybe("starts_at"),
    _maybe("expires_at"),
    _str("rules"),  # a JSON object
)
learning_path_courses = _link(
    "learning_path_courses",
    ("learning_path_id", "learning_paths"),
    ("course_id", "courses"),
    _int("position"),
)
learning_path_enrollments = _link(
    "learning_path_enrollments",
    ("learning_path_id", "learning_paths"),
    ("user_id", "users"),
    _str("enrolled_on"),
    _maybe("completed_on"),
)

badges = _entity(
    "badges",
    _str("name"),
    _str("type"),
    _str("image_url"),
    _str("criteria"),
    _int("badge_set_id"),
    _maybe("completions", Integer),  # of courses, that earn it; null where something else does
)
user_badges = _link(
    "user_badges", ("user_id", "users"), ("badge_id", "badges"), _int("issued_on")
)  # issued_on is in Unix seconds, as the vendor documents it

# What an event is about stays readable after it is deleted: names, and ids without a reference.
events = _entity(
    "events",
    _str("event_type"),
    _int("type_number"),  # counts up within the type
    _str("created_at"),  # of the last occurrence
    _int("occurrences", 1),
    _str("message"),
    _maybe("user_id", Integer),
    _maybe("user_name"),
    _maybe("user_surname"),
    _maybe("user_login"),
    _maybe("course_id", Integer),
    _maybe("course_name"),
    _maybe("course_code"),
    _maybe("group_id", Integer),
    _maybe("group_name"),
    _maybe("branch_id", Integer),
    _maybe("branch_name"),
    _maybe("unit_id", Integer),
    _maybe("unit_name"),
    Index("events_by_time", "created_at", "id"),
    Index("events_by_type", "event_type", "created_at"),
    Index("events_by_number", "event_type", "type_number"),
    Index("events_by_user", "user_id", "created_at"),
)

tasks = _entity(
    "tasks",
    _str("code", unique=True),  # the id that the API knows
    _str("type"),
    _str("status"),  # pending, running, completed or failed
    _str("payload"),  # a JSON array of the items still to do
    _flag("announced", True),  # whether a client was told the id, and can ask for the task
    Column("started_at", Float, nullable=False),  # in seconds since 1970
    _int("polls", 0),
    _int("progress", 0),  # percent
    _int("total"),
    _int("processed", 0),
    _int("failed", 0),
    _str("errors"),  # a JSON array of {index, message}
    _str("created_at"),
    _maybe("completed_at"),
    Index("tasks_to_do", "started_at", sqlite_where=text("status IN ('pending', 'running')")),
)

outbox = _entity(
    "outbox",
    _str("kind"),  # password_reset or username_recovery
    _maybe_ref("user_id", "users"),
    _str("recipient"),
    _str("subject"),
    _str("link"),
    _str("created_at"),
)

page_keys = _entity(
    "page_keys",
    _str("key", unique=True),  # in the address of a page; of a logout it is a number
    _str("kind"),  # autologin, goto, logout or reset
    _ref("user_id", "users"),
    _str("target"),  # a JSON object: where the page leads
    _str("created_at"),
    _maybe("used_at"),  # of a key that can be used once
    Index("page_keys_by_user", "user_id"),
)

archive = _entity(
    "archive",
    _str("kind"),  # user or course
    _int("entity_id"),
    _str("name"),
    _str("archived_at"),
    _str("content"),  # JSON: the rows that left with it, and what referred to them
    Index("archive_by_entity", "kind", "entity_id", unique=True),
)

coupons = _entity("coupons", _str("code"), _str("code_key", unique=True), _int("percentage"))
