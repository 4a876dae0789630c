"""The courses of a seeded portal: their rows, and the plans from which histories are drawn."""

from collections.abc import Collection, Mapping
from random import Random

from talentlms_mock.portal.rules.courses import units_needed, video_type
from talentlms_mock.portal.rules.progress import DEFAULT_PASS_SCORE, SCORED_UNITS
from talentlms_mock.portal.seed import parts as defined
from talentlms_mock.portal.seed.archiving import Archived
from talentlms_mock.portal.seed.content import as_json, in_html, picture
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.hours import Hours
from talentlms_mock.portal.seed.parts import ids
from talentlms_mock.portal.seed.plans import (
    UNLIMITED,
    Answer,
    CoursePlan,
    SessionPlan,
    UnitPlan,
)
from talentlms_mock.portal.seed.rows import DAY, Calendar, Rows, seconds
from talentlms_mock.portal.seed.timeline import Timeline
from talentlms_mock.portal.store.row_types import (
    CourseFieldValueRow,
    CoursePrerequisiteRow,
    CourseRow,
    QuestionRow,
    SessionRow,
    UnitRow,
)

_VARIANTS = 6
_STEP = 4_099
"""Seconds between the times of day at which one course and the next are created."""


class Courses:
    """Adds courses in the order of the definition, and lists those to be archived.

    Args:
        definition: what the portal contains.
        rows: where the rows go.
        calendar: the portal's.
        timeline: where the events go.
        random: decides what is drawn by chance.
        logins: the ids of the people, by login.
    """

    def __init__(
        self,
        definition: Definition,
        rows: Rows,
        calendar: Calendar,
        timeline: Timeline,
        random: Random,
        logins: Mapping[str, int],
    ) -> None:
        self._definition = definition
        self._rows = rows
        self._calendar = calendar
        self._timeline = timeline
        self._random = random
        self._logins = logins
        self._hours = Hours(definition.default_timezone)
        self._created = -definition.age_in_days * DAY
        self._categories = ids(definition.categories)
        self._courses = ids(definition.courses)
        self._fields = ids(definition.course_fields)
        self.archived: list[Archived] = []
        self._counts = {"units": 0, "questions": 0, "sessions": 0}

    def add(self, id: int, course: defined.Course) -> CoursePlan:
        """Add a course with its units and field values."""
        created = max(self._created, seconds(course.created_in_days) + id * _STEP % DAY)
        created = self._hours.at(created, self._created, -1)
        self._course_row(id, course, created)
        for name, value in course.fields.items():
            field_id = self._fields[name]
            self._rows.add(CourseFieldValueRow(owner_id=id, field_id=field_id, value=value))
        opens = max(created, seconds(course.starts_in_days or course.created_in_days))
        ends = (course.expires_in_days, course.archived_in_days)
        closes = min([0, *(seconds(days) for days in ends if days is not None)])
        days = course.certificate_days
        prerequisites = [self._courses[name] for name in course.prerequisites]
        for required in prerequisites:
            self._rows.add(CoursePrerequisiteRow(course_id=id, prerequisite_id=required))
        plan = CoursePlan(
            id=id,
            name=course.name,
            code=course.code,
            opens=opens,
            closes=closes,
            room=course.capacity or UNLIMITED,
            time_limit=None if course.time_limit is None else course.time_limit * DAY,
            units=[self._unit(id, at, unit) for at, unit in enumerate(course.units, 1)],
            units_needed=units_needed(course.unit_percentage or 0, len(course.units)),
            prerequisites=prerequisites,
            fails_with_test=course.fails_with_test,
            certification=course.certification,
            certificate_seconds=None if days is None else days * DAY,
            popularity=course.popularity,
            takes_users=course.status == "active" and opens < closes - DAY,
            is_over=closes < 0,
        )
        self._timeline.add(None, [(created, "course_create_course", None, plan, None)])
        if course.archived_in_days is not None:
            self._timeline.add(None, [(closes, "course_delete_course", None, plan, None)])
            self.archived.append(Archived("course", id, course.name, closes))
        return plan

    def _course_row(self, id: int, course: defined.Course, created: int) -> None:
        code_key = None if course.code is None else course.code.casefold()
        self._rows.add(
            CourseRow(
                id=id,
                name=course.name,
                code=course.code,
                code_key=code_key,
                search_key="\n".join(filter(None, (course.name.casefold(), code_key))),
                description=in_html(course.description),
                description_text=course.description,
                category_id=self._categories.get(course.category),
                price=course.price,
                discounted_price=course.discounted_price,
                status=course.status,
                capacity=course.capacity,
                level=course.level,
                time_limit=course.time_limit,
                starts_at=self._calendar.in_days(course.starts_in_days),
                expires_at=self._calendar.in_days(course.expires_in_days),
                is_hidden_from_catalog=course.is_hidden_from_catalog,
                is_locked=course.is_locked,
                public_key=course.public_key,
                cover_image=picture(f"courses/{id}") if course.has_cover_image else None,
                intro_video_url=course.intro_video,
                intro_video_type=video_type(course.intro_video),
                retain_access_after_completion=course.retain_access_after_completion,
                traversal=course.traversal,
                unit_percentage=course.unit_percentage,
                fails_with_test=course.fails_with_test,
                certification=course.certification,
                certificate_days=course.certificate_days,
                rating_average=course.rating_average,
                rating_count=course.rating_count,
                creation_date=self._calendar.text(created),
                last_updated_on=self._calendar.text(
                    self._hours.at(created + int(self._random.random() * -created), created, -1)
                ),
            )
        )

    def _unit(self, course_id: int, position: int, unit: defined.Unit) -> UnitPlan:
        id = self._next("units")
        pass_score = unit.pass_score
        if pass_score is None and unit.type == "test":
            pass_score = DEFAULT_PASS_SCORE
        self._rows.add(
            UnitRow(
                id=id,
                course_id=course_id,
                name=unit.name,
                type=unit.type,
                position=position,
                pass_score=pass_score,
                max_attempts=unit.max_attempts,
                is_required=unit.is_required,
                counts_for_score=unit.counts_for_score,
            )
        )
        plan = UnitPlan(
            id=id,
            name=unit.name,
            type=unit.type,
            has_score=unit.type in SCORED_UNITS,
            is_required=unit.is_required,
            counts_for_score=unit.counts_for_score,
        )
        plan.sessions = [self._session(id, session) for session in unit.sessions]
        ids = [self._question(id, at, question) for at, question in enumerate(unit.questions, 1)]
        if unit.type == "test":
            self._test_attempts(plan, ids, unit.questions, pass_score or 0)
        elif unit.type == "survey":
            plan.passes = [(None, self._answers(ids, unit.questions)) for _ in range(_VARIANTS)]
        return plan

    def _question(self, unit_id: int, position: int, question: defined.Question) -> int:
        id = self._next("questions")
        self._rows.add(
            QuestionRow(
                id=id,
                unit_id=unit_id,
                text=question.text,
                type=question.type,
                weight=question.weight,
                position=position,
                answers=as_json(question.answers if question.type == "multiple_choice" else []),
                correct_answers=as_json(question.correct),
                feedback=question.feedback,
            )
        )
        return id

    def _test_attempts(
        self, plan: UnitPlan, ids: list[int], questions: list[defined.Question], pass_score: int
    ) -> None:
        """Work out some ways to pass and to fail a test; the score follows from the answers."""
        total = sum(question.weight for question in questions)
        has_open = any(map(_is_open, questions))
        for wrong in [0, 0, *range(len(ids) + 1)] * 2:
            missed = set(self._random.sample(range(len(ids)), wrong))
            answers = self._answers(ids, questions, missed)
            if has_open:
                plan.waiting.append((None, answers))
                answers = [
                    self._graded(answer, at not in missed) if _is_open(questions[at]) else answer
                    for at, answer in enumerate(answers)
                ]
            earned = sum(_percent(a) * q.weight for a, q in zip(answers, questions, strict=True))
            score = round(earned / total, 2)
            (plan.passes if score >= pass_score else plan.failures).append((score, answers))

    def _answers(
        self,
        ids: list[int],
        questions: list[defined.Question],
        missed: Collection[int] = (),
    ) -> list[Answer]:
        return [
            self._answer(id, question, at not in missed)
            for at, (id, question) in enumerate(zip(ids, questions, strict=True))
        ]

    def _graded(self, answer: Answer, is_good: bool) -> Answer:
        """Return the answer with an instructor's points, good or bad."""
        points = 5 * int(self._random.random() * 5) + (80 if is_good else 0)
        return answer[0], answer[1], int(points == 100), points  # all points

    def _answer(self, id: int, question: defined.Question, is_correct: bool) -> Answer:
        choices = question.answers
        if question.correct:
            wrong = [answer for answer in choices if answer not in question.correct]
            choices = question.correct if is_correct else wrong or choices
            if is_correct and question.type == "multiple_choice":
                return id, as_json(choices), 1
        given = as_json([choices[int(self._random.random() * len(choices))]])
        if question.correct and question.type == "freetext":
            return id, given, int(is_correct), 100 * is_correct
        return id, given, int(is_correct)

    def _session(self, unit_id: int, session: defined.Session) -> SessionPlan:
        id = self._next("sessions")
        begins = seconds(session.starts_in_days)
        ends = begins + session.minutes * 60
        self._rows.add(
            SessionRow(
                id=id,
                unit_id=unit_id,
                name=session.name,
                type=session.type,
                owner_id=self._logins.get(session.owner or session.instructor or ""),
                instructor_id=self._logins.get(session.instructor or ""),
                description=session.description,
                multiname=None,
                linked_to_id=None,
                starts_at=self._calendar.text(begins),
                ends_at=self._calendar.text(ends),
                location=session.location,
                capacity=session.capacity,
            )
        )
        return SessionPlan(id, begins, ends, session.capacity or UNLIMITED)

    def _next(self, table: str) -> int:
        self._counts[table] += 1
        return self._counts[table]


def _is_open(question: defined.Question) -> bool:
    """Return whether an instructor says what an answer in a test is worth."""
    return question.type == "freetext" and not question.correct


def _percent(answer: Answer) -> float:
    _, _, is_correct, *points = answer
    return points[0] if points else 100 * is_correct
