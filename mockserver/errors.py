"""Every error of this package, and every message the API can answer.

MockError
├── SetupError           a mistake of the person who sets the mock up: a flag, a file, a port
├── PortalGone           the portal was removed or closed
└── RequestRefused       the API would answer an error
    ├── InvalidValue     a value is missing, of the wrong type or out of range
    ├── RuleBroken       a rule of the domain forbids it
    └── NotFound         what was named does not exist

The portal raises these without knowing of HTTP; `mockserver.api.errors` gives each its status.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class MockError(Exception):
    """The root of all errors of this package; its text is one sentence for a person."""


class SetupError(MockError):
    """The mock cannot be set up as asked; the command line exits with status 2."""


class PortalGone(MockError):
    """The portal was removed from its server, or closed."""


class RequestRefused(MockError):
    """The API refuses what was asked; the text is the vendor's message."""


class InvalidValue(RequestRefused):
    """A parameter or field is missing, of the wrong type, out of range or too long."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"Invalid arguments provided: {detail}")


class RuleBroken(RequestRefused):
    """The values are well formed, but a rule of the domain forbids them."""


class NotFound(RequestRefused):
    """The resource named does not exist; the text is the vendor's for a user."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"The requested {resource} does not exist.")


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
COURSE_CODE_TAKEN = "A course with the same code already exists"
COURSE_NOT_ACTIVE = "The requested course is not active"
COURSE_FULL = "The requested course has reached its capacity"
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
