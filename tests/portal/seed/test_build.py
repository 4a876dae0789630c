"""What is seeded agrees with itself, and depends on the seed, the number and the date alone."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast

import orjson
import pytest
from sqlalchemy import StaticPool, create_engine

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.rules.passwords import PASSWORD_HASH
from talentlms_mock.portal.rules.rewards import POINTS_PER_COURSE, level
from talentlms_mock.portal.seed import build, definition
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.events import EVENT_TYPES
from talentlms_mock.portal.store.models import metadata
from talentlms_mock.portal.store.schema import APPLICATION_ID, SCHEMA_VERSION
from talentlms_mock.portal.store.transaction import Transaction

AT = datetime(2025, 5, 7, 9, 30, tzinfo=UTC)
NOW = "2025-05-07T00:00:00+00:00"
CASES = [
    ("demo", 300, 42),
    ("demo", 300, 7),
    ("demo", 50, 42),
    ("messy", 101, 42),
    ("messy", 300, 3),
]

GROWING = (
    "users",
    "enrollments",
    "unit_progress",
    "question_answers",
    "session_attendees",
    "certificates",
    "group_users",
    "branch_users",
    "learning_path_enrollments",
    "user_field_values",
    "user_badges",
    "events",
)
"""The tables that have more rows when there are more users."""

Rows = list[tuple[object, ...]]
Query = Callable[[str], Rows]


@cache
def seeded(portal: str, users: int, seed: int, at: datetime = AT) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        build.build_in(database, definition.load(portal), users=users, seed=seed, at=at)
        return database.serialize()


@cache
def whole(portal: str, users: int, seed: int, at: datetime = AT) -> bytes:
    """Return what is seeded, with all that is in the archive back in its place."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        transaction = Transaction(connection, Clock.standing_at(at.timestamp()), Settings())
        transaction.sqlite.deserialize(seeded(portal, users, seed, at))
        archived = rows(seeded(portal, users, seed, at), "SELECT kind, entity_id FROM archive")
        for kind, id in archived:
            archive.take_out(transaction, cast("archive.Kind", kind), int(str(id)))
        connection.commit()
        return transaction.sqlite.serialize()


def rows(content: bytes, statement: str) -> Rows:
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        return database.execute(statement).fetchall()


def table(content: bytes, name: str) -> Rows:
    keys = ", ".join(column.name for column in metadata.tables[name].primary_key)
    return rows(content, f'SELECT * FROM "{name}" ORDER BY {keys}')


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)))
def query(request: pytest.FixtureRequest) -> Iterator[Query]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(whole(*request.param))
        yield lambda statement: database.execute(statement).fetchall()


