"""What one user did in the courses: enrollments, progress, certificates, and the events of it.

Everything here is drawn from the user's own random numbers, in the user's turn, so that it
stays the same however many users follow. Moments are in seconds from the portal's midnight.
"""

from dataclasses import dataclass, field
from random import Random

from talentlms_mock.portal.rules.rewards import POINTS_PER_COURSE, level
from talentlms_mock.portal.seed.plans import (
    Attempt,
    BadgePlan,
    CoursePlan,
    GroupPlan,
    SessionPlan,
    UnitPlan,
)
from talentlms_mock.portal.seed.rows import Calendar, Row, Rows
from talentlms_mock.portal.store import events, models

_UNIT_SECONDS = 3_000
_SHORTEST_SLOT = 2 * _UNIT_SECONDS
"""A unit takes at most 50 minutes, so a user with less time than two of it does none."""

_NOT_BEGUN, _STOPPED, _FAILED = 0.15, 0.5, 0.62
"""Bounds of the draw for how an enrollment goes; above the last one it is completed."""

_NOT_DRAWN = ("repetitions", "submission_text", "instructor_message")
"""Columns of a unit's progress that no seeded row has."""

_WITHOUT_POINTS = 3
"""The length of an answer that has no points."""

HistoryEvent = tuple[int, str, tuple[int, str] | None, CoursePlan | None, UnitPlan | None]
"""When, the event type, the group or branch (id and name), the course and the unit."""

_Told = tuple[str, str, Row, list[Row]]
"""An event's message before and after the user's name, its last columns, and where it goes."""

_USER = "\0"
"""Stands for the user's name in a message."""


@dataclass(slots=True)
class UserHistory:
    """What is known of a user before its history is told."""

    id: int
    name: str
    surname: str
    login: str
    registered: int
    last_login: int | None
    ends: int  # of everything that others do with the user
    activity: float  # how much the user does, from 0 to 1
    happenings: list[HistoryEvent] = field(default_factory=list)
    completions: dict[int, int] = field(default_factory=dict)  # when, by the course's id
    enrolled: set[int] = field(default_factory=set)  # ids of courses


@dataclass(slots=True)
class _Progress:
    """How far one enrollment came."""

    status: str = "not_attempted"
    done: int = 0  # units
    required: int = 0  # of the units that are done
    scores: list[float] = field(default_factory=list)
    total_time: int = 0
    last_unit: int | None = None
    last_moment: int = -(1 << 62)
    completed: int | None = None


