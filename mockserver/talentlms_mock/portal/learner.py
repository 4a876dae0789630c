"""A learner: what a user does in the portal's own pages, outside the API."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from talentlms_mock.errors import InvalidValue
from talentlms_mock.portal.records import lookup
from talentlms_mock.portal.records.lookup import Reference
from talentlms_mock.portal.rules import learning, logins, progress
from talentlms_mock.portal.store.row_types import UserRow
from talentlms_mock.portal.store.transaction import OpenTransaction, Transaction


class Learner:
    """One user at work: `portal.learner("ada").complete("Algebra")`.

    Courses, units, sessions and questions are given by id, by name (a question by its text), or
    as an object with an `id`. Each method is one transaction by the rules of the domain, at the
    time of the portal's clock; it counts for no rate limit and does not appear in the journal.
    Whoever acts in the portal's pages is signed in: the first action of a user signs them in.

    Every method raises:
        NotFound: the user or what is named does not exist.
        InvalidValue: a value is invalid, like a score of 101.
        RuleBroken: a rule forbids it now, like opening a course without an enrollment.

    Args:
        open_transaction: opens a transaction on the portal.
        user: by id, by login, or an object with an `id`.
    """

    def __init__(self, open_transaction: OpenTransaction, user: Reference) -> None:
        self._transaction = open_transaction
        with open_transaction() as transaction:
            self.id = lookup.user(transaction, user)
            self._login = transaction.find(UserRow, self.id).login

    def __repr__(self) -> str:
        return f"<Learner {self.id} {self._login!r}>"

    def log_in(self) -> None:
        """Sign in."""
        with self._transaction() as transaction:
            logins.log_in(transaction, transaction.find(UserRow, self.id))

    def log_out(self) -> None:
        """Sign out."""
        with self._transaction() as transaction:
            logins.log_out(transaction, transaction.find(UserRow, self.id))

    def open(self, course: Reference) -> int | None:
        """Open a course at the first unit that is not completed.

        Returns:
            The unit's id; None where the course has no units.
        """
        with self._signed_in() as transaction:
            return learning.open_course(transaction, self.id, lookup.course(transaction, course))

    def open_unit(self, unit: Reference) -> None:
        """Open a unit, which starts its course."""
        with self._signed_in() as transaction:
            progress.open_unit(transaction, self.id, lookup.unit(transaction, unit, self.id))

    def complete_unit(
        self, unit: Reference, score: float | None = None, *, time: int | None = None
    ) -> None:
        """Complete a unit of any type.

        A test is answered so that its score is as close as possible, a survey in any way; an
        assignment is submitted and graded; of a unit with sessions, one that has begun is
        attended. The last unit completes the course, with everything that follows from that.

        Args:
            unit: the unit.
            score: in percent, for a test, assignment, scorm or ilt; None is 100.
            time: seconds of work; None takes the time since the unit was opened.
        """
        with self._signed_in() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            learning.complete_unit(transaction, self.id, unit_id, score=score, time=time)

    def fail(self, unit: Reference, score: float | None = None, *, time: int | None = None) -> None:
        """Fail a test, assignment, scorm or ilt, and with a test the course where its rule says so.

        Args:
            unit: the unit.
            score: in percent, below what passes; None is 0.
            time: seconds of work; None takes the time since the unit was opened.
        """
        with self._signed_in() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            learning.fail_unit(transaction, self.id, unit_id, score=score, time=time)

    def answer(
        self,
        unit: Reference,
        answers: Mapping[Any, str | Sequence[str]],
        *,
        time: int | None = None,
    ) -> str:
        """Answer questions of a test or survey, all at once or some now and some later.

        The last question submits it: the correct answers by their weights are the score of a
        test, and the score decides whether it is passed. A failed test starts again. A test with
        a question in free text that has no correct answers waits for `grade_test`.

        Args:
            unit: the unit.
            answers: one answer or several, by the question.
            time: seconds of work; None takes the time since the unit was opened.

        Returns:
            The status of the unit: incomplete, completed or failed.
        """
        with self._signed_in() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            texts = {
                lookup.question(transaction, question, unit_id): _texts(answer)
                for question, answer in answers.items()
            }
            return learning.answer(transaction, self.id, unit_id, texts, time=time)

    def grade_test(
        self, unit: Reference, points: Mapping[Any, float], message: str | None = None
    ) -> str:
        """Grade answers in free text to a submitted test as an instructor.

        The last of them that has no grade ends the test, with the score that follows.

        Args:
            unit: the test.
            points: in percent, by the question.
            message: to the learner.

        Returns:
            The status of the unit: incomplete, completed or failed.
        """
        with self._transaction() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            percents = {
                lookup.question(transaction, question, unit_id): percent
                for question, percent in points.items()
            }
            return learning.grade_test(transaction, self.id, unit_id, percents, message)

    def submit_assignment(self, unit: Reference, text: str | None = None) -> None:
        """Submit an assignment, which then waits for its grade.

        Args:
            unit: the assignment.
            text: what is submitted.
        """
        with self._signed_in() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            learning.submit_assignment(transaction, self.id, unit_id, text)

    def grade_assignment(self, unit: Reference, score: float, message: str | None = None) -> None:
        """Grade a submitted assignment as an instructor; a score below the pass score fails it.

        Args:
            unit: the assignment.
            score: in percent.
            message: to the learner.
        """
        with self._transaction() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            learning.grade_assignment(transaction, self.id, unit_id, score, message)

    def book(self, training: Reference) -> None:
        """Book a session of instructor-led training."""
        with self._signed_in() as transaction:
            learning.book(transaction, self.id, lookup.training(transaction, training))

    def attend(self, training: Reference, score: float | None = None) -> None:
        """Attend a session of instructor-led training that has begun, which completes its unit.

        Args:
            training: the session.
            score: in percent; None is 100. One below the pass score fails the unit.
        """
        with self._transaction() as transaction:
            learning.attend(
                transaction, self.id, lookup.training(transaction, training), score=score
            )

    def complete(
        self, course: Reference, *, score: float | None = None, time: int | None = None
    ) -> None:
        """Complete a course: every unit that is not completed yet, in order.

        Args:
            course: the course.
            score: in percent, of each unit that has one; None is 100.
            time: seconds of work on each unit; None takes the time since it was opened.
        """
        with self._signed_in() as transaction:
            course_id = lookup.course(transaction, course)
            learning.complete_course(transaction, self.id, course_id, score=score, time=time)

    def fail_course(self, course: Reference, *, score: float | None = None) -> None:
        """Fail a course by its first test that is not passed; if none decides, directly.

        Args:
            course: the course.
            score: of the test, in percent, below what passes; None is 0.
        """
        with self._signed_in() as transaction:
            course_id = lookup.course(transaction, course)
            learning.fail_course(transaction, self.id, course_id, score=score)

    def expire(self, course: Reference) -> None:
        """End the user's enrollment in a course now, as its time limit does; progress stays."""
        with self._transaction() as transaction:
            context = progress.context_of(transaction, self.id, lookup.course(transaction, course))
            progress.expire(transaction, context)

    fail_unit = fail

    @contextmanager
    def _signed_in(self) -> Iterator[Transaction]:
        with self._transaction() as transaction:
            user = transaction.find(UserRow, self.id)
            if user.session_started_at is None:
                logins.log_in(transaction, user)
            yield transaction


def _texts(answer: object) -> list[str]:
    texts = [answer] if isinstance(answer, str) else answer
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise InvalidValue(f"an answer is a text or a list of texts, not {answer!r}", "answers")
    return list(texts)
