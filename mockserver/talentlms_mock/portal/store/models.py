"""The tables of a portal: one SQLite database a portal.

Timestamps are text as the API writes them (ISO 8601, UTC), so that their order as
text is their order in time and no answer needs a conversion. `*_key` columns hold the
value without regard to case (`str.casefold`) and carry the unique indexes, because
SQLite's own NOCASE knows ASCII only. Every table with an id counts up and never
reuses one (domain.md).
"""

from typing import Any

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

from talentlms_mock.portal.store.columns import (
    choice,
    flag,
    id_column,
    integer,
    json,
    maybe,
    maybe_days,
    maybe_moment,
    maybe_ref,
    moment,
    money,
    number,
    ref,
    seconds,
    string,
    timezone,
)

metadata = MetaData()

STATUSES = ("not_attempted", "incomplete", "completed", "failed")
"""The completion statuses of a course or a unit."""


def _entity(name: str, *columns: Column[Any] | Index) -> Table:
    """A table of rows with an id, which is never used twice."""
    return Table(name, metadata, id_column(), *columns, sqlite_autoincrement=True)


def _link(name: str, left: tuple[str, str], right: tuple[str, str], *more: Column[Any]) -> Table:
    """A table that says which rows of two entities belong together."""
    return Table(
        name,
        metadata,
        ref(*left, primary_key=True),
        ref(*right, primary_key=True),
        *more,
        Index(f"{name}_by_{right[0]}", right[0], left[0]),
        sqlite_with_rowid=False,
    )


site = _entity(
    "site",
    string("name"),
    string("default_locale"),
    timezone("default_timezone"),
    string("date_format"),
    string("signup_method"),
    string("signup_type"),
    maybe("verification"),
    maybe("paypal_email"),
    flag("domain_map"),
    maybe("branch_limit", Integer),  # null is no limit
    flag("gamification_enabled", True),
    string("currency"),
    moment("created_at"),
    maybe("seeded_from"),  # JSON of the seed's `Origin`
)

user_types = _entity(
    "user_types",
    string("name"),
    flag("is_default"),
    flag("may_instruct"),
    integer("rank", 0),  # a user may switch to its own type and to all of a lower rank
)

users = _entity(
    "users",
    string("login"),
    string("login_key", unique=True),
    string("name"),
    string("surname"),
    string("email"),
    string("email_key", unique=True),
    string("search_key"),  # casefolded name, surname, login and email, a line each
    string("password_hash"),
    maybe("description"),  # HTML
    maybe("description_text"),  # without its tags; null where it has none
    json("avatar", "object", nullable=True),  # of the five sizes; null is the portal's default
    timezone("timezone"),
    string("locale"),
    ref("user_type_id", "user_types", ondelete="RESTRICT"),
    choice("status", "active", "inactive"),
    money("credits"),
    flag("email_notifications", True),
    maybe_moment("deactivation_date"),  # a timestamp; once passed, the user is inactive
    moment("registration"),
    maybe_moment("last_login"),
    maybe_moment("last_updated"),
    maybe("integration"),
    maybe("integration_user_id"),
    integer("points", 0),
    integer("level", 1),
    maybe_moment("session_started_at"),  # not null while online
    Index("users_by_status", "status"),
    Index("users_by_integration", "integration", sqlite_where=text("integration IS NOT NULL")),
    Index("users_by_last_updated", "last_updated"),
    Index("users_by_last_login", "last_login"),
    Index(
        "users_to_deactivate",
        "status",  # else SQLite would prefer the index of the status, and go through it
        "deactivation_date",
        sqlite_where=text("deactivation_date IS NOT NULL AND status = 'active'"),
    ),
)


