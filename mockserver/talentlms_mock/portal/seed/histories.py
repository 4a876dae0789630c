"""The history of a user in the courses: enrollments, progress, certificates and events.

A history is drawn from random numbers of the user's own, so that it does not depend on the number
of users. Moments are in seconds from the portal's midnight.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from talentlms_mock.portal.rules.rewards import POINTS_PER_COURSE, level
from talentlms_mock.portal.seed.hours import Hours
from talentlms_mock.portal.seed.plans import (
    WITHOUT_POINTS,
    Attempt,
    BadgePlan,
    CoursePlan,
    GroupPlan,
    SessionPlan,
    UnitPlan,
)
from talentlms_mock.portal.seed.rows import DAY, Calendar, Columns, Row, Rows, all_columns
from talentlms_mock.portal.seed.timeline import HistoryEvent
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.row_types import (
    CertificateRow,
    EnrollmentRow,
    LearningPathEnrollmentRow,
    SessionAttendeeRow,
    UserBadgeRow,
)

_UNIT_SECONDS = 3_000
_SHORTEST_SLOT = 2 * _UNIT_SECONDS
"""A unit takes at most 50 minutes; a user with less than twice that for each does none."""

_NOT_BEGUN, _STOPPED, _FAILED = 0.15, 0.5, 0.62
"""Bounds of the draw for the outcome of an enrollment; above the last one it is completed."""

_UNIT_PROGRESS = Columns(
    models.unit_progress,
    (
        "enrollment_id",
        "unit_id",
        "completion_status",
        "score",
        "total_time",
        "started_on",
        "completed_on",
        "accessed_on",
    ),
)
_GRADED_PROGRESS = Columns(
    models.unit_progress, (*_UNIT_PROGRESS.names, "submitted_on", "graded_on")
)
_QUESTION_ANSWER = Columns(
    models.question_answers, ("enrollment_id", "question_id", "answers", "is_correct")
)
_GRADED_ANSWER = Columns(models.question_answers, (*_QUESTION_ANSWER.names, "points"))


@dataclass(slots=True)
class UserHistory:
    """What a user has done, as far as it is drawn."""

    id: int
    name: str
    surname: str
    login: str
    registered: int
    last_login: int | None
    ends: int  # when the user is deactivated, or now
    activity: float  # how much the user does, from 0 to 1
    hours: Hours
    events: list[HistoryEvent] = field(default_factory=list)
    completions: dict[int, int] = field(default_factory=dict)  # when, by the course's id
    enrolled: set[int] = field(default_factory=set)  # ids of courses


@dataclass(slots=True)
class _Progress:
    """The progress of one enrollment."""

    status: str = "not_attempted"
    done: int = 0  # units
    required: int = 0  # of the units that are done
    scores: list[float] = field(default_factory=list)
    total_time: int = 0
    last_unit: int | None = None
    last_moment: int = -(1 << 62)
    completed: int | None = None


class Histories:
    """Writes the histories of users one after the other; ids count up in that order."""

    def __init__(self, rows: Rows, calendar: Calendar, random: Random) -> None:
        self._text = calendar.text
        self._calendar = calendar
        self._random = random.random
        self._rows = rows
        self._enrollments = rows.of(all_columns(EnrollmentRow))
        self._progress = rows.of(_UNIT_PROGRESS)
        self._graded = rows.of(_GRADED_PROGRESS)
        self._answers = rows.of(_QUESTION_ANSWER)
        self._graded_answers = rows.of(_GRADED_ANSWER)
        self._badges = rows.of(all_columns(UserBadgeRow))
        self._enrollment_id = 0
        self._certificate_id = 0

    def may_join(self, history: UserHistory, moment: int, courses: list[CoursePlan]) -> bool:
        """Return whether the user is in each of `courses`, or there is room and time for it."""
        return all(
            course.id in history.enrolled
            or (
                course.room > 0 and max(moment, course.opens) + 2 < min(history.ends, course.closes)
            )
            for course in courses
        )

    def join(
        self,
        history: UserHistory,
        moment: int,
        courses: list[CoursePlan],
        *,
        instructor: bool = False,
    ) -> None:
        """Enroll the user in those of `courses` that it is not in, once they have opened."""
        for course in courses:
            if course.id not in history.enrolled:
                self._enroll(history, course, max(moment, course.opens) + 1, instructor)

    def take(self, history: UserHistory, course: CoursePlan, ends: int, *, waits: bool) -> None:
        """Enroll the user in a course, and let it do a unit a day, the last about `ends`.

        Args:
            history: the user's.
            course: one without sessions, which the user is not in.
            ends: a moment, not earlier than when the course can be done.
            waits: end with the first unit that an instructor grades, before the grade.
        """
        units = course.units
        if waits:
            units = units[: [unit.is_graded for unit in units].index(True) + 1]
        begins = ends - len(units) * DAY

        def study(progress: _Progress) -> None:
            for at, unit in enumerate(units, 1):
                moment = begins + at * DAY - _UNIT_SECONDS
                moment = history.hours.at(moment, moment - DAY // 2, ends + DAY - _UNIT_SECONDS)
                if waits and at == len(units):
                    self._submit(history, course, unit, progress, moment)
                    return
                self._complete_unit(history, course, unit, progress, moment)
            self._complete(history, course, progress)

        self._add(history, course, begins, study)

    def follow(self, history: UserHistory, moment: int, path: GroupPlan) -> None:
        """Enroll the user in a learning path and its courses."""
        self.join(history, moment, path.courses)
        ends = [history.completions.get(course.id) for course in path.courses]
        done = [end for end in ends if end is not None]
        completed = max(*done, moment) if len(done) == len(ends) else None
        if completed is not None:
            history.events.append((completed, "learning_path_completion", None, None, None))
        self._rows.add(
            LearningPathEnrollmentRow(
                learning_path_id=path.id,
                user_id=history.id,
                enrolled_on=self._text(moment),
                completed_on=self._calendar.maybe(completed),
            )
        )

    def _enroll(
        self, history: UserHistory, course: CoursePlan, moment: int, instructor: bool
    ) -> None:
        def study(progress: _Progress) -> None:
            if instructor or not course.units or history.last_login is None:
                return
            until = min(history.last_login, course.closes)
            if course.time_limit is not None:
                until = min(until, moment + course.time_limit)
            # One that is not completed leaves no time for this course.
            ends = [history.completions.get(id, 0) for id in course.prerequisites]
            self._study(history, course, progress, max([moment, *ends]), until)

        self._add(history, course, moment, study, "instructor" if instructor else "learner")

    def _add(
        self,
        history: UserHistory,
        course: CoursePlan,
        moment: int,
        study: Callable[[_Progress], None],
        role: str = "learner",
    ) -> None:
        """Enroll the user, let it `study`, and add the enrollment with what follows."""
        course.room -= 1
        history.enrolled.add(course.id)
        self._enrollment_id += 1
        history.events.append((moment, "course_add_user", None, course, None))
        progress = _Progress()
        study(progress)
        expires = None if course.time_limit is None else moment + course.time_limit
        self._enrollments.append(
            EnrollmentRow(
                id=self._enrollment_id,
                user_id=history.id,
                course_id=course.id,
                role=role,
                enrolled_on=self._text(moment),
                expires_on=None if expires is None else self._text(expires),
                completion_status=progress.status,
                completion_percentage=_percentage(course, progress),
                score=_average(progress.scores),
                total_time=progress.total_time,
                completed_on=self._calendar.maybe(progress.completed),
                last_accessed_unit_id=progress.last_unit,
            )
        )

    def _study(
        self, history: UserHistory, course: CoursePlan, progress: _Progress, begins: int, ends: int
    ) -> None:
        """Work on the units, each in its share of the time from `begins` to `ends`."""
        units = course.units
        slot = (ends - begins) // len(units)
        fate = self._random()
        if slot < _SHORTEST_SLOT or fate < _NOT_BEGUN:
            return
        stops_at = int(self._random() * len(units)) if fate < _STOPPED else len(units)
        fails = _STOPPED <= fate < _FAILED
        for at, unit in enumerate(units):
            if _is_complete(course, progress):
                break
            first, last = begins + at * slot + 1, begins + (at + 1) * slot - _UNIT_SECONDS
            moment = history.hours.at(first + int(self._random() * (last - first)), first, last)
            if fails and unit.failures:
                self._fail(history, course, unit, progress, moment)
                return
            if unit.type == "ilt":
                if at == stops_at or not self._attend(
                    history, course, unit, progress, begins, ends
                ):
                    return
            elif at == stops_at:
                if unit.is_graded:
                    self._submit(history, course, unit, progress, moment)
                else:
                    self._open_unit(unit, progress, moment)
                return
            else:
                self._complete_unit(history, course, unit, progress, moment)
        self._complete(history, course, progress)

    def _open_unit(self, unit: UnitPlan, progress: _Progress, moment: int) -> None:
        time = 1 + int(self._random() * _UNIT_SECONDS // 4)
        self._unit_row(unit, progress, "incomplete", None, time, moment, None)

    def _submit(
        self,
        history: UserHistory,
        course: CoursePlan,
        unit: UnitPlan,
        progress: _Progress,
        moment: int,
    ) -> None:
        """Hand in an assignment or a test, which then waits for an instructor."""
        time = 60 + int(self._random() * (_UNIT_SECONDS - 61))
        submitted = None
        if unit.waiting:
            self._attempt(unit.waiting)
        else:
            submitted = moment + time
            name = "unitprogress_assignment_answered"
            history.events.append((submitted, name, None, course, unit))
        self._unit_row(unit, progress, "incomplete", None, time, moment, None, submitted)

    def _complete_unit(
        self,
        history: UserHistory,
        course: CoursePlan,
        unit: UnitPlan,
        progress: _Progress,
        moment: int,
    ) -> None:
        time = 60 + int(self._random() * (_UNIT_SECONDS - 61))
        end = moment + time
        score: float | None = None
        if unit.passes:
            score = self._attempt(unit.passes)
            name = "unitprogress_test_completion"
            if unit.type == "survey":
                name = "unitprogress_survey_completion"
            history.events.append((end, name, None, course, unit))
        elif unit.has_score:
            score = 60 + int(self._random() * 41)
            if unit.type == "assignment":
                submitted = moment + time // 2
                history.events.append(
                    (submitted, "unitprogress_assignment_answered", None, course, unit)
                )
                history.events.append((end, "unitprogress_assignment_graded", None, course, unit))
                self._unit_row(unit, progress, "completed", score, time, moment, end, submitted)
                return
        self._unit_row(unit, progress, "completed", score, time, moment, end)

    def _fail(
        self,
        history: UserHistory,
        course: CoursePlan,
        unit: UnitPlan,
        progress: _Progress,
        moment: int,
    ) -> None:
        time = 60 + int(self._random() * (_UNIT_SECONDS - 61))
        end = moment + time
        score = self._attempt(unit.failures)
        history.events.append((end, "unitprogress_test_failed", None, course, unit))
        self._unit_row(unit, progress, "failed", score, time, moment, None)
        if course.fails_with_test:
            progress.status = "failed"
            history.events.append((end, "course_failure", None, course, None))

    def _attend(
        self,
        history: UserHistory,
        course: CoursePlan,
        unit: UnitPlan,
        progress: _Progress,
        begins: int,
        ends: int,
    ) -> bool:
        """Attend a past session with room, else book a coming one; return whether it is done."""
        session = _with_room(unit, max(begins, progress.last_moment), ends)
        if session is not None:
            self._book(history, session, attended=True)
            score = 60 + int(self._random() * 41)
            time = session.ends - session.begins
            history.events.append((session.ends, "unitprogress_ilt_graded", None, course, unit))
            self._unit_row(unit, progress, "completed", score, time, session.begins, session.ends)
            return True
        session = _with_room(unit, 0, 1 << 62)
        if session is not None and history.ends == 0:
            self._book(history, session, attended=False)
        return False

    def _book(self, history: UserHistory, session: SessionPlan, *, attended: bool) -> None:
        session.room -= 1
        self._rows.add(SessionAttendeeRow(session.id, history.id, attended))

    def _attempt(self, attempts: list[Attempt]) -> float | None:
        """Record one of the ways to answer, and return its score."""
        score, answers = attempts[int(self._random() * len(attempts))]
        enrollment_id = self._enrollment_id
        for answer in answers:
            rows = self._answers if len(answer) == WITHOUT_POINTS else self._graded_answers
            rows.append((enrollment_id, *answer))
        return score

    def _unit_row(
        self,
        unit: UnitPlan,
        progress: _Progress,
        status: str,
        score: float | None,
        time: int,
        started: int,
        completed: int | None,
        submitted: int | None = None,
    ) -> None:
        text = self._text
        ended = text(started + time)
        row: Row = (
            self._enrollment_id,
            unit.id,
            status,
            score,
            time,
            text(started),
            None if completed is None else text(completed),
            ended,
        )
        if unit.is_graded:
            graded = None if status == "incomplete" else ended
            self._graded.append((*row, self._calendar.maybe(submitted), graded))
        else:
            self._progress.append(row)
        progress.status = "incomplete"
        progress.total_time += time
        if score is not None and unit.counts_for_score:
            progress.scores.append(score)
        if completed is not None:
            progress.done += 1
            progress.required += unit.is_required
        if started + time > progress.last_moment:
            progress.last_moment = started + time
            progress.last_unit = unit.id

    def _complete(self, history: UserHistory, course: CoursePlan, progress: _Progress) -> None:
        moment = progress.completed = progress.last_moment
        progress.status = "completed"
        history.completions[course.id] = moment
        history.events.append((moment, "course_completion", None, course, None))
        if course.certification is None:
            return
        history.events.append((moment, "certification_issue_certification", None, course, None))
        expires = None
        if course.certificate_seconds is not None:
            expires = moment + course.certificate_seconds
            if expires <= 0:
                history.events.append(
                    (expires, "certification_expire_certification", None, course, None)
                )
        self._certificate_id += 1
        self._rows.add(
            CertificateRow(
                id=self._certificate_id,
                user_id=history.id,
                course_id=course.id,
                name=course.certification,
                issued_on=self._text(moment),
                expires_on=self._calendar.maybe(expires),
                is_expired=expires is not None and expires <= 0,
            )
        )

    def reward(self, history: UserHistory, badges: list[BadgePlan]) -> int:
        """Give levels and badges for the completed courses, and return the points."""
        points = 0
        for count, moment in enumerate(sorted(history.completions.values()), 1):
            points += POINTS_PER_COURSE
            if level(points) > level(points - POINTS_PER_COURSE):
                history.events.append((moment, "user_upgrade_level", None, None, None))
            for badge in badges:
                if badge.completions == count:
                    history.events.append((moment, "user_unlock_badge", None, None, None))
                    issued_on = self._calendar.epoch(moment)
                    self._badges.append(UserBadgeRow(history.id, badge.id, issued_on))
        return points


def _is_complete(course: CoursePlan, progress: _Progress) -> bool:
    return progress.done >= course.units_needed and progress.required >= course.required


def _percentage(course: CoursePlan, progress: _Progress) -> int:
    """Return the share of the units that are completed, in percent, by the rules of progress."""
    if progress.status == "completed":
        return 100
    return round(100 * progress.done / len(course.units)) if course.units else 0


def _average(scores: list[float]) -> float | None:
    return round(sum(scores) / len(scores), 2) if scores else None


def _with_room(unit: UnitPlan, after: int, before: int) -> SessionPlan | None:
    for session in unit.sessions:
        if session.begins > after and session.ends < before and session.room > 0:
            return session
    return None
