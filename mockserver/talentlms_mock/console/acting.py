"""The page on which one acts for a user: what a learner does in the portal's own pages."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console.forms import EMPTY, Form, on_page
from talentlms_mock.console.rendering import go, page
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import MALFORMED, Problem
from talentlms_mock.control.resources import find
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.records.records import Course, CourseUnit, User

Act = Callable[[Learner, Form], object]

_GRADED = ("test", "assignment", "scorm", "ilt")
"""The units that can be failed."""


def _number(form: Form, name: str) -> float | None:
    try:
        return float(form[name]) if form[name] else None
    except ValueError:
        raise Problem(MALFORMED, f"{name} must be a number.", name) from None


def _id(form: Form, name: str) -> int:
    text = form[name]
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise Problem(MALFORMED, f"{name} must be an id.", name)
    return int(text)


def _numbered(form: Form, start: str) -> dict[int, str]:
    """Return the values whose names are `start` and an id, by id."""
    return {
        int(name.removeprefix(start)): form[name]
        for name in form
        if name.startswith(start) and name.removeprefix(start).isdecimal()
    }


def _answer(learner: Learner, form: Form) -> object:
    answers = {
        question: [line for line in text.splitlines() if line]
        for question, text in _numbered(form, "answer-").items()
    }
    return learner.answer(_id(form, "unit"), answers)


def _grade_test(learner: Learner, form: Form) -> object:
    points = {
        question: _number(form, f"points-{question}") or 0.0
        for question in _numbered(form, "points-")
    }
    return learner.grade_test(_id(form, "unit"), points, form["message"] or None)


def _grade_assignment(learner: Learner, form: Form) -> None:
    score = _number(form, "score")
    if score is None:
        raise Problem(MALFORMED, "Give a score in percent.", "score")
    learner.grade_assignment(_id(form, "unit"), score, form["message"] or None)


ACTS: dict[str, Act] = {
    "log-in": lambda learner, form: learner.log_in(),
    "log-out": lambda learner, form: learner.log_out(),
    "join-group": lambda learner, form: learner.join_group(form["key"]),
    "open": lambda learner, form: learner.open(_id(form, "course")),
    "complete": lambda learner, form: learner.complete(
        _id(form, "course"), score=_number(form, "score")
    ),
    "fail-course": lambda learner, form: learner.fail_course(
        _id(form, "course"), score=_number(form, "score")
    ),
    "expire": lambda learner, form: learner.expire(_id(form, "course")),
    "open-unit": lambda learner, form: learner.open_unit(_id(form, "unit")),
    "complete-unit": lambda learner, form: learner.complete_unit(
        _id(form, "unit"), _number(form, "score")
    ),
    "fail-unit": lambda learner, form: learner.fail_unit(_id(form, "unit"), _number(form, "score")),
    "answer": _answer,
    "grade-test": _grade_test,
    "submit-assignment": lambda learner, form: learner.submit_assignment(
        _id(form, "unit"), form["text"] or None
    ),
    "grade-assignment": _grade_assignment,
    "book": lambda learner, form: learner.book(_id(form, "session")),
    "attend": lambda learner, form: learner.attend(_id(form, "session"), _number(form, "score")),
}
"""What a learner does, by its name in the address of the form."""


def show(request: Request, problem: Problem | None = None, form: Form = EMPTY) -> Response:
    """Show the courses of a user, and the units of one, with what the user can do there."""
    portal = portal_of(request)
    user = _user(request)
    enrollments = [(each, each.course) for each in user.enrollments]
    wanted = form["course"] or request.query_params.get("course", "")
    chosen = next((pair for pair in enrollments if str(pair[1].id) == wanted), None)
    return page(
        request,
        "act.html",
        portal=portal,
        problem=problem,
        form=form,
        user=user,
        enrollments=enrollments,
        chosen=chosen,
        units=[] if chosen is None else _units(chosen[0], chosen[1]),
    )


def _units(enrollment: Any, course: Course) -> list[dict[str, Any]]:
    done = {each.unit_id: each for each in enrollment.progress}
    return [_unit(each, done.get(each.id)) for each in course.units]


def _unit(unit: CourseUnit, progress: Any) -> dict[str, Any]:
    return {
        "unit": unit,
        "progress": progress,
        "questions": list(unit.questions),
        "sessions": list(unit.sessions),
        "can_fail": unit.type in _GRADED,
    }


def get(request: Request) -> Response:
    """Show what a user can do."""
    return show(request)


@on_page(show)
def act(request: Request, form: Form) -> Response:
    """Do one thing for a user, and show what can be done next."""
    portal, user = portal_of(request), _user(request)
    do = ACTS.get(request.path_params["action"])
    if do is None:
        raise Problem(404, f"A learner cannot {request.path_params['action']!r}.")
    do(portal.learner(user), form)
    path = f"/portals/{portal.domain}/data/users/{user.id}/act"
    return go(path, **form.only("course"), done="done")


def _user(request: Request) -> User:
    return find(portal_of(request).users, request.path_params["id"])