class Histories:
    """Tells the users' histories one after the other; ids count up in that order."""

    def __init__(self, rows: Rows, calendar: Calendar, random: Random) -> None:
        self._text = calendar.text
        self._calendar = calendar
        self._random = random.random
        self._enrollments = rows.of(models.enrollments)
        self._progress = rows.of(models.unit_progress, (*_NOT_DRAWN, "submitted_on", "graded_on"))
        self._graded = rows.of(models.unit_progress, _NOT_DRAWN)
        self._answers = rows.of(models.question_answers, ("points",))
        self._graded_answers = rows.of(models.question_answers)
        self._attendees = rows.of(models.session_attendees)
        self._certificates = rows.of(models.certificates)
        self._badges = rows.of(models.user_badges)
        self._rows = rows
        self._path_enrollments = rows.of(models.learning_path_enrollments)
        self._enrollment_id = 0
        self._certificate_id = 0
        self._event_id = len(rows.of(models.events))
        self._told: dict[tuple[object, ...], _Told] = {}

    def may_join(self, life: UserHistory, moment: int, courses: list[CoursePlan]) -> bool:
        """Return whether the user is in each of `courses`, or there is room and time for it."""
        return all(
            course.id in life.enrolled
            or (course.room > 0 and max(moment, course.opens) + 2 < min(life.ends, course.closes))
            for course in courses
        )

    def join(
        self, life: UserHistory, moment: int, courses: list[CoursePlan], *, instructor: bool = False
    ) -> None:
        """Enroll the user in those of `courses` that it is not in, once they have opened."""
        for course in courses:
            if course.id not in life.enrolled:
                self._enroll(life, course, max(moment, course.opens) + 1, instructor)

    def follow(self, life: UserHistory, moment: int, path: GroupPlan) -> None:
        """Enroll the user in a learning path and its courses."""
        self.join(life, moment, path.courses)
        ends = [life.completions.get(course.id) for course in path.courses]
        done = [end for end in ends if end is not None]
        completed = max(*done, moment) if len(done) == len(ends) else None
        if completed is not None:
            life.happenings.append((completed, "learning_path_completion", None, None, None))
        self._path_enrollments.append(
            (path.id, life.id, self._text(moment), self._calendar.maybe(completed))
        )

    def _enroll(self, life: UserHistory, course: CoursePlan, moment: int, instructor: bool) -> None:
        course.room -= 1
        life.enrolled.add(course.id)
        self._enrollment_id += 1
        life.happenings.append((moment, "course_add_user", None, course, None))
        progress = _Progress()
        expires = None if course.time_limit is None else moment + course.time_limit
        if not instructor and course.units and life.last_login is not None:
            until = min(life.last_login, course.closes, expires or 0)
            # One that is not completed leaves no time for this course.
            ends = [life.completions.get(id, 0) for id in course.prerequisites]
            self._study(life, course, progress, max([moment, *ends]), until)
        self._enrollments.append(
            (
                self._enrollment_id,
                life.id,
                course.id,
                "instructor" if instructor else "learner",
                self._text(moment),
                None if expires is None else self._text(expires),
                progress.status,
                _percentage(course, progress),
                _average(progress.scores),
                progress.total_time,
                self._calendar.maybe(progress.completed),
                progress.last_unit,
            )
        )

    def _study(
        self, life: UserHistory, course: CoursePlan, progress: _Progress, begins: int, ends: int
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
            moment = begins + at * slot + 1 + int(self._random() * (slot - _UNIT_SECONDS - 1))
            if fails and unit.failures:
                self._fail(life, course, unit, progress, moment)
                return
            if unit.type == "ilt":
                if at == stops_at or not self._attend(life, course, unit, progress, begins, ends):
                    return
            elif at == stops_at:
                self._open_unit(unit, progress, moment)
                return
            else:
                self._complete_unit(life, course, unit, progress, moment)
        self._complete(life, course, progress)

    def _open_unit(self, unit: UnitPlan, progress: _Progress, moment: int) -> None:
        time = 1 + int(self._random() * _UNIT_SECONDS // 4)
        self._unit_row(unit, progress, "incomplete", None, time, moment, None)

    def _complete_unit(
        self,
        life: UserHistory,
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
            life.happenings.append((end, name, None, course, unit))
        elif unit.has_score:
            score = 60 + int(self._random() * 41)
            if unit.type == "assignment":
                submitted = moment + time // 2
                life.happenings.append(
                    (submitted, "unitprogress_assignment_answered", None, course, unit)
                )
                life.happenings.append((end, "unitprogress_assignment_graded", None, course, unit))
                self._unit_row(unit, progress, "completed", score, time, moment, end, submitted)
                return
        self._unit_row(unit, progress, "completed", score, time, moment, end)

    def _fail(
        self,
        life: UserHistory,
        course: CoursePlan,
        unit: UnitPlan,
        progress: _Progress,
        moment: int,
    ) -> None:
        time = 60 + int(self._random() * (_UNIT_SECONDS - 61))
        end = moment + time
        score = self._attempt(unit.failures)
        life.happenings.append((end, "unitprogress_test_failed", None, course, unit))
        self._unit_row(unit, progress, "failed", score, time, moment, None)
        if course.fails_with_test:
            progress.status = "failed"
            life.happenings.append((end, "course_failure", None, course, None))

    def _attend(
        self,
        life: UserHistory,
        course: CoursePlan,
        unit: UnitPlan,
        progress: _Progress,
        begins: int,
        ends: int,
    ) -> bool:
        """Attend a past session with room, else book a coming one; return whether it is done."""
        session = _with_room(unit, max(begins, progress.last_moment), ends)
        if session is not None:
            self._book(life, session, attended=True)
            score = 60 + int(self._random() * 41)
            time = session.ends - session.begins
            life.happenings.append((session.ends, "unitprogress_ilt_graded", None, course, unit))
            self._unit_row(unit, progress, "completed", score, time, session.begins, session.ends)
            return True
        session = _with_room(unit, 0, 1 << 62)
        if session is not None and life.ends == 0:
            self._book(life, session, attended=False)
        return False

    def _book(self, life: UserHistory, session: SessionPlan, *, attended: bool) -> None:
        session.room -= 1
        self._attendees.append((session.id, life.id, int(attended)))

    def _attempt(self, attempts: list[Attempt]) -> float | None:
        """Record one of the ways to answer, and return its score."""
        score, answers = attempts[int(self._random() * len(attempts))]
        enrollment_id = self._enrollment_id
        for answer in answers:
            rows = self._answers if len(answer) == _WITHOUT_POINTS else self._graded_answers
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
        if submitted is not None or unit.type == "ilt":
            self._graded.append((*row, self._calendar.maybe(submitted), ended))
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

    def _complete(self, life: UserHistory, course: CoursePlan, progress: _Progress) -> None:
        moment = progress.completed = progress.last_moment
        progress.status = "completed"
        life.completions[course.id] = moment
        life.happenings.append((moment, "course_completion", None, course, None))
        if course.certification is None:
            return
        life.happenings.append((moment, "certification_issue_certification", None, course, None))
        expires = None
        if course.certificate_seconds is not None:
            expires = moment + course.certificate_seconds
            if expires <= 0:
                life.happenings.append(
                    (expires, "certification_expire_certification", None, course, None)
                )
        self._certificate_id += 1
        self._certificates.append(
            (
                self._certificate_id,
                life.id,
                course.id,
                course.certification,
                self._text(moment),
                self._calendar.maybe(expires),
                int(expires is not None and expires <= 0),
            )
        )

    def reward(self, life: UserHistory, badges: list[BadgePlan]) -> int:
        """Give points, levels and badges for the completed courses; return the points."""
        points = 0
        for count, moment in enumerate(sorted(life.completions.values()), 1):
            points += POINTS_PER_COURSE
            if level(points) > level(points - POINTS_PER_COURSE):
                life.happenings.append((moment, "user_upgrade_level", None, None, None))
            for badge in badges:
                if badge.completions == count:
                    life.happenings.append((moment, "user_unlock_badge", None, None, None))
                    self._badges.append((life.id, badge.id, self._calendar.epoch(moment)))
        return points

    def tell(self, life: UserHistory) -> None:
        """Write down all that happened, in the order of time."""
        for moment, name, place, course, unit in sorted(life.happenings, key=_moment):
            self._event_id += 1
            key = (name, place, course and course.id, unit and unit.id)
            told = self._told.get(key)
            if told is None:
                told = self._told[key] = self._tellable(name, place, course, unit)
            before, after, about, rows = told
            message = f"{before}{life.name} {life.surname}{after}"
            # The number within the type is counted once all events are there.
            event = (self._event_id, name, 0, self._text(moment), 1, message)
            rows.append((*event, life.id, life.name, life.surname, life.login, *about))

    def _tellable(
        self,
        name: str,
        place: tuple[int, str] | None,
        course: CoursePlan | None,
        unit: UnitPlan | None,
    ) -> _Told:
        """Return all of an event that is the same for every user."""
        about: dict[str, tuple[int, str] | tuple[int, str, str | None] | None] = {
            "course": None if course is None else (course.id, course.name, course.code),
            "group": place if name == "group_add_user" else None,
            "branch": place if name == "branch_add_user" else None,
            "unit": None if unit is None else (unit.id, unit.name),
        }
        names = {role: thing[1] for role, thing in about.items() if thing is not None}
        message = events.message(name, user=_USER, **names)
        before, _, after = message.partition(_USER)
        missing = [role for role, thing in about.items() if thing is None]
        without = tuple(f"{role}_{part}" for role in missing for part in ("id", "name"))
        without += ("course_code",) if course is None else ()
        columns = tuple(part for thing in about.values() if thing for part in thing)
        return before, after, columns, self._rows.of(models.events, without)


def _moment(happening: HistoryEvent) -> int:
    return happening[0]


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
