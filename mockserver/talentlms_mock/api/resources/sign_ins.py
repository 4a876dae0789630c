"""A user's sign-in, and what helps one who cannot sign in (operations.md, 12-16 and 28)."""

from typing import Annotated, Literal

from pydantic import Field

from talentlms_mock.api.fidelity import DOCUMENTED, RECORDED, Rule
from talentlms_mock.api.operation import NO_CONTENT, Parameter, array_of, one, operation
from talentlms_mock.api.values import ENCODED_ADDRESS, Body, Kind, Shape, Text
from talentlms_mock.errors import Conflict
from talentlms_mock.portal.contract.refusals import NOT_ENROLLED
from talentlms_mock.portal.rules import addresses, logins, recovery
from talentlms_mock.portal.rules.enrollments import enrollment_of
from talentlms_mock.portal.rules.progress import EnrollmentContext, check_access
from talentlms_mock.portal.store.row_types import CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction


class LoginAddress(Shape):
    """An address that signs the user in, in a branch or in the main domain."""

    name: Annotated[str, Field(description="The branch's name, or main_domain.")]
    url: Annotated[str, Field(description="The address; opened in a browser, it signs in once.")]
    is_branch: Annotated[bool, Field(description="Whether it is that of a branch.")]


class LoggedOut(Shape):
    """Where a browser is signed out."""

    redirect_url: Annotated[
        str, Field(description="The address that signs a browser out, and then leads to next.")
    ]


class OnlineStatus(Shape):
    """Whether a user is signed in."""

    status: Annotated[
        Literal["online", "offline"],
        Field(description="Whether the user is signed in: online or offline."),
    ]


class RecoveredUsername(Shape):
    """Whose username was sent."""

    user_id: Annotated[int, Field(description="The id of the user who has the email address.")]


class CourseAddress(Shape):
    """Where a user enters a course."""

    goto_url: Annotated[str, Field(description="The address that opens the course for the user.")]


class LogoutInput(Body):
    """Where a user goes after signing out."""

    next: Annotated[str, Field(description="An address; it may be empty.")] = ""


class PasswordResetInput(Body):
    """Who has forgotten the password."""

    subject = "User"

    login: Annotated[Text, Field(description="The login of the user, in any case.")]


_ADDRESS = Rule("what is no base64 of a text without spaces answers 400")


def _encoded_address(name: str, leads: str) -> Parameter:
    description = f"Where {leads}: the base64 of an address with or without a scheme; may be empty."
    return Parameter(name, "query", ENCODED_ADDRESS, required=False, description=description)


_EMAIL = Kind(
    str, {"type": "string"}, "margaret.hale@example.com", "The email address of the user."
)


@operation(
    "GET",
    "/users/{id}/login",
    "loginUser",
    tag="User",
    summary="Login user",
    response=array_of(LoginAddress, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    rules=(
        Rule("one address for each branch of the user, and that of the main domain last", RECORDED),
        Rule("the user is online from this call on"),
        Rule("a user who is not active answers 400"),
        Rule("a user who becomes inactive is logged out"),
    ),
)
def login_user(transaction: Transaction, id: int) -> list[dict[str, object]]:
    """Make addresses that sign the user in, one for the portal and for each branch that the user
    is in.
    """
    user = transaction.find(UserRow, id)
    logins.log_in(transaction, user)
    return [address._asdict() for address in logins.login_addresses(transaction, user)]


@operation(
    "POST",
    "/users/{id}/logout",
    "logoutUser",
    tag="User",
    summary="Logout user",
    response=one(LoggedOut, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    body=LogoutInput,
    body_required=False,
    rules=(
        Rule("a user who is not online is answered the same"),
        Rule("next and the whole body may be left out"),
    ),
)
def logout_user(transaction: Transaction, id: int, body: LogoutInput) -> dict[str, str]:
    """Sign the user out, and get the address to continue at."""
    user = transaction.find(UserRow, id)
    logins.log_out(transaction, user)
    return {"redirect_url": logins.logout_address(transaction, user, body.next)}


@operation(
    "GET",
    "/users/{id}/online-status",
    "getUserOnlineStatus",
    tag="User",
    summary="Get user online status",
    response=one(OnlineStatus, RECORDED),
    known=DOCUMENTED,
    recorded=2,
)
def get_user_online_status(transaction: Transaction, id: int) -> dict[str, str]:
    """Read whether the user is signed in now."""
    is_online = transaction.find(UserRow, id).session_started_at is not None
    return {"status": "online" if is_online else "offline"}


@operation(
    "POST",
    "/password-reset",
    "resetPassword",
    tag="User",
    summary="Reset user's password",
    response=NO_CONTENT,
    known=DOCUMENTED,
    recorded=3,
    query=(_encoded_address("redirect_url", "the user is led after the reset"),),
    body=PasswordResetInput,
    rules=(_ADDRESS, Rule("a login that nobody has answers 404")),
)
def reset_password(
    transaction: Transaction, body: PasswordResetInput, redirect_url: str | None
) -> None:
    """Send the user an email with a link that sets a new password. The portal's outbox has it."""
    recovery.send_password_reset(transaction, body.login, redirect_url)


@operation(
    "POST",
    "/users/{email}/username-recovery",
    "recoverUsername",
    tag="User",
    summary="Recover username",
    response=one(RecoveredUsername, RECORDED),
    known=DOCUMENTED,
    recorded=4,
    query=(_encoded_address("domain_url", "the message leads"),),
    texts_in_path={"email": _EMAIL},
    rules=(
        _ADDRESS,
        Rule("what is no email address, like a login, answers 400", RECORDED),
        Rule("an email that nobody has answers 404", RECORDED),
    ),
)
def recover_username(
    transaction: Transaction, email: str, domain_url: str | None
) -> dict[str, int]:
    """Send the user with this email address an email with the username. The portal's outbox has
    it.
    """
    return {"user_id": recovery.send_username(transaction, email, domain_url)}


@operation(
    "GET",
    "/courses/{course_id}/users/{user_id}/goto",
    "gotoCourse",
    tag="Course",
    summary="Goto Course",
    response=one(CourseAddress, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    conflicts=(NOT_ENROLLED,),
    query=(
        _encoded_address("logout_redirect", "the user is led after signing out"),
        _encoded_address("course_completed_redirect", "the user is led after the course"),
    ),
    rules=(
        _ADDRESS,
        Rule("a user who is not enrolled answers 409, one who is not active 400"),
        Rule("a course or enrollment whose time is up answers 400, unless it is completed"),
        Rule("asking changes nothing: the user is not logged in by it"),
    ),
)
def goto_course(
    transaction: Transaction,
    course_id: int,
    user_id: int,
    logout_redirect: str | None,
    course_completed_redirect: str | None,
) -> dict[str, str]:
    """Make an address that signs the user in and opens the course."""
    course = transaction.find(CourseRow, course_id)
    user = transaction.find(UserRow, user_id)
    enrollment = enrollment_of(transaction, user.id, course.id)
    if enrollment is None:
        raise Conflict(NOT_ENROLLED)
    check_access(transaction, EnrollmentContext(user, course, enrollment))
    key = addresses.new_key(
        transaction,
        "goto",
        user.id,
        course_id=course.id,
        logout_redirect=logout_redirect or None,
        course_completed_redirect=course_completed_redirect or None,
    )
    path = f"index/gotocourse/key:{key},course_id:{course.id}"
    return {"goto_url": addresses.page(transaction, path)}
