"""What learners do in the portal's own pages."""

from typing import Any

from talentlms_mock.control.operation import Body, operation
from talentlms_mock.control.responses import Answered, Opened
from talentlms_mock.control.things import one
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.portal import Portal

_TAG = "Learners"
_LEARNER = "/portals/{domain}/learners/{user}"

Ref = int | str
"""An id, or a name."""


class OfCourse(Body):
    course: Ref


class OfUnit(Body):
    unit: Ref


class CompletingCourse(Body):
    """`score` in percent and `time` in seconds, of each unit."""

    course: Ref
    score: float | None = None
    time: int | None = None


class FailingCourse(Body):
    """`score` in percent, below what passes."""

    course: Ref
    score: float | None = None


class Working(Body):
    """`score` in percent, `time` in seconds."""

    unit: Ref
    score: float | None = None
    time: int | None = None


class Answering(Body):
    """`answers` by the text or the id of the question, each one or several; `time` in seconds."""

    unit: Ref
    answers: dict[str, str | list[str]]
    time: int | None = None


class Grading(Body):
    """`score` in percent."""

    unit: Ref
    score: float


class OfSession(Body):
    session: Ref


class Attending(Body):
    """`score` in percent."""

    session: Ref
    score: float | None = None


def _question(name: str) -> Ref:
    return int(name) if name.isascii() and name.isdecimal() else name


def _learner(portal: Portal, user: str) -> Learner:
    return portal.learner(one(portal.users, user))


@operation(
    "POST",
    f"{_LEARNER}/log-in",
    "logIn",
    tag=_TAG,
    summary="Sign in, which opens a session",
    python=(
        "Learner.log_in",
        "Portal.learner",
    ),
)
def log_in(portal: Portal, user: str) -> None:
    _learner(portal, user).log_in()


@operation(
    "POST",
    f"{_LEARNER}/log-out",
    "logOut",
    tag=_TAG,
    summary="Sign out",
    python=("Learner.log_out",),
)
def log_out(portal: Portal, user: str) -> None:
    _learner(portal, user).log_out()


@operation(
    "POST",
    f"{_LEARNER}/open",
    "openCourse",
    tag=_TAG,
    summary="Open a course at the first unit that is not completed",
    body=OfCourse,
    answer=Opened,
    python=("Learner.open",),
)
def open_course(portal: Portal, user: str, body: OfCourse) -> dict[str, Any]:
    return {"unit_id": _learner(portal, user).open(body.course)}


@operation(
    "POST",
    f"{_LEARNER}/open-unit",
    "openUnit",
    tag=_TAG,
    summary="Open a unit",
    body=OfUnit,
    python=("Learner.open_unit",),
)
def open_unit(portal: Portal, user: str, body: OfUnit) -> None:
    _learner(portal, user).open_unit(body.unit)


@operation(
    "POST",
    f"{_LEARNER}/complete-unit",
    "completeUnit",
    tag=_TAG,
    summary="Complete a unit of any type",
    body=Working,
    python=("Learner.complete_unit",),
)
def complete_unit(portal: Portal, user: str, body: Working) -> None:
    _learner(portal, user).complete_unit(body.unit, body.score, time=body.time)


@operation(
    "POST",
    f"{_LEARNER}/fail-unit",
    "failUnit",
    tag=_TAG,
    summary="Fail a test, assignment, scorm or ilt",
    body=Working,
    python=(
        "Learner.fail_unit",
        "Learner.fail",
    ),
)
def fail_unit(portal: Portal, user: str, body: Working) -> None:
    _learner(portal, user).fail_unit(body.unit, body.score, time=body.time)


@operation(
    "POST",
    f"{_LEARNER}/answer",
    "answerQuestions",
    tag=_TAG,
    summary="Answer questions of a test or a survey; the last hands it in",
    body=Answering,
    answer=Answered,
    python=("Learner.answer",),
)
def answer(portal: Portal, user: str, body: Answering) -> dict[str, Any]:
    learner = _learner(portal, user)
    answers = {_question(name): given for name, given in body.answers.items()}
    status = learner.answer(body.unit, answers, time=body.time)
    return {"completion_status": status}


@operation(
    "POST",
    f"{_LEARNER}/submit-assignment",
    "submitAssignment",
    tag=_TAG,
    summary="Hand in an assignment",
    body=OfUnit,
    python=("Learner.submit_assignment",),
)
def submit_assignment(portal: Portal, user: str, body: OfUnit) -> None:
    _learner(portal, user).submit_assignment(body.unit)


@operation(
    "POST",
    f"{_LEARNER}/grade-assignment",
    "gradeAssignment",
    tag=_TAG,
    summary="Have an instructor grade what was handed in",
    body=Grading,
    python=("Learner.grade_assignment",),
)
def grade_assignment(portal: Portal, user: str, body: Grading) -> None:
    _learner(portal, user).grade_assignment(body.unit, body.score)


@operation(
    "POST",
    f"{_LEARNER}/book",
    "bookSession",
    tag=_TAG,
    summary="Take a seat in a session of instructor-led training",
    body=OfSession,
    python=("Learner.book",),
)
def book(portal: Portal, user: str, body: OfSession) -> None:
    _learner(portal, user).book(body.session)


@operation(
    "POST",
    f"{_LEARNER}/attend",
    "attendSession",
    tag=_TAG,
    summary="Attend a session that has begun",
    body=Attending,
    python=("Learner.attend",),
)
def attend(portal: Portal, user: str, body: Attending) -> None:
    _learner(portal, user).attend(body.session, body.score)


@operation(
    "POST",
    f"{_LEARNER}/complete",
    "completeCourse",
    tag=_TAG,
    summary="Complete a course with every unit",
    body=CompletingCourse,
    python=("Learner.complete",),
)
def complete(portal: Portal, user: str, body: CompletingCourse) -> None:
    _learner(portal, user).complete(body.course, score=body.score, time=body.time)


@operation(
    "POST",
    f"{_LEARNER}/fail-course",
    "failCourse",
    tag=_TAG,
    summary="Fail a course",
    body=FailingCourse,
    python=("Learner.fail_course",),
)
def fail_course(portal: Portal, user: str, body: FailingCourse) -> None:
    _learner(portal, user).fail_course(body.course, score=body.score)


@operation(
    "POST",
    f"{_LEARNER}/expire",
    "expireEnrollment",
    tag=_TAG,
    summary="Let the time of an enrollment be up now",
    body=OfCourse,
    python=("Learner.expire",),
)
def expire(portal: Portal, user: str, body: OfCourse) -> None:
    _learner(portal, user).expire(body.course)