BROKEN = {
    "a user has the casefolded keys of its login and email (in ASCII)": """
        SELECT * FROM users WHERE login = lower(login) AND login_key <> login
        AND login GLOB '[a-z]*' AND NOT login GLOB '*[^a-z0-9.]*'""",
    "a user registers before it signs in, and no later than now": """
        SELECT * FROM users WHERE registration >= :now OR last_login >= :now
        OR registration >= last_login OR last_updated < registration OR last_updated > :now""",
    "an active user has no day of deactivation that is over": """
        SELECT * FROM users WHERE status = 'active' AND deactivation_date <= :now""",
    "only active users are online, since they signed in": """
        SELECT * FROM users WHERE session_started_at IS NOT NULL
        AND (status <> 'active' OR session_started_at <> last_login)""",
    "emails are on domains reserved for examples": """
        SELECT * FROM users WHERE NOT (email_key LIKE '%@example.com'
        OR email_key LIKE '%@example.org' OR email_key LIKE '%@example.net')""",
    "nobody is enrolled before registering, or in a course that is not there yet": """
        SELECT * FROM enrollments e JOIN users u ON u.id = user_id
        JOIN courses c ON c.id = course_id
        WHERE enrolled_on <= registration OR enrolled_on <= creation_date
        OR enrolled_on <= coalesce(starts_at, '') OR enrolled_on >= coalesce(expires_at, 'x')
        OR c.status <> 'active' OR enrolled_on > :now""",
    "nobody is enrolled after its deactivation": """
        SELECT * FROM enrollments JOIN users u ON u.id = user_id
        WHERE u.status = 'inactive' AND enrolled_on >= deactivation_date""",
    "no course has more users than its capacity": """
        SELECT course_id FROM enrollments JOIN courses c ON c.id = course_id
        GROUP BY course_id HAVING count(*) > max(capacity)""",
    "an enrollment ends with the course's time limit": """
        SELECT * FROM enrollments JOIN courses c ON c.id = course_id
        WHERE expires_on IS NOT CASE WHEN time_limit IS NOT NULL THEN
        strftime('%Y-%m-%dT%H:%M:%S+00:00', enrolled_on, '+' || time_limit || ' days') END""",
    "an enrollment is completed with all of its units, and not otherwise": """
        SELECT * FROM enrollments e WHERE (completion_status = 'completed')
        <> (completion_percentage = 100) OR (completion_status = 'completed')
        <> (completed_on IS NOT NULL)""",
    "the percentage is that of the completed units": """
        SELECT * FROM (SELECT e.*, (SELECT count(*) FROM units WHERE course_id = e.course_id) AS
        total, (SELECT count(*) FROM unit_progress WHERE enrollment_id = e.id
        AND completion_status = 'completed') AS done FROM enrollments e)
        WHERE completion_status <> 'completed'
        AND abs(completion_percentage - coalesce(100.0 * done / total, 0)) > 0.5""",
    "as many units are completed as complete a course, and not only then": """
        SELECT * FROM (SELECT e.completion_status, coalesce(c.unit_percentage, 100) AS needed,
        (SELECT count(*) FROM units WHERE course_id = c.id) AS total,
        (SELECT count(*) FROM unit_progress p WHERE p.enrollment_id = e.id
        AND p.completion_status = 'completed') AS done
        FROM enrollments e JOIN courses c ON c.id = e.course_id) WHERE total > 0
        AND (completion_status = 'completed') <> (100 * done >= needed * total)""",
    "the score is the average of the scored units": """
        SELECT * FROM (SELECT e.id, e.score, round(avg(p.score), 2) AS average FROM enrollments e
        LEFT JOIN (unit_progress p JOIN units u ON u.id = unit_id AND counts_for_score)
        ON p.enrollment_id = e.id GROUP BY e.id)
        WHERE abs(score - average) > 0.011 OR (score IS NULL) <> (average IS NULL)""",
    "the time is that of the units": """
        SELECT * FROM (SELECT e.id, e.total_time, coalesce(sum(p.total_time), 0) AS time
        FROM enrollments e LEFT JOIN unit_progress p ON p.enrollment_id = e.id GROUP BY e.id)
        WHERE total_time <> time""",
    "who did not begin has no progress, and everybody else has": """
        SELECT * FROM enrollments e WHERE (completion_status = 'not_attempted') <>
        (NOT EXISTS (SELECT * FROM unit_progress WHERE enrollment_id = e.id))
        OR (completion_status = 'not_attempted') <> (last_accessed_unit_id IS NULL)""",
    "instructors have no progress": """
        SELECT * FROM enrollments WHERE role = 'instructor'
        AND completion_status <> 'not_attempted'""",
    "instructors may instruct": """
        SELECT * FROM enrollments JOIN users u ON u.id = user_id
        JOIN user_types t ON t.id = user_type_id WHERE role = 'instructor' AND NOT may_instruct""",
    "progress is in units of the course, after the enrollment and before the last sign-in": """
        SELECT * FROM unit_progress p JOIN enrollments e ON e.id = enrollment_id
        JOIN units u ON u.id = unit_id JOIN users ON users.id = user_id
        WHERE u.course_id <> e.course_id OR started_on <= enrolled_on OR last_login IS NULL
        OR started_on > last_login OR p.completed_on > last_login
        OR p.completed_on <= started_on OR p.completed_on > expires_on""",
    "a unit is completed when it has been": """
        SELECT * FROM unit_progress
        WHERE (completion_status = 'completed') <> (completed_on IS NOT NULL)
        OR completion_status NOT IN ('incomplete', 'completed', 'failed')""",
    "an enrollment is completed with its last unit": """
        SELECT * FROM enrollments e WHERE completed_on <> (SELECT max(completed_on)
        FROM unit_progress WHERE enrollment_id = e.id)""",
    "a test has a score on the right side of what passes, and other units only where scored": """
        SELECT * FROM unit_progress p JOIN units u ON u.id = unit_id
        WHERE type = 'test' AND completion_status = 'completed' AND NOT p.score >= pass_score
        OR type = 'test' AND completion_status = 'failed' AND NOT p.score < pass_score
        OR completion_status = 'failed' AND type <> 'test'
        OR type IN ('content', 'video', 'survey') AND p.score IS NOT NULL
        OR type NOT IN ('content', 'video', 'survey') AND completion_status = 'completed'
        AND p.score IS NULL""",
    "the score of a test is that of its answers": """
        SELECT * FROM (SELECT p.score, sum(weight * coalesce(points, 100.0 * is_correct))
        / sum(weight) AS earned
        FROM unit_progress p JOIN units u ON u.id = p.unit_id AND u.type = 'test'
        JOIN questions q ON q.unit_id = u.id
        JOIN question_answers a ON a.enrollment_id = p.enrollment_id AND a.question_id = q.id
        GROUP BY p.enrollment_id, p.unit_id) WHERE abs(score - earned) > 0.011""",
    "every question of a test or survey that was done is answered, and no other": """
        SELECT * FROM (SELECT p.completion_status, count(a.question_id) AS answered, count(*) AS
        asked, max(q.type = 'freetext' AND correct_answers = '[]' AND a.points IS NULL
        AND a.question_id IS NOT NULL) AS waiting
        FROM unit_progress p JOIN questions q ON q.unit_id = p.unit_id
        LEFT JOIN question_answers a ON a.enrollment_id = p.enrollment_id
        AND a.question_id = q.id GROUP BY p.enrollment_id, p.unit_id) WHERE answered <>
        CASE WHEN completion_status = 'incomplete' AND NOT waiting THEN 0 ELSE asked END""",
    "only free texts of tests have points, as far as they are graded": """
        SELECT * FROM question_answers a JOIN questions q ON q.id = question_id
        JOIN units u ON u.id = q.unit_id JOIN unit_progress p ON p.unit_id = u.id
        AND p.enrollment_id = a.enrollment_id WHERE (points IS NOT NULL) <>
        (q.type = 'freetext' AND u.type = 'test' AND p.completion_status <> 'incomplete')
        OR is_correct <> (points = 100)""",
    "an assignment is graded once it is submitted, unless it waits": """
        SELECT * FROM unit_progress p JOIN units u ON u.id = unit_id
        WHERE (submitted_on IS NOT NULL) <> (type = 'assignment') OR submitted_on < started_on
        OR submitted_on > graded_on OR (type = 'assignment' AND
        (graded_on IS NULL) <> (completion_status = 'incomplete'))
        OR (graded_on IS NOT NULL) <> (completion_status <> 'incomplete' AND (
        type IN ('assignment', 'ilt') OR EXISTS (SELECT * FROM questions q WHERE q.unit_id = u.id
        AND q.type = 'freetext' AND correct_answers = '[]' AND u.type = 'test')))""",
    "a course is failed by a failed test, where its rule says so": """
        SELECT * FROM enrollments e JOIN courses c ON c.id = course_id
        WHERE (completion_status = 'failed') <> (fails_with_test AND EXISTS (SELECT * FROM
        unit_progress WHERE enrollment_id = e.id AND completion_status = 'failed'))""",
    "no session has more attendees than its capacity": """
        SELECT session_id FROM session_attendees JOIN sessions s ON s.id = session_id
        GROUP BY session_id HAVING count(*) > max(capacity)""",
    "attendees are in the course": """
        SELECT * FROM session_attendees a JOIN sessions s ON s.id = session_id
        JOIN units u ON u.id = unit_id WHERE NOT EXISTS (SELECT * FROM enrollments e
        WHERE e.user_id = a.user_id AND e.course_id = u.course_id)""",
    "who completed a session attended it": """
        SELECT * FROM unit_progress p JOIN units u ON u.id = unit_id AND type = 'ilt'
        JOIN enrollments e ON e.id = enrollment_id WHERE NOT EXISTS (SELECT * FROM sessions s
        JOIN session_attendees a ON a.session_id = s.id WHERE s.unit_id = u.id
        AND a.user_id = e.user_id AND starts_at = started_on AND ends_at = p.completed_on)""",
    "who completed a course that certifies has its certificate": """
        SELECT * FROM enrollments e JOIN courses c ON c.id = e.course_id
        LEFT JOIN certificates x ON x.user_id = e.user_id AND x.course_id = e.course_id
        WHERE (x.id IS NOT NULL) <> (completed_on IS NOT NULL AND certification IS NOT NULL)
        OR x.name <> certification OR issued_on <> completed_on
        OR x.expires_on IS NOT CASE WHEN x.id IS NOT NULL AND certificate_days IS NOT NULL THEN
        strftime('%Y-%m-%dT%H:%M:%S+00:00', issued_on, '+' || certificate_days || ' days') END""",
    "no group has more members than its key redemptions": """
        SELECT group_id FROM group_users JOIN groups g ON g.id = group_id
        GROUP BY group_id HAVING count(*) > max(max_key_redemptions)""",
    "a key is redeemed by members only, and only where there is one": """
        SELECT * FROM groups g WHERE key_redemptions > (SELECT count(*) FROM group_users
        WHERE group_id = g.id) OR key_redemptions > max_key_redemptions
        OR key_redemptions > 0 AND key IS NULL""",
    "subscribers are users of the branch": """
        SELECT * FROM branches b
        WHERE json_extract(ecommerce, '$.subscription.active_subscriptions') >
        (SELECT count(*) FROM branch_users WHERE branch_id = b.id)""",
    "no branch has more users than it may": """
        SELECT * FROM branches b WHERE restrict_total_registered_users
        < (SELECT count(*) FROM branch_users WHERE branch_id = b.id)""",
    "a user has values of the fields that it has": """
        SELECT * FROM user_field_values JOIN user_fields f ON f.id = field_id
        WHERE selective_availability AND NOT CASE
        WHEN NOT EXISTS (SELECT * FROM branch_users WHERE user_id = owner_id)
        THEN main_domain_availability
        WHEN NOT EXISTS (SELECT * FROM user_field_branches b WHERE b.field_id = f.id) THEN 1
        ELSE EXISTS (SELECT * FROM branch_users u JOIN user_field_branches b
        ON b.branch_id = u.branch_id AND b.field_id = f.id WHERE u.user_id = owner_id) END""",
    "who is online was signed in by a key that was used": """
        SELECT * FROM users u LEFT JOIN page_keys k ON k.user_id = u.id
        WHERE (session_started_at IS NOT NULL) <> (k.id IS NOT NULL) OR used_at <> last_login
        OR used_at <> created_at OR kind <> 'autologin' OR length(key) <> 20""",
    "members of a group are in its courses that are open": """
        SELECT * FROM group_users m JOIN group_courses g USING (group_id)
        JOIN courses c ON c.id = g.course_id AND status = 'active'
        AND coalesce(expires_at, 'x') > :now AND coalesce(starts_at, '') < :now
        WHERE NOT EXISTS (SELECT * FROM enrollments e
        WHERE e.user_id = m.user_id AND e.course_id = c.id)""",
    "nobody is in a branch that is not active": """
        SELECT * FROM branch_users JOIN branches b ON b.id = branch_id WHERE NOT active""",
    "who is in a learning path is in its courses": """
        SELECT * FROM learning_path_enrollments p JOIN learning_path_courses c
        USING (learning_path_id) WHERE NOT EXISTS (SELECT * FROM enrollments e
        WHERE e.user_id = p.user_id AND e.course_id = c.course_id)""",
    "a learning path is completed with all of its courses": """
        SELECT * FROM (SELECT p.completed_on, p.enrolled_on, count(*) AS courses,
        count(e.completed_on) AS done, max(e.completed_on) AS last
        FROM learning_path_enrollments p JOIN learning_path_courses c USING (learning_path_id)
        JOIN enrollments e ON e.user_id = p.user_id AND e.course_id = c.course_id
        GROUP BY p.user_id, p.learning_path_id) WHERE completed_on IS NOT
        CASE WHEN courses = done THEN max(last, enrolled_on) END""",
    "a badge is from one of the completions": """
        SELECT * FROM user_badges b WHERE NOT EXISTS (SELECT * FROM enrollments e
        WHERE e.user_id = b.user_id AND strftime('%s', completed_on) + 0 = issued_on)""",
    "every event names the user it is about, as it is called": """
        SELECT * FROM events e LEFT JOIN users u ON u.id = user_id WHERE user_id IS NOT NULL
        AND user_name IS NOT name""",
    "every event names the course, unit, group and branch as it is called": """
        SELECT * FROM events e LEFT JOIN courses c ON c.id = e.course_id
        LEFT JOIN units t ON t.id = unit_id LEFT JOIN groups g ON g.id = group_id
        LEFT JOIN branches b ON b.id = e.branch_id WHERE course_name IS NOT c.name
        OR unit_name IS NOT t.name OR group_name IS NOT g.name OR branch_name IS NOT b.name""",
    "nothing happened after now": "SELECT * FROM events WHERE created_at > :now",
    "events count up in time": """
        SELECT * FROM events a JOIN events b ON b.id = a.id + 1
        WHERE b.created_at < a.created_at""",
    "events of a type count up with all events": """
        SELECT * FROM (SELECT type_number,
        row_number() OVER (PARTITION BY event_type ORDER BY id) AS number FROM events)
        WHERE type_number <> number""",
}
"""Statements by the rule that holds when they find nothing."""


