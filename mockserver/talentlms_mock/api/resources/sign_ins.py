"""A user's session, and what helps one who cannot begin it (operations.md, 12-16 and 28)."""

from base64 import b64encode
from urllib.parse import quote

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, Rule, inferred
from talentlms_mock.api.operation import NO_CONTENT, Answer, Parameter, one, operation
from talentlms_mock.api.values import ENCODED_ADDRESS, STRING, Body, Shape, Text
from talentlms_mock.errors import Conflict
from talentlms_mock.portal.contract.refusals import NOT_ENROLLED
from talentlms_mock.portal.rules import addresses, logins, recovery
from talentlms_mock.portal.rules.enrollments import enrollment_of
from talentlms_mock.portal.rules.progress import EnrollmentContext, check_access
from talentlms_mock.portal.store.row_types import CourseRow, UserRow
from talentlms_mock.portal.store.transaction import Transaction

_AS_IN_V1 = inferred("the first version of the API answers the same")


class LoggedIn(Shape):
    user_id: int
    login_key: str


class LoggedOut(Shape):
    redirect_url: str


class OnlineStatus(Shape):
    online: bool


class CourseAddress(Shape):
    goto_url: str


class Logout(Body):
    next: str = ""


class PasswordReset(Body):
    subject = "User"

    login: Text


def _encoded_address(name: str) -> Parameter:
    return Parameter(name, "query", ENCODED_ADDRESS, required=False)


@operation(
    "GET",
    "/users/{id}/login",
    "loginUser",
    tag="User",
    summary="Login user",
    answer=one(LoggedIn, _AS_IN_V1),
    known=DOCUMENTED,
    rules=(
        Rule("a user who is not active answers 400", INFERRED),
        Rule("a user who becomes inactive is logged out", INFERRED),
    ),
)
def login_user(transaction: Transaction, id: int) -> dict[str, object]:
    user = transaction.find(UserRow, id)
    logins.log_in(transaction, user)
    return {"user_id": user.id, "login_key": logins.login_address(transaction, user)}


@operation(
    "POST",
    "/users/{id}/logout",
    "logoutUser",
    tag="User",
    summary="Logout user",
    answer=one(LoggedOut, _AS_IN_V1),
    known=DOCUMENTED,
    body=Logout,
    body_required=False,
    rules=(
        Rule("a user who is not online is answered the same", INFERRED),
        Rule("next and the whole body may be left out", INFERRED),
    ),
)
def logout_user(transaction: Transaction, id: int, body: Logout) -> dict[str, str]:
    logins.log_out(transaction, transaction.find(UserRow, id))
    encoded = quote(b64encode(body.next.encode()), safe="")
    path = f"index/logout/next:{encoded}" if encoded else "index/logout"
    return {"redirect_url": addresses.page(transaction, path)}


@operation(
    "GET",
    "/users/{id}/online-status",
    "getUserOnlineStatus",
    tag="User",
    summary="Get user online status",
    answer=one(OnlineStatus, INFERRED),
    known=DOCUMENTED,
)
def get_user_online_status(transaction: Transaction, id: int) -> dict[str, bool]:
    return {"online": transaction.find(UserRow, id).session_started_at is not None}


@operation(
    "POST",
    "/password-reset",
    "resetPassword",
    tag="User",
    summary="Reset user's password",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    query=(_encoded_address("redirect_url"),),
    body=PasswordReset,
    rules=(
        Rule("an address that is no base64 of an http or https address answers 400", INFERRED),
        Rule("a login that nobody has answers 404", INFERRED),
    ),
)
def reset_password(transaction: Transaction, body: PasswordReset, redirect_url: str | None) -> None:
    recovery.send_password_reset(transaction, body.login, redirect_url)


@operation(
    "POST",
    "/users/{email}/username-recovery",
    "recoverUsername",
    tag="User",
    summary="Recover username",
    answer=Answer(204, known=INFERRED),
    known=DOCUMENTED,
    query=(_encoded_address("domain_url"),),
    texts_in_path={"email": STRING},
    rules=(
        Rule("an address that is no base64 of an http or https address answers 400", INFERRED),
        Rule("an email or login that nobody has answers 404", INFERRED),
        Rule("of two users, one with the email and one with the login, the first is meant"),
    ),
)
def recover_username(transaction: Transaction, email: str, domain_url: str | None) -> None:
    recovery.send_username(transaction, email, domain_url)


@operation(
    "GET",
    "/courses/{course_id}/users/{user_id}/goto",
    "gotoCourse",
    tag="Course",
    summary="Goto Course",
    answer=one(CourseAddress, _AS_IN_V1),
    known=DOCUMENTED,
    conflicts=(NOT_ENROLLED,),
    query=(_encoded_address("logout_redirect"), _encoded_address("course_completed_redirect")),
    rules=(
        Rule("an address that is no base64 of an http or https address answers 400", INFERRED),
        Rule("a user who is not enrolled or not active answers 400", INFERRED),
        Rule(
            "a course or enrollment whose time is up answers 400, unless it is completed", INFERRED
        ),
        Rule("asking changes nothing: the user is not logged in by it", INFERRED),
    ),
)
def goto_course(
    transaction: Transaction,
    course_id: int,
    user_id: int,
    logout_redirect: str | None,
    course_completed_redirect: str | None,
) -> dict[str, str]:
    course = transaction.find(CourseRow, course_id)
    user = transaction.find(UserRow, user_id)
    enrollment = enrollment_of(transaction, user.id, course.id)
    if enrollment is None:
        raise Conflict(NOT_ENROLLED)
    check_access(transaction, EnrollmentContext(user, course, enrollment))
    key = addresses.key(transaction, "goto", user.id, course.id)
    address = addresses.page(
        transaction,
        f"index/gotocourse/key:{key},course_id:{course.id}",
        logout_redirect=logout_redirect,
        course_completed_redirect=course_completed_redirect,
    )
    return {"goto_url": address}