def _fields(owner: str, *more: Column[Any]) -> tuple[Table, Table, Table]:
    """The custom fields of users or of courses, their values, and the branches they are for."""
    fields = _entity(
        f"{owner}_fields",
        string("key", unique=True),  # custom_field_1
        string("name"),
        choice("type", "text", "dropdown", "checkbox", "date"),
        flag("mandatory"),
        flag("visible_on_reports"),
        *more,
        json("dropdown_values", "texts", nullable=True),
        maybe("default_value"),  # of a dropdown, one of its values
        choice("checkbox_status", "off", "on", server_default="off"),
        flag("selective_availability"),
        flag("main_domain_availability", True),
        integer("position"),
    )
    values = Table(
        f"{owner}_field_values",
        metadata,
        ref("owner_id", f"{owner}s", primary_key=True),
        ref("field_id", f"{owner}_fields", primary_key=True),
        maybe("value"),
        Index(f"{owner}_field_values_by_value", "value"),
        sqlite_with_rowid=False,
    )
    field_branches = _link(
        f"{owner}_field_branches", ("field_id", f"{owner}_fields"), ("branch_id", "branches")
    )
    return fields, values, field_branches


user_fields, user_field_values, user_field_branches = _fields("user")
course_fields, course_field_values, course_field_branches = _fields(
    "course", flag("visible_to_learners", True)
)

categories = _entity(
    "categories",
    string("name"),
    money("price"),
    money("discounted_price"),
    maybe_ref("parent_id", "categories"),
)

courses = _entity(
    "courses",
    string("name"),
    maybe("code"),
    Column("code_key", String, nullable=True, unique=True),
    string("search_key"),
    maybe("description"),  # HTML
    maybe("description_text"),  # without its tags; null where it has none
    maybe_ref("category_id", "categories"),
    money("price"),
    money("discounted_price"),
    choice("status", "active", "inactive"),
    maybe("capacity", Integer),
    maybe("level", Integer),
    maybe_days("time_limit"),  # days from the enrollment
    maybe_moment("starts_at"),
    maybe_moment("expires_at"),
    flag("is_hidden_from_catalog"),
    flag("is_locked"),
    maybe("public_key"),
    json("cover_image", "object", nullable=True),  # of the five sizes
    maybe("intro_video_url"),
    maybe("intro_video_type"),
    flag("retain_access_after_completion", True),
    choice("traversal", "any", "sequential"),
    maybe("unit_percentage", Integer),  # of the units, that completes it; null is all of them
    flag("fails_with_test"),
    maybe("certification"),  # the certificate's name; null where the course gives none
    maybe_days("certificate_days"),  # days a certificate is valid; null is without end
    number("rating_average"),
    integer("rating_count", 0),
    moment("creation_date"),
    moment("last_updated_on"),
    Index("courses_by_category", "category_id"),
)
course_prerequisites = _link(
    "course_prerequisites", ("course_id", "courses"), ("prerequisite_id", "courses")
)

units = _entity(
    "units",
    ref("course_id", "courses"),
    string("name"),
    choice("type", "content", "video", "test", "survey", "assignment", "scorm", "ilt"),
    integer("position"),
    maybe("pass_score", Integer),
    maybe("max_attempts", Integer),  # at a test; null is any number
    flag("is_required", True),  # for the completion of the course
    flag("counts_for_score", True),  # of the course
    Index("units_by_course", "course_id", "position"),
)

questions = _entity(
    "questions",
    ref("unit_id", "units"),
    string("text"),
    choice("type", "multiple_choice", "freetext"),
    integer("weight", 1),
    integer("position"),
    json("answers", "texts"),
    json("correct_answers", "texts"),  # a free text without any waits for an instructor
    string("feedback", server_default=""),
    Index("questions_by_unit", "unit_id", "position"),
)

sessions = _entity(
    "sessions",
    ref("unit_id", "units"),
    string("name"),
    choice("type", "classroom", "webinar"),
    maybe_ref("owner_id", "users"),
    maybe_ref("instructor_id", "users"),
    maybe("description"),
    maybe("multiname"),  # what several sessions that belong together are called
    maybe_ref("linked_to_id", "sessions"),
    moment("starts_at"),
    moment("ends_at"),
    maybe("location"),
    maybe("capacity", Integer),
    Index("sessions_by_unit", "unit_id"),
)