@pytest.mark.parametrize("rule", BROKEN)
def test_rule_holds(query: Query, rule: str) -> None:
    assert query(BROKEN[rule].replace(":now", f"'{NOW}'")) == []


TOLD = {
    "user_login_user": "SELECT id, NULL, NULL, last_login FROM users WHERE last_login IS NOT NULL",
    "course_add_user": "SELECT user_id, course_id, NULL, enrolled_on FROM enrollments",
    "course_completion": """SELECT user_id, course_id, NULL, completed_on FROM enrollments
        WHERE completion_status = 'completed'""",
    "course_failure": """SELECT user_id, course_id, NULL, (SELECT max(created_at) FROM events v
        WHERE v.user_id = e.user_id AND v.course_id = e.course_id
        AND event_type = 'unitprogress_test_failed') FROM enrollments e
        WHERE completion_status = 'failed'""",
    "certification_issue_certification": """
        SELECT user_id, course_id, NULL, issued_on FROM certificates""",
    "certification_expire_certification": f"""
        SELECT user_id, course_id, NULL, expires_on FROM certificates
        WHERE expires_on <= '{NOW}'""",
    "unitprogress_test_completion": "test",
    "unitprogress_survey_completion": "survey",
    "unitprogress_assignment_graded": "assignment",
    "unitprogress_ilt_graded": "ilt",
    "course_create_course": "SELECT NULL, id, NULL, creation_date FROM courses",
    "user_unlock_badge": """SELECT user_id, NULL, NULL,
        strftime('%Y-%m-%dT%H:%M:%S+00:00', issued_on, 'unixepoch') FROM user_badges""",
}
"""By event type, what the timeline must tell: user, course, unit and time; or a unit's type."""


