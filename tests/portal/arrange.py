"""Rows for tests: users, courses with units, and what the timeline says of them."""

from typing import Any

import orjson
from sqlalchemy import insert, select, update

from talentlms_mock import Portal
from talentlms_mock.portal.rules import enrollments, learning_paths
from talentlms_mock.portal.rules.courses import create_course
from talentlms_mock.portal.rules.users import create_user
from talentlms_mock.portal.store.models import courses, events, questions, sessions, units, users

Json = dict[str, Any]

STRONG: Json = {"text": "Is a long password strong?", "answers": ["Yes", "No"], "correct": ["Yes"]}
SIGNS: Json = {
    "text": "Which are signs of phishing?",
    "answers": ["Haste", "Threats", "Your name"],
    "correct": ["Haste", "Threats"],
    "weight": 2,
}
CAPITAL: Json = {"text": "Capital of France?", "type": "freetext", "correct": ["Paris"]}

READING: Json = {"name": "Reading", "type": "content"}
FILM: Json = {"name": "Film", "type": "video"}
QUIZ: Json = {
    "name": "Quiz",
    "type": "test",
    "pass_score": 60,
    "questions": [STRONG, SIGNS, CAPITAL],
}
FEEDBACK: Json = {
    "name": "Feedback",
    "type": "survey",
    "questions": [
        {"text": "Was it clear?", "answers": ["Yes", "No"]},
        {"text": "What else?", "type": "freetext"},
    ],
}
ESSAY: Json = {"name": "Essay", "type": "assignment", "pass_score": 50}
PACKAGE: Json = {"name": "Package", "type": "scorm"}
MORNING: Json = {
    "name": "Morning",
    "starts_at": "2025-05-07T08:00:00+00:00",
    "ends_at": "2025-05-07T09:00:00+00:00",
    "capacity": 1,
}
EVENING: Json = {
    "name": "Evening",
    "starts_at": "2025-05-07T18:00:00+00:00",
    "ends_at": "2025-05-07T19:30:00+00:00",
}
CLASS: Json = {"name": "Class", "type": "ilt", "sessions": [MORNING, EVENING]}


TRAINER = 3
"""The id of the built-in type Trainer-Type."""


def add_user(portal: Portal, login: str = "ada", name: str = "Ada") -> int:
    values = {"login": login, "name": name, "surname": "Lovelace", "password": "Passw0rd"}
    with portal.transaction() as transaction:
        return create_user(transaction, values | {"email": f"{login}@example.com"}, {})


def add_course(portal: Portal, *parts: Json, **columns: Any) -> int:
    """Add a course with these units, and with these columns of its own."""
    columns.setdefault("name", "Algebra")
    with portal.transaction() as transaction:
        id = create_course(transaction, {"name": columns["name"], "status": "active"}, {})
        transaction.connection.execute(update(courses).where(courses.c.id == id).values(columns))
        for position, part in enumerate(parts, 1):
            row = {name: part.get(name) for name in ("name", "type", "pass_score")}
            unit_id = transaction.insert(units, row | {"course_id": id, "position": position})
            for at, question in enumerate(part.get("questions", []), 1):
                transaction.connection.execute(insert(questions), _question(unit_id, at, question))
            for training in part.get("sessions", []):
                transaction.insert(
                    sessions, {"type": "classroom"} | training | {"unit_id": unit_id}
                )
    return id


def _question(unit_id: int, position: int, question: Json) -> Json:
    return {
        "unit_id": unit_id,
        "position": position,
        "text": question["text"],
        "type": question.get("type", "multiple_choice"),
        "weight": question.get("weight", 1),
        "answers": orjson.dumps(question.get("answers", [])).decode(),
        "correct_answers": orjson.dumps(question.get("correct", [])).decode(),
    }


def enroll(portal: Portal, user_id: int, course_id: int, role: str = "learner") -> None:
    """Enroll a user; one who is to instruct becomes a trainer first."""
    with portal.transaction() as transaction:
        if role == "instructor":
            trainer = update(users).where(users.c.id == user_id).values(user_type_id=TRAINER)
            transaction.connection.execute(trainer)
        enrollments.enroll(transaction, user_id, course_id, role)


def add_path(portal: Portal, *course_ids: int, **values: Any) -> int:
    with portal.transaction() as transaction:
        return learning_paths.create_learning_path(
            transaction, {"name": "Basics"} | values, course_ids
        )


def last_event(portal: Portal) -> int:
    """Return the id of the newest event."""
    with portal.transaction() as transaction:
        return int(
            transaction.scalar(select(events.c.id).order_by(events.c.id.desc()).limit(1)) or 0
        )


def told(portal: Portal, after: int) -> list[tuple[str, str | None, str | None]]:
    """Return what the timeline says since an event: the types, and the names of course and unit."""
    columns = events.c.event_type, events.c.course_name, events.c.unit_name
    with portal.transaction() as transaction:
        rows = transaction.connection.execute(
            select(*columns).where(events.c.id > after).order_by(events.c.id)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def count(portal: Portal, table: Any, *where: Any) -> int:
    with portal.transaction() as transaction:
        return len(transaction.connection.execute(select(table).where(*where)).all())
