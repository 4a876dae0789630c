"""What users did: enrollments, progress in units, answers, certificates and badges."""

from collections.abc import Mapping
from typing import Any

import orjson

from talentlms_mock.portal.store.row_types import (
    BadgeRow,
    CertificateRow,
    EnrollmentRow,
    QuestionAnswerRow,
    SessionAttendeeRow,
    UnitProgressRow,
    UserBadgeRow,
)
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.making.source import Record, Source
from talentlms_mock.verify.importing.making.units import Unit

Seats = Mapping[tuple[int, int], int]
"""The ids of enrollments by user and course."""


def add_enrollments(source: Source) -> Seats:
    """Add the enrollments, and return their ids."""
    found: dict[tuple[int, int], Record] = {}
    progress = {ids: row.get("progress") for ids, _, row in source.read(reads.COURSE_PROGRESS)}
    for (course, user), _, row in source.read(reads.COURSE_PROGRESS):
        if row.get("enrolled"):
            seen = row.get("progress") or {}
            own = {"completed_on": seen.get("completion_date"), "role": row.get("role_in_course")}
            found[user, course] = {**seen, **own}
    for course, user, row in source.enrollments():
        found[user, course] = {**found.get((user, course), {}), **row}
    seats: dict[tuple[int, int], int] = {}
    for (user, course), record in sorted(found.items()):
        where = "enrollments"
        if (
            source.refer("user", user, f"{where}.user") is None
            or source.refer("course", course, f"{where}.course") is None
        ):
            continue
        seats[user, course] = len(seats) + 1
        seen = progress.get((course, user)) or {}
        source.rows.add(
            _enrollment(source, len(seats), user, course, record, seen.get("last_viewed_unit_id"))
        )
    return seats


def _enrollment(
    source: Source, id: int, user: int, course: int, record: Record, last_unit: int | None
) -> EnrollmentRow:
    done = record.get("completed_on")
    status = source.require(record, "completion_status", "not_attempted", "enrollments")
    return EnrollmentRow(
        id=id,
        user_id=user,
        course_id=course,
        role=source.require(record, "role", "learner", "enrollments"),
        enrolled_on=source.require(record, "enrolled_on", done or source.now, "enrollments"),
        expires_on=None,
        completion_status=status,
        completion_percentage=record.get("completion_percentage") or 0,
        score=record.get("score"),
        total_time=record.get("total_time") or 0,
        completed_on=done,
        last_accessed_unit_id=source.refer("unit", last_unit, "enrollments.last_viewed_unit"),
    )


def add_unit_progress(source: Source, seats: Seats, units: Mapping[int, Unit]) -> None:
    """Add what was done in units, the sessions that were booked, and the answers."""
    answers = {ids: row for ids, _, row in source.read(reads.RESULTS)}
    attended: set[tuple[int, int]] = set()
    for (unit, user), _, row in source.read(reads.UNIT_PROGRESS):
        seat = seats.get((user, units[unit].course)) if unit in units else None
        if seat is None:
            source.notes.add("unit_progress", "of a user who is not in the course, left out")
            continue
        _add_attendance(source, user, row.get("ilt_attendance"), attended)
        result = answers.get((unit, user), {})
        if _has_begun(row):
            source.rows.add(_unit_progress(unit, seat, row, result))
            _add_answers(source, seat, result)


def _has_begun(row: Record) -> bool:
    fields = ("first_access_time", "last_accessed_time", "completion_date", "score")
    return row.get("status") not in (None, "not_attempted") or any(
        row.get(name) is not None for name in fields
    )


def _unit_progress(unit: int, seat: int, row: Record, result: Record) -> UnitProgressRow:
    submission = row.get("submission") or {}
    return UnitProgressRow(
        enrollment_id=seat,
        unit_id=unit,
        completion_status=row.get("status") or "not_attempted",
        score=row.get("score"),
        total_time=row.get("total_time") or 0,
        started_on=row.get("first_access_time"),
        completed_on=row.get("completion_date"),
        accessed_on=row.get("last_accessed_time"),
        repetitions=row.get("repetitions") or 0,
        submitted_on=submission.get("submitted_on"),
        submission_text=submission.get("text"),
        graded_on=row.get("grade_date"),
        instructor_message=result.get("instructor_message"),
    )