@pytest.mark.parametrize("event_type", TOLD)
def test_timeline_tells_what_happened(query: Query, event_type: str) -> None:
    happened = TOLD[event_type]
    if not happened.startswith(("SELECT", "\n")):
        happened = f"""SELECT user_id, e.course_id, unit_id, p.completed_on FROM unit_progress p
            JOIN enrollments e ON e.id = enrollment_id JOIN units u ON u.id = unit_id
            WHERE type = '{happened}' AND p.completion_status = 'completed'"""

    told = query(
        "SELECT user_id, course_id, unit_id, created_at FROM events "
        f"WHERE event_type = '{event_type}'"
    )

    assert sorted(told, key=str) == sorted(query(happened), key=str)


def test_timeline_tells_how_users_came(query: Query) -> None:
    told = query(
        "SELECT user_id, created_at FROM events "
        "WHERE event_type IN ('user_create_user', 'user_self_register') ORDER BY user_id"
    )

    assert told == query("SELECT id, registration FROM users ORDER BY id")


@pytest.mark.parametrize("place", ["group", "branch"])
def test_timeline_tells_who_joined(query: Query, place: str) -> None:
    told = query(
        f"SELECT {place}_id, user_id FROM events WHERE event_type = '{place}_add_user' "
        "ORDER BY 1, 2"
    )

    assert told == query(f"SELECT {place}_id, user_id FROM {place}_users ORDER BY 1, 2")


