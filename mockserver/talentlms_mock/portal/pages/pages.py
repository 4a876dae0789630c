"""The handle by which web pages hold a portal: each method is one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import bindparam

from talentlms_mock.errors import RuleBroken
from talentlms_mock.portal.contract.refusals import NOT_ENROLLED
from talentlms_mock.portal.pages import certificates, courses, keys, payments, sign_ins
from talentlms_mock.portal.pages.certificates import CertificatePage
from talentlms_mock.portal.pages.courses import CourseLine, CoursePage, UnitPage
from talentlms_mock.portal.pages.payments import Payment
from talentlms_mock.portal.pages.sign_ins import SignIn
from talentlms_mock.portal.rules import addresses, branches, logins, users
from talentlms_mock.portal.rules.enrollments import enrollment_of
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import branches as branch_table
from talentlms_mock.portal.store.row_types import BranchRow, PageKind, UserRow
from talentlms_mock.portal.store.transaction import OpenTransaction, Transaction

_BRANCH = select_rows(BranchRow).where(branch_table.c.id == bindparam("id"))


@dataclass(frozen=True)
class Site:
    """Whose pages these are: the title of the portal or of a branch, and its announcement."""

    title: str
    announcement: str


class Pages:
    """What the portal's own pages show and do. No page counts for a limit, or is in the journal.

    Where an address has a key, every method that takes it raises:
        NotFound: the portal gave out no such key.
        RuleBroken: it was used, or is too old; the status is 410.

    Args:
        open_transaction: opens a transaction on the portal.
        origin: the scheme and host by which the browser asks, which its addresses have too.
    """

    def __init__(self, open_transaction: OpenTransaction, origin: str = "") -> None:
        self._open = open_transaction
        self._origin = origin

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with self._open() as transaction:
            transaction.origin = self._origin
            yield transaction

    # Whose page it is.

    def has_key(self, kind: PageKind, key: str) -> bool:
        """Return whether the portal gave out this key, also if it does not work any more."""
        with self._transaction() as transaction:
            return keys.has_key(transaction, kind, key)

    def site(self, label: str, sign_in: SignIn | None = None) -> Site:
        """Return whose pages these are.

        Args:
            label: what names the portal or a branch in the host name; "" where nothing does, and
                the page is of the branch that the browser is signed in to.
            sign_in: of the browser.
        """
        with self._transaction() as transaction:
            branch = None
            if label and label != transaction.settings.domain:
                ending = f"-{transaction.settings.domain}"
                branch = branches.of_host_label(transaction, label.removesuffix(ending))
            elif not label and sign_in is not None and sign_in.branch_id is not None:
                branch = transaction.first(_BRANCH, id=sign_in.branch_id)  # None once deleted
            if branch is None:
                return Site(transaction.site().name, "")
            said = branch.announcement_external if sign_in is None else branch.announcement_internal
            return Site(branch.title or branch.name, said or "")

    # Signing in and out.

    def sign_in(self, token: str | None) -> SignIn | None:
        """Return the sign-in of a browser by its token; None where it is not signed in."""
        with self._transaction() as transaction:
            return sign_ins.find(transaction, token)

    def sign_in_by_key(self, key: str, earlier: str | None = None) -> str:
        """Sign a browser in by the key of an address, and return its token.

        Args:
            key: used up by this.
            earlier: the token that the browser has.

        Raises:
            RuleBroken: also where the user is not active.
        """
        with self._transaction() as transaction:
            used = keys.use(transaction, "autologin", key)
            user = transaction.find(UserRow, used.user_id)
            return sign_ins.begin(transaction, user, earlier, branch_id=used.target["branch_id"])

    def sign_in_by_password(self, login: str, password: str, earlier: str | None = None) -> str:
        """Sign a browser in by the user's login and password, and return its token.

        Raises:
            RuleBroken: one of them is wrong, with the status 403, or the user is not active.
        """
        with self._transaction() as transaction:
            user = sign_ins.by_password(transaction, login, password)
            return sign_ins.begin(transaction, user, earlier)

    def go_to_course(self, key: str, course_id: int, earlier: str | None = None) -> str:
        """Sign a browser in by the key of an address that opens a course, and return its token.

        Raises:
            RuleBroken: also where the user is not active or not enrolled any more, or the key is
                of another course.
        """
        with self._transaction() as transaction:
            used = keys.use(transaction, "goto", key)
            user, target = transaction.find(UserRow, used.user_id), used.target
            enrollment = enrollment_of(transaction, user.id, target["course_id"])
            if enrollment is None or target["course_id"] != course_id:
                raise RuleBroken(NOT_ENROLLED)
            after = target["course_completed_redirect"]
            redirects = {str(course_id): addresses.with_scheme(after)} if after else {}
            return sign_ins.begin(
                transaction,
                user,
                earlier,
                logout_redirect=target["logout_redirect"],
                completed_redirects=redirects,
            )

    def sign_out(self, token: str | None) -> str:
        """Sign out the user of a browser, and return where the browser goes on."""
        with self._transaction() as transaction:
            sign_in = sign_ins.find(transaction, token)
            if sign_in is None:
                return addresses.front_page(transaction)
            logins.log_out(transaction, transaction.find(UserRow, sign_in.user_id))
            return _after_sign_out(transaction, sign_in)

    def sign_out_by_key(self, key: str, token: str | None) -> str:
        """Sign out by the key of an address, and return where the browser goes on.

        That is what the caller of the API said, never what stands in the address itself.

        Args:
            key: used up by this.
            token: the one that the browser has, if any.
        """
        with self._transaction() as transaction:
            used = keys.use(transaction, "logout", key)
            sign_in = sign_ins.find(transaction, token)
            logins.log_out(transaction, transaction.find(UserRow, used.user_id))
            goes_to = used.target["next"]
            if not goes_to:
                return _after_sign_out(transaction, sign_in)
            if goes_to.startswith("/"):
                return addresses.of_path(transaction, goes_to)
            return addresses.with_scheme(goes_to)

    # Learning. What a learner does is done by `Portal.learner`.

    def courses(self, user_id: int) -> list[CourseLine]:
        """Return the courses that a user is enrolled in."""
        with self._transaction() as transaction:
            return courses.courses_of(transaction, user_id)

    def category(self, user_id: int, category_id: int) -> tuple[str, list[CourseLine]]:
        """Return the name of a category, and the courses of it that a user is enrolled in.

        Raises:
            NotFound: there is no such category.
        """
        with self._transaction() as transaction:
            name = courses.category_name(transaction, category_id)
            return name, courses.courses_of(transaction, user_id, category_id)

    def course(self, user_id: int, course_id: int) -> CoursePage:
        """Return a course as a user sees it.

        Raises:
            NotFound: there is no such course.
            RuleBroken: the user is not enrolled in it; the status is 403.
        """
        with self._transaction() as transaction:
            return courses.course_page(transaction, user_id, course_id)

    def unit(self, user_id: int, unit_id: int) -> UnitPage:
        """Return a unit as a user sees it.

        Raises:
            NotFound: there is no such unit.
            RuleBroken: the user is not enrolled in its course; the status is 403.
        """
        with self._transaction() as transaction:
            return courses.unit_page(transaction, user_id, unit_id)

    def take_redirect(self, token: str, course_id: int) -> str | None:
        """Return where a browser goes once its course is completed, one time.

        None is nowhere: the course is not completed, or nobody said where.
        """
        with self._transaction() as transaction:
            sign_in = sign_ins.find(transaction, token)
            if sign_in is None:
                return None
            enrollment = enrollment_of(transaction, sign_in.user_id, course_id)
            if enrollment is None or enrollment.completion_status != "completed":
                return None
            return sign_ins.take_redirect(transaction, sign_in, course_id)

    def certificate(self, id: int) -> CertificatePage:
        """Return what a certificate says.

        Raises:
            NotFound: there is none of this id.
        """
        with self._transaction() as transaction:
            return certificates.certificate_page(transaction, id)

    # Paying.

    def payment(self, key: str) -> Payment:
        """Return what is to be paid by the page of a key."""
        with self._transaction() as transaction:
            return payments.payment(transaction, key)

    def pay(self, key: str) -> str:
        """Pay, which enrolls the user, and return where the browser goes on.

        Raises:
            NotFound, RuleBroken: also where the user cannot be enrolled any more.
        """
        with self._transaction() as transaction:
            return payments.pay(transaction, key)

    def cancel_payment(self, key: str) -> str:
        """Return where a browser goes that does not pay."""
        with self._transaction() as transaction:
            return payments.cancel(transaction, key)

    # A forgotten password.

    def whose_password(self, key: str) -> str:
        """Return the login of the user whose password the page of a key sets."""
        with self._transaction() as transaction:
            user_id = keys.find(transaction, "reset", key).user_id
            return transaction.find(UserRow, user_id).login

    def reset_password(self, key: str, password: str) -> str:
        """Give a user a new password, and return where the browser goes on.

        Raises:
            RuleBroken: also where the password is not strong enough; the key works still.
        """
        with self._transaction() as transaction:
            used = keys.use(transaction, "reset", key)
            users.set_password(transaction, transaction.find(UserRow, used.user_id), password)
            goes_to = used.target["redirect_url"]
            return addresses.with_scheme(goes_to) if goes_to else ""


def _after_sign_out(transaction: Transaction, sign_in: SignIn | None) -> str:
    goes_to = sign_in.target.get("logout_redirect") if sign_in else None
    return addresses.with_scheme(goes_to) if goes_to else addresses.front_page(transaction)
