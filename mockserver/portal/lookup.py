"""Finding what a person names: by an id, by a name, or by an object that has an `id`."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from sqlalchemy import Select, bindparam, select

from mockserver.errors import InvalidValue, NotFound
from mockserver.portal.models import courses, enrollments, questions, sessions, units, users
from mockserver.portal.session import Session

_NAMES_COMPARED = 10_000
"""Of so many names the nearest to a wrong one is looked for."""


class HasId(Protocol):
    """Anything read back from the portal."""

    @property
    def id(self) -> int: ...


Thing = int | str | HasId
"""An id, a name, or an object that has an `id`."""

_USERS = select(users.c.id, users.c.login)
_COURSES = select(courses.c.id, courses.c.name)
_UNITS = select(units.c.id, units.c.name)
_ENROLLED_UNITS = _UNITS.join(enrollments, enrollments.c.course_id == units.c.course_id).where(
    enrollments.c.user_id == bindparam("user_id")
)
_SESSIONS = select(sessions.c.id, sessions.c.name)
_QUESTIONS = select(questions.c.id, questions.c.text).where(
    questions.c.unit_id == bindparam("unit_id")
)


def user(session: Session, thing: Thing) -> int:
    """Return the id of a user named by its login, in any case.

    Raises:
        InvalidValue: `thing` is of another type, or names more than one; so for all below.
        NotFound: there is none of the name; an id is not looked up.
    """
    if not isinstance(thing, str):
        return _id(thing, "user", "a login")
    found = session.scalar(
        _USERS.where(users.c.login_key == bindparam("name")), name=thing.casefold()
    )
    if found is None:
        raise NotFound("user", _hint(session, _USERS, {}, thing))
    return int(found)


def course(session: Session, thing: Thing) -> int:
    """Return the id of a course named by its name, or by its code."""
    if isinstance(thing, str):
        by_code = courses.c.code_key == bindparam("code")
        found = session.scalar(_COURSES.where(by_code), code=thing.casefold())
        if found is not None:
            return int(found)
    return _by_name(session, thing, "course", _COURSES, courses.c.name)


def unit(session: Session, thing: Thing, user_id: int) -> int:
    """Return the id of a unit; those of the user's own courses are looked through first."""
    if isinstance(thing, str):
        mine = _found(session, thing, _ENROLLED_UNITS, units.c.name, {"user_id": user_id})
        if mine:
            return _only(mine, thing, "unit")
    return _by_name(session, thing, "unit", _UNITS, units.c.name)


def training(session: Session, thing: Thing) -> int:
    """Return the id of a session of instructor-led training."""
    return _by_name(session, thing, "session", _SESSIONS, sessions.c.name)


def question(session: Session, thing: Thing, unit_id: int) -> int:
    """Return the id of a question named by its text."""
    of_unit = {"unit_id": unit_id}
    return _by_name(session, thing, "question", _QUESTIONS, questions.c.text, of_unit)


def _by_name(
    session: Session,
    thing: Thing,
    resource: str,
    statement: Select[Any],
    name: Any,
    parameters: Mapping[str, object] | None = None,
) -> int:
    if not isinstance(thing, str):
        return _id(thing, resource, "a name")
    given = parameters or {}
    found = _found(session, thing, statement, name, given)
    if not found:
        raise NotFound(resource, _hint(session, statement, given, thing))
    return _only(found, thing, resource)


def _id(thing: object, resource: str, name: str) -> int:
    id = thing if isinstance(thing, int) else getattr(thing, "id", None)
    if not isinstance(id, int):
        kind = type(thing).__name__
        raise InvalidValue(
            f"a {resource} is given by an id, {name} or an object with an id, not by a {kind}"
        )
    return id


def _found(
    session: Session, thing: str, statement: Select[Any], name: Any, given: Mapping[str, object]
) -> Sequence[int]:
    rows = session.connection.execute(
        statement.where(name == bindparam("name")), {**given, "name": thing}
    )
    return rows.scalars().all()


def _only(found: Sequence[int], thing: str, resource: str) -> int:
    if len(found) > 1:
        ids = ", ".join(map(str, found))
        raise InvalidValue(f"{thing!r} names more than one {resource}; give one of the ids {ids}")
    return found[0]


def _hint(session: Session, statement: Select[Any], given: Mapping[str, object], thing: str) -> str:
    rows = session.connection.execute(statement.limit(_NAMES_COMPARED), given)
    close = get_close_matches(thing, [name for _, name in rows], n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
