"""Every error of this package.

MockError
├── SetupError           a mistake of the person who sets the mock up: a flag, a file, a port
├── PortalGone           the portal was removed or closed
├── HostUnanswered       a connection to the vendor was not made
├── NotOne               what should name one thing of a portal names none, or several
└── RequestRefused       the API would answer an error
    ├── InvalidValue     a value is missing, of the wrong type or out of range
    ├── RuleBroken       a rule of the domain forbids it
    │   └── Conflict     something is archived, or is already, or not yet, what is asked
    └── NotFound         what was named does not exist

What the API answers with stands in `talentlms_mock.portal.contract.refusals`. Whoever raises one
of these for a value of the caller says with `at` which: the control API answers it.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class MockError(Exception):
    """The root of all errors of this package; its text is one sentence for a person.

    Args:
        message: the text.
        at: the place of the value that is wrong, as in `units[0].name`; "" where it is no one
            value.
    """

    def __init__(self, *message: object, at: str = "") -> None:
        super().__init__(*message)
        self.at = at


class SetupError(MockError):
    """The mock cannot be set up as asked; the command line exits with status 2."""


class PortalGone(MockError):
    """The portal was removed from its server, or closed."""


class HostUnanswered(MockError, ConnectionRefusedError):
    """No portal answers for one of the vendor's hosts, and no connection was made.

    Args:
        host: the name.
        call_site: `file:line` of the code that called, or None.
        why: when it is for another reason than that nothing intercepts.
    """

    def __init__(self, host: str, call_site: str | None, *, why: str | None = None) -> None:
        self.host, self.call_site = host, call_site
        place = f" (called at {call_site})" if call_site else ""
        text = f"Nothing here answers for {host}, and the real one is not called{place}: "
        # Twice, since some clients show `strerror` alone.
        super().__init__(errno.ECONNREFUSED, text + (why or _HOW_TO_ANSWER) + ".")

    def __str__(self) -> str:
        return str(self.strerror)


class NotOne(MockError):
    """What should name one thing of a portal names none, or several; the text says what is near."""


@dataclass(frozen=True)
class Refusal:
    """An error that the API can answer.

    Args:
        status: of the response.
        id: the error's id in the recorded shape, like `not_found.user_not_found`.
        text: the vendor's sentence.
        known: how the text is known: documented, recorded, observed or inferred.
        of_router: whether the vendor's router answers it, before it looks at anything else.
        is_duplicate: whether the quirk `duplicate_status` decides on the status.
    """

    status: int
    id: str
    text: str
    known: str = "inferred"
    of_router: bool = False
    is_duplicate: bool = False

    @property
    def type(self) -> str:
        """The `type` of the documented shapes."""
        return "api_error" if self.status >= 500 else "invalid_request_error"


class RequestRefused(MockError):
    """The API refuses what was asked.

    Args:
        refusal: the error that it answers; a text is one of status 400.
        at: as of every MockError.
        hint: what a person may have meant, in parentheses; the API itself gives none.
    """

    def __init__(self, refusal: Refusal | str, at: str = "", hint: str = "") -> None:
        if isinstance(refusal, str):
            refusal = Refusal(400, "bad_request", refusal)
        super().__init__(f"{refusal.text}{hint}", at=at)
        self.refusal = refusal


class InvalidValue(RequestRefused):
    """A parameter or field is missing, of the wrong type, out of range or too long."""


class RuleBroken(RequestRefused):
    """The values are well formed, but a rule of the domain forbids them."""


class Conflict(RuleBroken):
    """Something is archived, or is already, or is not yet, what is asked."""


class NotFound(RequestRefused):
    """The resource named does not exist.

    Args:
        resource: what kind of thing it is, like `user`; or the error that the API answers, where
            the text is another than "User not found".
        hint: what a person may have meant, in parentheses; the API itself gives none.
        at: as of every MockError.
    """

    def __init__(self, resource: str | Refusal, hint: str = "", at: str = "") -> None:
        refusal = _not_found(resource) if isinstance(resource, str) else resource
        super().__init__(refusal, at, hint)


_RECORDED_NOT_FOUND = {
    "user": "user_not_found",
    "course": "course_not_found",
    "group": "group_not_found",
    "branch": "branch_not_found",
    "unit": "unit_not_found",
    "category": "course_category_not_found",
}
_INFERRED_NOT_FOUND = {
    "learning path": "learning_path_not_found",
    "user type": "user_type_not_found",
}


def _not_found(resource: str) -> Refusal:
    """Return what the API answers where `resource` does not exist (conventions.md, Errors)."""
    text = f"{resource[:1].upper()}{resource[1:]} not found"
    if resource in _RECORDED_NOT_FOUND:
        return Refusal(404, f"not_found.{_RECORDED_NOT_FOUND[resource]}", text, "recorded")
    id = _INFERRED_NOT_FOUND.get(resource)
    return Refusal(404, f"not_found.{id}" if id else "not_found", text)


def place_of(*parts: int | str) -> str:
    """Return the place that these keys and positions lead to: `units[0].name`.

    A part may be a place itself; an empty one is left out.
    """
    place = ""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part:
            place += f".{part}" if place and not part.startswith("[") else part
    return place


@contextmanager
def about(*parts: int | str) -> Iterator[None]:
    """Let an error that is raised within the block be about the value at this place.

    Raises:
        MockError: the error, with this `at` in the place of its own.
    """
    try:
        yield
    except MockError as error:
        error.at = place_of(*parts)
        raise


@contextmanager
def below(*parts: int | str) -> Iterator[None]:
    """Let the place of an error that is raised within the block start with this one.

    Raises:
        MockError: the error, with its `at` behind this place.
    """
    try:
        yield
    except MockError as error:
        error.at = place_of(*parts, error.at)
        raise


_HOW_TO_ANSWER = (
    "make the mock answer with `with portal.intercept():`, with "
    "@pytest.mark.talentlms(intercept=True), or with talentlms_intercept = true for a whole suite; "
    "or give the client portal.base_url"
)
