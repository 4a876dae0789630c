"""Every error of this package, and every message the API can answer.

MockError
├── SetupError           a mistake of the person who sets the mock up: a flag, a file, a port
├── PortalGone           the portal was removed or closed
├── HostUnanswered       a connection to the vendor was not made
├── NotOne               what should name one thing of a portal names none, or several
└── RequestRefused       the API would answer an error
    ├── InvalidValue     a value is missing, of the wrong type or out of range
    ├── RuleBroken       a rule of the domain forbids it
    └── NotFound         what was named does not exist

The portal raises these without knowing of HTTP; `talentlms_mock.api.errors` gives each its status.
Whoever raises one for a value of the caller says with `at` which: the control API answers it.
"""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches


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


class RequestRefused(MockError):
    """The API refuses what was asked; the text is the vendor's message."""


class InvalidValue(RequestRefused):
    """A parameter or field is missing, of the wrong type, out of range or too long.

    Args:
        detail: what is wrong with which value.
        at: as of every MockError.
    """

    def __init__(self, detail: str, at: str = "") -> None:
        super().__init__(f"Invalid arguments provided: {detail}", at=at)
        self.detail = detail


class RuleBroken(RequestRefused):
    """The values are well formed, but a rule of the domain forbids them."""


class NotFound(RequestRefused):
    """The resource named does not exist; the text is the vendor's for a user.

    Args:
        resource: what kind of thing it is.
        hint: what a person may have meant, in parentheses; the API itself gives none.
        at: as of every MockError.
    """

    def __init__(self, resource: str, hint: str = "", at: str = "") -> None:
        super().__init__(f"The requested {resource} does not exist{hint}.", at=at)


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

# Word for word what clients of the vendor's first version match on (conventions.md, Errors).
EMAIL_TAKEN = "A user with the same email address already exists"
LOGIN_TAKEN = "A user with the same login already exists"
ALREADY_ENROLLED = "The requested user is already enrolled in this course"
NOT_ENROLLED = "The requested user is not enrolled in this course"
COURSE_IN_BRANCH = "The requested course is already a member of this branch"
WEAK_PASSWORD = (
    "Password is not strong enough (should have at least (1) upper case letter, "
    "at least (1) lower case letter, at least (1) number, at least (8) characters in length)"
)

# Inferred, in the same tone.
COUPON_TAKEN = "A coupon with the same code already exists"
COURSE_CODE_TAKEN = "A course with the same code already exists"
COURSE_NOT_ACTIVE = "The requested course is not active"
COURSE_COMPLETED = "The requested user has completed this course already"
COURSE_FAILED = "The requested user has failed this course"
COURSE_FULL = "The requested course has reached its capacity"
FIELD_TAKEN = "A custom field with the same name already exists"
ROLE_NOT_ALLOWED = "The user type of the requested user does not allow it to instruct"
ENROLLMENT_EXPIRED = "The requested user's enrollment in this course has expired"
ALREADY_IN_LEARNING_PATH = "The requested user is already enrolled in this learning path"
LEARNING_PATH_NOT_ACTIVE = "The requested learning path is not active"
NOT_A_LEARNER = "The requested user is not a learner of this course"
NOT_ILT = "The requested unit is not an instructor-led training"
NOT_QUESTIONED = "The requested unit is neither a test nor a survey"
NOT_HANDED_IN = "The requested assignment has not been handed in"
SESSION_FULL = "The requested session has reached its capacity"
SESSION_NOT_BEGUN = "The requested session has not begun"
UNIT_COMPLETED = "The requested user has completed this unit already"
UNIT_LOCKED = "The units before this one are not completed"
USER_NOT_ACTIVE = "The requested user is not active"
USER_IN_GROUP = "The requested user is already a member of this group"
COURSE_IN_GROUP = "The requested course is already a member of this group"
GROUP_KEY_FULL = "The key of the requested group has reached its redemptions"
USER_IN_BRANCH = "The requested user is already a member of this branch"
BRANCH_NAME_TAKEN = "A branch with the same name already exists"
BRANCH_LIMIT_REACHED = "The portal has reached its limit of branches"
COUPON_UNKNOWN = "The requested coupon does not exist"
NOTHING_TO_BUY = "The requested category has no course that the user could join"
WRONG_PASSWORD = "The current password is missing or not correct"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the known name nearest to `name`, else the known names."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]!r}?)" if close else f" (known are {', '.join(names)})"