def test_points_level_and_badges_follow_from_completions(query: Query) -> None:
    criteria = query("SELECT criteria FROM badges")
    thresholds = [int(str(text).split()[1]) for (text,) in criteria]  # Complete 2 courses
    for completed, points, reached, badges, upgrades in query(
        "SELECT (SELECT count(completed_on) FROM enrollments WHERE user_id = users.id), points, "
        "level, (SELECT count(*) FROM user_badges WHERE user_id = users.id), (SELECT count(*) "
        "FROM events WHERE user_id = users.id AND event_type = 'user_upgrade_level') FROM users"
    ):
        assert isinstance(completed, int)
        assert points == completed * POINTS_PER_COURSE
        assert reached == level(completed * POINTS_PER_COURSE)
        assert upgrades == level(completed * POINTS_PER_COURSE) - 1
        assert badges == sum(threshold <= completed for threshold in thresholds)


def test_keys_are_without_regard_to_case(query: Query) -> None:
    for name, surname, login, email, login_key, email_key, search_key in query(
        "SELECT name, surname, login, email, login_key, email_key, search_key FROM users"
    ):
        assert login_key == str(login).casefold()
        assert email_key == str(email).casefold()
        assert search_key == f"{name}\n{surname}\n{login}\n{email}".casefold()


