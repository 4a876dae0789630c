"""The pages of courses and units, and what a learner does there."""

from collections.abc import Callable

from starlette.responses import Response

from talentlms_mock.errors import InvalidValue, RequestRefused
from talentlms_mock.pages.rendering import go, page
from talentlms_mock.pages.visit import Visit
from talentlms_mock.portal.learner import Learner

Act = Callable[[Learner, int, Visit], None]

_QUESTION = "question-"
"""What the names of the fields of answers start with; the question's id follows."""

OFFERED: dict[str, tuple[str, ...]] = {
    "content": ("open", "complete"),
    "video": ("open", "complete"),
    "test": ("open", "answer"),
    "survey": ("open", "answer"),
    "assignment": ("open", "submit"),
    "scorm": ("open", "complete", "fail"),
    "ilt": ("open", "complete", "book", "attend"),
}
"""What a learner may do in a unit, by its type."""


async def course(visit: Visit) -> Response:
    """Show a course with its units."""
    user = visit.user
    found = visit.pages.course(user.user_id, visit.request.path_params["id"])
    return page(visit, "course.html", course=found)


async def category(visit: Visit) -> Response:
    """Show the user's courses of a category."""
    user = visit.user
    id = visit.request.path_params["id"]
    name, lines = visit.pages.category(user.user_id, id)
    return page(visit, "courses.html", heading=name, courses=lines)


async def unit(visit: Visit) -> Response:
    """Show a unit, with what the learner can do there."""
    return _unit_page(visit)


async def act(visit: Visit) -> Response:
    """Do what the learner chose, as `Portal.learner` does it, and show what came of it."""
    user, id = visit.user, visit.request.path_params["id"]
    before = visit.pages.unit(user.user_id, id)
    chosen = visit.sent("do")
    if chosen not in OFFERED[before.type] or (chosen == "complete" and before.sessions):
        raise InvalidValue("A learner cannot do this in this unit.")
    try:
        _ACTS[chosen](visit.portal.learner(user.user_id), id, visit)
    except RequestRefused as error:
        return _unit_page(visit, error)
    after = visit.pages.take_redirect(user.token, before.course_id)
    if after is not None:
        return go(after)
    is_over = chosen in ("complete", "attend")
    path = f"/learner/courseinfo/id:{before.course_id}" if is_over else f"/unit/view/id:{id}"
    return go(visit.link(path))


def _unit_page(visit: Visit, error: RequestRefused | None = None) -> Response:
    found = visit.pages.unit(visit.user.user_id, visit.request.path_params["id"])
    status, problem = (error.refusal.status, str(error)) if error else (200, "")
    return page(visit, "unit.html", status=status, problem=problem, unit=found)


def _answer(learner: Learner, unit_id: int, visit: Visit) -> None:
    answers = {}
    for name, values in visit.form.items():
        number = name.removeprefix(_QUESTION)
        texts = [value for value in values if value.strip()]
        if name.startswith(_QUESTION) and number.isascii() and number.isdecimal() and texts:
            answers[int(number)] = texts
    learner.answer(unit_id, answers)


def _session(visit: Visit) -> int:
    number = visit.sent("session")
    if not (number.isascii() and number.isdecimal()):
        raise InvalidValue("Choose one of the sessions.")
    return int(number)


_ACTS: dict[str, Act] = {
    "open": lambda learner, unit_id, visit: learner.open_unit(unit_id),
    "complete": lambda learner, unit_id, visit: learner.complete_unit(unit_id),
    "fail": lambda learner, unit_id, visit: learner.fail(unit_id),
    "answer": _answer,
    "submit": lambda learner, unit_id, visit: learner.submit_assignment(
        unit_id, visit.sent("text")
    ),
    "book": lambda learner, unit_id, visit: learner.book(_session(visit)),
    "attend": lambda learner, unit_id, visit: learner.attend(_session(visit)),
}