session_attendees = Table(
    "session_attendees",
    metadata,
    ref("session_id", "sessions", primary_key=True),
    ref("user_id", "users", primary_key=True),
    flag("attended"),  # else the session is booked
    Index("session_attendees_by_user", "user_id"),
    sqlite_with_rowid=False,
)

enrollments = _entity(
    "enrollments",
    ref("user_id", "users"),
    ref("course_id", "courses"),
    choice("role", "learner", "instructor"),
    moment("enrolled_on"),
    maybe_moment("expires_on"),
    choice("completion_status", *STATUSES),
    integer("completion_percentage", 0),
    number("score"),
    integer("total_time", 0),  # seconds
    maybe_moment("completed_on"),
    maybe_ref("last_accessed_unit_id", "units"),
    Index("enrollments_by_user", "user_id", "course_id", unique=True),
    Index("enrollments_by_course", "course_id", "user_id"),  # the order of a course's users
    Index("enrollments_by_last_unit", "last_accessed_unit_id"),
)

unit_progress = Table(
    "unit_progress",
    metadata,
    ref("enrollment_id", "enrollments", primary_key=True),
    ref("unit_id", "units", primary_key=True),
    choice("completion_status", *STATUSES),
    number("score"),
    integer("total_time", 0),  # seconds
    maybe_moment("started_on"),
    maybe_moment("completed_on"),
    maybe_moment("accessed_on"),  # the last time
    integer("repetitions", 0),  # of a test: attempts after the first
    maybe_moment("submitted_on"),  # of an assignment; it waits for its grade until graded_on
    maybe("submission_text"),
    maybe_moment("graded_on"),  # by an instructor
    maybe("instructor_message"),
    Index("unit_progress_by_unit", "unit_id"),
    sqlite_with_rowid=False,
)

question_answers = Table(
    "question_answers",
    metadata,
    ref("enrollment_id", "enrollments", primary_key=True),
    ref("question_id", "questions", primary_key=True),
    json("answers", "texts"),
    flag("is_correct"),  # also where nothing is wrong: in a survey, and what is not graded yet
    number("points"),  # of a free text in a test, in percent; null until it is graded
    Index("question_answers_by_question", "question_id"),
    sqlite_with_rowid=False,
)

certificates = _entity(
    "certificates",
    ref("user_id", "users"),
    ref("course_id", "courses"),
    string("name"),
    moment("issued_on"),
    maybe_moment("expires_on"),
    flag("is_expired"),  # once the timeline says so
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
    string("name"),
    string("name_key", unique=True),
    maybe("description"),
    maybe("title"),
    flag("active", True),
    string("default_locale"),
    timezone("default_timezone"),
    maybe_ref("default_user_type_id", "user_types"),
    maybe_ref("default_group_id", "groups"),
    maybe_ref("owner_id", "users"),
    json("theme", "object"),  # as the API writes it
    maybe("logo"),
    maybe("favicon"),
    maybe("announcement_internal"),
    maybe("announcement_external"),
    string("signup"),
    maybe("user_verification"),
    maybe("restrict_user_registration_domains"),
    maybe("restrict_total_registered_users", Integer),
    flag("disallow_access_to_main_domain", True),
    maybe("terms_of_service"),
    json("badge_set", "object"),  # as the API writes it
    json("ecommerce", "object"),  # as the API writes it
)

groups = _entity(
    "groups",
    string("name"),
    maybe("description"),
    maybe("key"),
    maybe("max_key_redemptions", Integer),
    integer("key_redemptions", 0),  # how many users came in by the key
    money("price"),
    maybe_ref("branch_id", "branches"),
    Index("groups_by_key", "key"),
)

group_users = _link("group_users", ("group_id", "groups"), ("user_id", "users"))
group_courses = _link("group_courses", ("group_id", "groups"), ("course_id", "courses"))
branch_users = _link("branch_users", ("branch_id", "branches"), ("user_id", "users"))
branch_courses = _link("branch_courses", ("branch_id", "branches"), ("course_id", "courses"))