def _add_attendance(
    source: Source, user: int, attendance: Any, attended: set[tuple[int, int]]
) -> None:
    session = source.refer("session", (attendance or {}).get("session_id"), "session_attendees")
    if session is not None and (session, user) not in attended:
        attended.add((session, user))
        source.rows.add(
            SessionAttendeeRow(
                session_id=session, user_id=user, attended=bool(attendance.get("attended"))
            )
        )


def _add_answers(source: Source, seat: int, result: Record) -> None:
    for each in result.get("questions") or ():
        given = (each.get("user_answers") or {}).get("possible")
        if given is not None and each.get("id") in source.known["question"]:
            source.rows.add(
                QuestionAnswerRow(
                    enrollment_id=seat,
                    question_id=each["id"],
                    answers=orjson.dumps(given).decode(),
                    is_correct=each.get("correct") is not False,
                    points=each.get("points_percentage"),
                )
            )


def add_certificates(source: Source) -> None:
    """Add the certificates, of each user and course the last one."""
    found: dict[tuple[int, int], Record] = {}
    for (course, user), _, row in source.read(reads.COURSE_PROGRESS):
        certificate = (row.get("progress") or {}).get("certificate")
        if certificate:
            found[user, course] = certificate
    for (user,), _, row in source.read(reads.CERTIFICATES):
        own = sorted(row.get("certificates") or (), key=lambda each: each.get("id") or 0)
        for each in own:
            course = (each.get("course") or {}).get("id") or 0
            if found.get((user, course), each).get("id") != each.get("id"):
                source.notes.add("certificates", "an earlier one for the same course, left out")
            found[user, course] = each
    for (owner, of_course), record in found.items():
        _add_certificate(source, owner, of_course, record)


def _add_certificate(source: Source, user: int, course: int, record: Record) -> None:
    where = "certificates"
    id = record.get("id")
    if (
        source.refer("user", user, f"{where}.user") is None
        or source.refer("course", course, f"{where}.course") is None
        or id is None
        or id in source.known["certificate"]
    ):
        return
    source.known["certificate"].add(id)
    expires = record.get("expires_on")
    source.rows.add(
        CertificateRow(
            id=id,
            user_id=user,
            course_id=course,
            name=source.require(record, "name", "Certificate", where),
            issued_on=source.require(record, "issued_on", source.now, where),
            expires_on=expires,
            is_expired=expires is not None and expires <= source.now,  # it has its event already
        )
    )


def add_badges(source: Source) -> None:
    """Add the badges that users have earned."""
    names = ("name", "type", "image_url", "criteria", "badge_set_id")
    ids: dict[tuple[Any, ...], int] = {}
    earned: set[tuple[int, int]] = set()
    for (user,), _, row in source.read(reads.GAMIFICATION):
        if source.refer("user", user, "user_badges.user") is None:
            continue
        for each in row.get("badges") or ():
            key = tuple(each.get(name) for name in names)
            if key not in ids:
                ids[key] = len(ids) + 1
                source.rows.add(_badge(ids[key], each))
            if (ids[key], user) not in earned:
                earned.add((ids[key], user))
                source.rows.add(
                    UserBadgeRow(
                        user_id=user, badge_id=ids[key], issued_on=each.get("issued_on") or 0
                    )
                )


def _badge(id: int, record: Record) -> BadgeRow:
    return BadgeRow(
        id=id,
        name=record.get("name") or f"Badge {id}",
        type=record.get("type") or "learning",
        image_url=record.get("image_url") or "https://static.example.com/badge.png",
        criteria=record.get("criteria") or "",
        badge_set_id=record.get("badge_set_id") or 1,
        completions=None,
    )