def test_avatars_have_the_five_sizes(query: Query) -> None:
    for (avatar,) in query("SELECT avatar FROM users WHERE avatar IS NOT NULL"):
        assert sorted(orjson.loads(str(avatar))) == ["default", "lg", "md", "sm", "xl"]


def test_references_hold_and_the_file_is_marked(query: Query) -> None:
    assert query("PRAGMA foreign_key_check") == []
    assert query("PRAGMA integrity_check") == [("ok",)]
    assert query("PRAGMA application_id") == [(APPLICATION_ID,)]
    assert query("PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_tables_and_indexes_are_those_of_the_models(query: Query) -> None:
    found = {name for (name,) in query("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")}
    indexes = {str(index.name) for table in metadata.tables.values() for index in table.indexes}

    assert found - {"sqlite_sequence"} == set(metadata.tables) | indexes


def test_ids_go_on_after_those_that_are_there(query: Query) -> None:
    for name, last in query("SELECT name, seq FROM sqlite_sequence"):
        assert name == "archive" or query(f'SELECT max(id) FROM "{name}"') == [(last,)]


def test_every_event_type_is_known(query: Query) -> None:
    assert {name for (name,) in query("SELECT event_type FROM events")} <= set(EVENT_TYPES)


def test_messages_are_whole_sentences(query: Query) -> None:
    named = "SELECT message, name || ' ' || surname FROM events LEFT JOIN users u ON u.id = user_id"
    for message, user in query(named.replace("name ||", "u.name ||", 1)):
        assert "\0" not in str(message)
        assert "None" not in str(message).replace(str(user), "")
        assert user is None or str(user) in str(message)


def test_every_user_has_the_documented_password(query: Query) -> None:
    assert query("SELECT DISTINCT password_hash FROM users") == [(PASSWORD_HASH,)]


def test_demo_has_enrollments_in_every_state() -> None:
    found = rows(seeded("demo", 50, 42), "SELECT DISTINCT role, completion_status FROM enrollments")

    assert sorted(found) == [
        ("instructor", "not_attempted"),
        ("learner", "completed"),
        ("learner", "failed"),
        ("learner", "incomplete"),
        ("learner", "not_attempted"),
    ]


@pytest.mark.parametrize("portal", ["demo", "messy"])
def test_default_size_has_something_of_everything(portal: str) -> None:
    site = definition.load(portal)
    content = seeded(portal, site.users, 42)

    empty = [name for name in metadata.tables if not table(content, name)]

    without = {"tasks", "outbox"}
    if portal == "messy":
        without |= {"branch_courses", "archive", "user_field_branches", "course_field_branches"}
    assert set(empty) == without
    assert len(rows(content, "SELECT * FROM users WHERE status = 'inactive'"))


def test_messy_has_nulls_wherever_there_may_be_one() -> None:
    content = seeded("messy", 101, 42)

    for name in ("users", "courses", "enrollments", "groups", "categories"):
        for column in metadata.tables[name].columns:
            if column.nullable:
                null = f'SELECT * FROM "{name}" WHERE "{column.name}" IS NULL'
                assert rows(content, null), f"{name}.{column.name} is never null"


def test_messy_has_a_page_and_one_row_more_and_the_longest_strings() -> None:
    content = seeded("messy", definition.load("messy").users, 42)

    lengths = rows(
        content,
        "SELECT count(*), max(length(login)), max(length(name)), max(length(surname)), "
        "max(length(email)) FROM users",
    )

    assert lengths == [(101, 191, 191, 191, 191)]


def test_messy_spells_names_in_many_ways() -> None:
    names = " ".join(
        str(name)
        for (name,) in rows(seeded("messy", 101, 42), "SELECT name || ' ' || surname FROM users")
    )

    for sample in ("O'Brien-Łukasiewicz", "محمد", "נועה", "花子", "e\u0301", "🚀", "Işık", "Weiß"):
        assert sample in names


def test_empty_has_the_user_types_and_nothing_else() -> None:
    content = seeded("empty", 0, 42)

    filled = [name for name in metadata.tables if table(content, name)]

    assert filled == ["site", "user_types"]


@pytest.mark.parametrize("portal", ["demo", "messy", "large", "empty"])
@pytest.mark.parametrize("users", [0, 1, 7])
def test_any_number_of_users_will_do(portal: str, users: int) -> None:
    content = seeded(portal, users, 42)

    assert len(table(content, "users")) == users
    assert rows(content, "PRAGMA foreign_key_check") == []


def test_large_is_the_demo_portal_with_ten_thousand_users() -> None:
    large, demo = definition.load("large"), definition.load("demo")

    assert large.users == 10_000
    assert large.courses == demo.courses


@pytest.mark.parametrize(("portal", "seed"), [("demo", 42), ("demo", 1), ("messy", 42)])
@pytest.mark.parametrize("name", GROWING)
def test_fewer_users_are_the_first_of_many(portal: str, seed: int, name: str) -> None:
    few, many = table(seeded(portal, 50, seed), name), table(seeded(portal, 300, seed), name)

    users = len(table(seeded(portal, 50, seed), "users"))
    columns = [column.name for column in metadata.tables[name].columns]
    if name == "events":  # numbered in the order of time, over all users
        few, many = ([(row[1], *row[3:]) for row in rows] for rows in (few, many))
        columns = [columns[1], *columns[3:]]
    if "user_id" in columns:
        at = columns.index("user_id")
        few, many = (
            [row for row in rows if row[at] is None or int(str(row[at])) <= users]
            for rows in (few, many)
        )
    else:
        many = [row for row in many if row in set(few)]

    assert few == many
    assert few


def test_enrollments_certificates_and_events_of_fewer_users_have_the_first_ids() -> None:
    for name in ("users", "enrollments", "certificates", "events"):
        ids = [row[0] for row in table(whole("demo", 50, 42), name)]
        assert ids == list(range(1, len(ids) + 1))


def test_same_seed_gives_the_same_bytes() -> None:
    first = seeded("demo", 50, 42)
    seeded.cache_clear()

    assert seeded("demo", 50, 42) == first


def test_time_of_day_does_not_matter() -> None:
    midnight = AT.replace(hour=0, minute=0)

    assert seeded("demo", 50, 42, midnight) == seeded("demo", 50, 42)


@pytest.mark.parametrize("name", ["users", "enrollments", "events"])
def test_another_seed_gives_others(name: str) -> None:
    assert table(seeded("demo", 50, 42), name) != table(seeded("demo", 50, 43), name)


# The values of course fields are written out in the file, dates as well.
@pytest.mark.parametrize("name", sorted(set(metadata.tables) - {"course_field_values"}))
def test_another_date_shifts_the_dates_and_nothing_else(name: str) -> None:
    days = 1000

    later = table(seeded("demo", 50, 42, AT + timedelta(days=days)), name)

    assert later == [
        tuple(_shifted(value, days) for value in row) for row in table(seeded("demo", 50, 42), name)
    ]


_MOMENT = re.compile(r"(?<![\w.-])\d{4}-\d\d-\d\d(T[\d:]{8}\+00:00)?(?![\w.-])")


def _shifted(value: object, days: int) -> object:
    if isinstance(value, int) and value > 1_000_000_000:  # Unix seconds
        return value + days * 86_400
    if isinstance(value, str) and value.startswith('{"rows"'):  # of the archive
        return orjson.dumps(_shifted_parts(orjson.loads(value), days)).decode()
    if not isinstance(value, str):
        return value
    return _MOMENT.sub(lambda found: _shifted_moment(found[0], days), value)


def _shifted_parts(value: object, days: int) -> object:
    if isinstance(value, list):
        return [_shifted_parts(part, days) for part in value]
    if isinstance(value, dict):
        return {name: _shifted_parts(part, days) for name, part in value.items()}
    return _shifted(value, days)


def _shifted_moment(text: str, days: int) -> str:
    moment = datetime.fromisoformat(text) + timedelta(days=days)
    return moment.date().isoformat() if len(text) == 10 else moment.isoformat()


def test_at_the_ends_of_the_calendar_dates_stay_in_it() -> None:
    first = seeded("demo", 5, 42, datetime(1, 1, 1, tzinfo=UTC))
    last = seeded("demo", 9, 42, datetime(9999, 12, 31, tzinfo=UTC))

    assert rows(first, "SELECT DISTINCT substr(registration, 1, 10) FROM users") == [
        ("0001-01-01",)
    ]
    assert rows(last, "SELECT max(substr(deactivation_date, 1, 10)) FROM users") == [
        ("9999-12-31",)
    ]


def test_file_is_made_whole_and_tells_its_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    build.build_file(
        tmp_path / "portal.sqlite",
        dataset="demo",
        users=1200,
        seed=42,
        progress=lambda done, total: seen.append((done, total)),
    )

    with closing(sqlite3.connect(tmp_path / "portal.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM users").fetchone() == (1200,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert seen == [(done, 1200) for done in range(200, 1201, 200)]
    assert [path.name for path in tmp_path.iterdir()] == ["portal.sqlite"]


def test_file_takes_the_portals_own_number_of_users(tmp_path: Path) -> None:
    build.build_file(tmp_path / "portal.sqlite", dataset="messy", users=None, seed=42)

    with closing(sqlite3.connect(tmp_path / "portal.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM users").fetchone() == (101,)


def test_existing_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    path.write_text("mine")

    with pytest.raises(SetupError, match="exists already"):
        build.build_file(path, users=1, seed=42)

    assert path.read_text() == "mine"


def test_file_in_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="does not exist"):
        build.build_file(tmp_path / "none" / "portal.sqlite", users=1, seed=42)


def test_file_in_a_directory_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(SetupError, match=r"cannot be written"):
        build.build_file(Path("/proc/portal.sqlite"), users=1, seed=42)


def test_nothing_is_left_behind_when_stopped(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.build_file(tmp_path / "portal.sqlite", users=1, seed=42, progress=stop)

    assert list(tmp_path.iterdir()) == []