learning_paths = _entity(
    "learning_paths",
    string("name"),
    string("search_key"),
    maybe("description"),  # HTML
    maybe("description_text"),  # without its tags; null where it has none
    choice("status", "active", "inactive"),
    maybe_ref("category_id", "categories"),
    money("price"),
    maybe_moment("starts_at"),
    maybe_moment("expires_at"),
    json("rules", "object"),
)
learning_path_courses = _link(
    "learning_path_courses",
    ("learning_path_id", "learning_paths"),
    ("course_id", "courses"),
    integer("position"),
)
learning_path_enrollments = _link(
    "learning_path_enrollments",
    ("learning_path_id", "learning_paths"),
    ("user_id", "users"),
    moment("enrolled_on"),
    maybe_moment("completed_on"),
)

badges = _entity(
    "badges",
    string("name"),
    string("type"),
    string("image_url"),
    string("criteria"),
    integer("badge_set_id"),
    maybe("completions", Integer),  # of courses, that earn it; null where something else does
)
user_badges = _link(
    "user_badges", ("user_id", "users"), ("badge_id", "badges"), seconds("issued_on", Integer)
)  # issued_on is in Unix seconds, as the vendor documents it

# What an event is about stays readable after it is deleted: names, and ids without a reference.
events = _entity(
    "events",
    string("event_type"),
    integer("type_number"),  # counts up within the type
    moment("created_at"),  # of the last occurrence
    integer("occurrences", 1),
    string("message"),
    maybe("user_id", Integer),
    maybe("user_name"),
    maybe("user_surname"),
    maybe("user_login"),
    maybe("course_id", Integer),
    maybe("course_name"),
    maybe("course_code"),
    maybe("group_id", Integer),
    maybe("group_name"),
    maybe("branch_id", Integer),
    maybe("branch_name"),
    maybe("unit_id", Integer),
    maybe("unit_name"),
    Index("events_by_time", "created_at", "id"),
    Index("events_by_type", "event_type", "created_at"),
    Index("events_by_number", "event_type", "type_number"),
    Index("events_by_user", "user_id", "created_at"),
)

tasks = _entity(
    "tasks",
    string("code", unique=True),  # the id that the API knows
    string("type"),
    choice("status", "pending", "running", "completed", "failed"),
    json("payload", "array"),  # of the items still to do
    flag("announced", True),  # whether a client was told the id, and can ask for the task
    seconds("started_at", Float),
    integer("polls", 0),
    integer("progress", 0),  # percent
    integer("total"),
    integer("processed", 0),
    integer("failed", 0),
    json("errors", "array"),  # of {index, message}
    moment("created_at"),
    maybe_moment("completed_at"),
    Index("tasks_to_do", "started_at", sqlite_where=text("status IN ('pending', 'running')")),
)

outbox = _entity(
    "outbox",
    choice("kind", "password_reset", "username_recovery"),
    maybe_ref("user_id", "users"),
    string("recipient"),
    string("subject"),
    string("link"),
    moment("created_at"),
)

page_keys = _entity(
    "page_keys",
    string("key", unique=True),  # in an address or a cookie; of a logout it is a number
    choice("kind", "autologin", "goto", "logout", "reset", "checkout", "sign_in"),
    ref("user_id", "users"),
    json("target", "object"),  # where the page leads
    moment("created_at"),
    maybe_moment("used_at"),  # and so of no use any more; of a sign-in, when it ended
    Index("page_keys_by_user", "user_id"),
)

archive = _entity(
    "archive",
    choice("kind", "user", "course"),
    integer("entity_id"),
    string("name"),
    moment("archived_at"),
    json("content", "object"),  # the rows that left with it, and what referred to them
    Index("archive_by_entity", "kind", "entity_id", unique=True),
)

coupons = _entity("coupons", string("code"), string("code_key", unique=True), integer("percentage"))
