"""What learners do in the portal's own pages."""

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import id_or_name, portal_of, read_body
from talentlms_mock.control.resources import find
from talentlms_mock.control.responses import JsonResponse, NoContent, OpenedUnit, UnitStatus
from talentlms_mock.control.route import Body, route
from talentlms_mock.portal.learner import Learner

_TAG = "Learners"
_LEARNER = "/portals/{domain}/learners/{user}"

Ref = int | str
"""An id, or a name."""


class CourseReference(Body):
    """Which course."""

    course: Ref


class GroupKey(Body):
    """Which group, by its key."""

    key: str


class UnitReference(Body):
    """Which unit."""

    unit: Ref


class SessionReference(Body):
    """Which session of instructor-led training."""

    session: Ref


class UnitResult(Body):
    """A unit to complete or to fail, and how."""

    unit: Ref
    score: float | None = None
    time: int | None = None


class UnitAnswer(Body):
    """Answers to the questions of a test or a survey."""

    unit: Ref
    answers: dict[str, str | list[str]]
    time: int | None = None


class AnswersGrade(Body):
    """Grades for the answers to a test in free text."""

    unit: Ref
    points: dict[str, float]
    message: str | None = None


class AssignmentSubmission(Body):
    """What is submitted to an assignment."""

    unit: Ref
    text: str | None = None


class AssignmentGrade(Body):
    """A grade for an assignment."""

    unit: Ref
    score: float
    message: str | None = None


class SessionAttendance(Body):
    """A session to attend, and its score."""

    session: Ref
    score: float | None = None


class CourseCompletion(Body):
    """A course to complete, and how."""

    course: Ref
    score: float | None = None
    time: int | None = None


class CourseFailure(Body):
    """A course to fail, and how."""

    course: Ref
    score: float | None = None


def _learner(request: Request) -> Learner:
    """Return the learner whose id or login the path has.

    Raises:
        Problem: there is no such user.
    """
    portal = portal_of(request)
    return portal.learner(find(portal.users, request.path_params["user"]))


@route(
    "POST",
    f"{_LEARNER}/log-in",
    tag=_TAG,
    summary="Sign in",
    python=(
        "Learner.log_in",
        "Portal.learner",
    ),
)
def log_in(request: Request) -> Response:
    """Sign the learner in, as in the portal's pages. The timeline records it."""
    _learner(request).log_in()
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/log-out",
    tag=_TAG,
    summary="Sign out",
    python=("Learner.log_out",),
)
def log_out(request: Request) -> Response:
    """Sign the learner out."""
    _learner(request).log_out()
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/open",
    tag=_TAG,
    summary="Open a course at the first unit that is not completed",
    body=CourseReference,
    response=OpenedUnit,
    python=("Learner.open",),
)
def open_course(request: Request) -> Response:
    """Open a course as the learner and return the unit that it opens at."""
    learner = _learner(request)
    body = read_body(request, CourseReference)
    return JsonResponse({"unit_id": learner.open(body.course)})


@route(
    "POST",
    f"{_LEARNER}/open-unit",
    tag=_TAG,
    summary="Open a unit",
    body=UnitReference,
    python=("Learner.open_unit",),
)
def open_unit(request: Request) -> Response:
    """Open a unit, which starts its course."""
    learner = _learner(request)
    body = read_body(request, UnitReference)
    learner.open_unit(body.unit)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/complete-unit",
    tag=_TAG,
    summary="Complete a unit of any type",
    body=UnitResult,
    python=("Learner.complete_unit",),
)
def complete_unit(request: Request) -> Response:
    """Complete a unit: a test is answered, an assignment submitted and graded, a session attended.
    The last unit completes the course.
    """
    learner = _learner(request)
    body = read_body(request, UnitResult)
    learner.complete_unit(body.unit, body.score, time=body.time)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/fail-unit",
    tag=_TAG,
    summary="Fail a test, assignment, scorm or ilt",
    body=UnitResult,
    python=(
        "Learner.fail_unit",
        "Learner.fail",
    ),
)
def fail_unit(request: Request) -> Response:
    """Fail a unit, and with a test the course where its rule says so."""
    learner = _learner(request)
    body = read_body(request, UnitResult)
    learner.fail_unit(body.unit, body.score, time=body.time)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/answer",
    tag=_TAG,
    summary="Answer questions of a test or a survey; the last one hands it in",
    body=UnitAnswer,
    response=UnitStatus,
    python=("Learner.answer",),
)
def answer_questions(request: Request) -> Response:
    """Answer questions, all at once or some now and some later. The last one submits the test or
    survey.
    """
    learner = _learner(request)
    body = read_body(request, UnitAnswer)
    answers = {id_or_name(name): given for name, given in body.answers.items()}
    status = learner.answer(body.unit, answers, time=body.time)
    return JsonResponse({"completion_status": status})


