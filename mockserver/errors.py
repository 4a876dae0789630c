"""Every error of this package, and every message the API can answer.

MockError
├── SetupError           a mistake of the person who sets the mock up: a flag, a file, a port
├── PortalGone           the portal was removed or closed
├── HostUnanswered       a connection to the vendor was not made
└── RequestRefused       the API would answer an error
    ├── InvalidValue     a value is missing, of the wrong type or out of range
    ├── RuleBroken       a rule of the domain forbids it
    └── NotFound         what was named does not exist

The portal raises these without knowing of HTTP; `mockserver.api.errors` gives each its status.
"""

import errno
from collections.abc import Iterable
from difflib import get_close_matches


class MockError(Exception):
    """The root of all errors of this package; its text is one sentence for a person."""


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
WEAK_PASSWORD = (
    "Password is not strong enough (should have at least (1) upper case letter, "
    "at least (1) lower case letter, at least (1) number, at least (8) characters in length)"
)

# Inferred, in the same tone.
COURSE_CODE_TAKEN = "A course with the same code already exists"
COURSE_NOT_ACTIVE = "The requested course is not active"
COURSE_FULL = "The requested course has reached its capacity"
USER_NOT_ACTIVE = "The requested user is not active"
WRONG_PASSWORD = "The current password is missing or not correct"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the known name nearest to `name`, else the known names."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]!r}?)" if close else f" (known are {', '.join(names)})"