@route(
    "POST",
    f"{_LEARNER}/grade-test",
    tag=_TAG,
    summary="Grade answers in free text to a test, as an instructor",
    body=AnswersGrade,
    response=UnitStatus,
    python=("Learner.grade_test",),
)
def grade_test(request: Request) -> Response:
    """Give points for answers in free text. The last grade ends the test."""
    learner = _learner(request)
    body = read_body(request, AnswersGrade)
    points = {id_or_name(name): percent for name, percent in body.points.items()}
    status = learner.grade_test(body.unit, points, body.message)
    return JsonResponse({"completion_status": status})


@route(
    "POST",
    f"{_LEARNER}/submit-assignment",
    tag=_TAG,
    summary="Hand in an assignment",
    body=AssignmentSubmission,
    python=("Learner.submit_assignment",),
)
def submit_assignment(request: Request) -> Response:
    """Submit an assignment, which then waits for a grade."""
    learner = _learner(request)
    body = read_body(request, AssignmentSubmission)
    learner.submit_assignment(body.unit, body.text)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/grade-assignment",
    tag=_TAG,
    summary="Grade an assignment that was handed in, as an instructor",
    body=AssignmentGrade,
    python=("Learner.grade_assignment",),
)
def grade_assignment(request: Request) -> Response:
    """Grade an assignment; a score below the pass score fails it."""
    learner = _learner(request)
    body = read_body(request, AssignmentGrade)
    learner.grade_assignment(body.unit, body.score, body.message)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/book",
    tag=_TAG,
    summary="Book a session of instructor-led training",
    body=SessionReference,
    python=("Learner.book",),
)
def book_session(request: Request) -> Response:
    """Book a session that has places left."""
    learner = _learner(request)
    body = read_body(request, SessionReference)
    learner.book(body.session)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/attend",
    tag=_TAG,
    summary="Attend a session that has begun",
    body=SessionAttendance,
    python=("Learner.attend",),
)
def attend_session(request: Request) -> Response:
    """Attend a session; the instructor's score decides whether the unit is passed."""
    learner = _learner(request)
    body = read_body(request, SessionAttendance)
    learner.attend(body.session, body.score)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/complete",
    tag=_TAG,
    summary="Complete a course with every unit",
    body=CourseCompletion,
    python=("Learner.complete",),
)
def complete_course(request: Request) -> Response:
    """Complete every unit of a course, with the certificate, points and badges that follow."""
    learner = _learner(request)
    body = read_body(request, CourseCompletion)
    learner.complete(body.course, score=body.score, time=body.time)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/fail-course",
    tag=_TAG,
    summary="Fail a course",
    body=CourseFailure,
    python=("Learner.fail_course",),
)
def fail_course(request: Request) -> Response:
    """Fail a course by its test."""
    learner = _learner(request)
    body = read_body(request, CourseFailure)
    learner.fail_course(body.course, score=body.score)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/expire",
    tag=_TAG,
    summary="Let an enrollment expire now",
    body=CourseReference,
    python=("Learner.expire",),
)
def expire_enrollment(request: Request) -> Response:
    """End the enrollment in a course now, as its time limit does. The progress stays."""
    learner = _learner(request)
    body = read_body(request, CourseReference)
    learner.expire(body.course)
    return NoContent()


@route(
    "POST",
    f"{_LEARNER}/join-group",
    tag=_TAG,
    summary="Join the group that has a key",
    body=GroupKey,
    python=("Learner.join_group",),
)
def join_group(request: Request) -> Response:
    """Join the group with this key, and enroll in its courses."""
    learner = _learner(request)
    body = read_body(request, GroupKey)
    learner.join_group(body.key)
    return NoContent()
