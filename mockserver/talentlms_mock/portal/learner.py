"""A learner: what a person does in the portal's own pages, where the API has no say."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from talentlms_mock.errors import InvalidValue
from talentlms_mock.portal.records import lookup
from talentlms_mock.portal.records.lookup import Thing
from talentlms_mock.portal.rules import learning, logins, progress
from talentlms_mock.portal.store.models import users
from talentlms_mock.portal.store.transaction import OpenTransaction, Transaction


class Learner:
    """One user at work: `portal.learner("ada").complete("Algebra")`.

    Courses, units, sessions and questions are given by id, by name (a question by its text), or
    as an object with an `id`. Each act is one transaction by the rules of the domain, and takes
    place at the time of the portal's clock; it counts for no rate limit and leaves nothing in
    the journal. Who acts in the portal's pages is signed in, so the first act of a user who is
    not does that too.

    Every act raises:
        NotFound: the user or what is named does not exist.
        InvalidValue: a value that cannot be, like a score of 101.
        RuleBroken: what the user may not do now, like entering a course it is not enrolled in.

    Args:
        open_transaction: opens a transaction on the portal.
        user: by id, by login, or an object with an `id`.
    """

    def __init__(self, open_transaction: OpenTransaction, user: Thing) -> None:
        self._transaction = open_transaction
        with open_transaction() as transaction:
            self.id = lookup.user(transaction, user)
            transaction.find(users, self.id, "user")

    def log_in(self) -> None:
        """Sign in."""
        with self._transaction() as transaction:
            logins.log_in(transaction, transaction.find(users, self.id, "user"))

    def log_out(self) -> None:
        """Sign out."""
        with self._transaction() as transaction:
            logins.log_out(transaction, transaction.find(users, self.id, "user"))

    def open(self, course: Thing) -> int | None:
        """Open a course at the first unit that is not completed.

        Returns:
            The unit's id; None where the course has no units.
        """
        with self._signed_in() as transaction:
            return learning.open_course(transaction, self.id, lookup.course(transaction, course))

    def open_unit(self, unit: Thing) -> None:
        """Open a unit, with which its course has begun."""
        with self._signed_in() as transaction:
            progress.open_unit(transaction, self.id, lookup.unit(transaction, unit, self.id))

    def complete_unit(
        self, unit: Thing, score: float | None = None, *, time: int | None = None
    ) -> None:
        """Complete a unit of any type.

        A test is answered so that it comes near the score, a survey somehow; an assignment is
        handed in and graded; of a unit with sessions one that has begun is attended. The last
        unit completes the course, with all that brings.

        Args:
            unit: the unit.
            score: in percent, for a test, assignment, scorm or ilt; None is 100.
            time: seconds of work; None takes the time since the unit was opened.
        """
        with self._signed_in() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            learning.complete_unit(transaction, self.id, unit_id, score=score, time=time)

    def fail(self, unit: Thing, score: float | None = None, *, time: int | None = None) -> None:
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
        unit: Thing,
        answers: Mapping[Any, str | Sequence[str]],
        *,
        time: int | None = None,
    ) -> str:
        """Answer questions of a test or survey, all at once or some now and some later.

        The last question hands it in: the right answers by their weights are the score of a
        test, and the score decides whether it is passed. A test that was failed begins anew.

        Args:
            unit: the unit.
            answers: one answer or several, by the question.
            time: seconds of work; None takes the time since the unit was opened.

        Returns:
            What the unit is now: incomplete, completed or failed.
        """
        with self._signed_in() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            given = {
                lookup.question(transaction, question, unit_id): _texts(answer)
                for question, answer in answers.items()
            }
            return learning.answer(transaction, self.id, unit_id, given, time=time)

    def submit_assignment(self, unit: Thing) -> None:
        """Hand in an assignment, which then waits for its grade."""
        with self._signed_in() as transaction:
            learning.submit_assignment(
                transaction, self.id, lookup.unit(transaction, unit, self.id)
            )

    def grade_assignment(self, unit: Thing, score: float) -> None:
        """Have an instructor grade what was handed in; a score that does not pass fails the unit.

        Args:
            unit: the assignment.
            score: in percent.
        """
        with self._transaction() as transaction:
            unit_id = lookup.unit(transaction, unit, self.id)
            learning.grade_assignment(transaction, self.id, unit_id, score)

    def book(self, training: Thing) -> None:
        """Take a seat in a session of instructor-led training."""
        with self._signed_in() as transaction:
            learning.book(transaction, self.id, lookup.training(transaction, training))

    def attend(self, training: Thing, score: float | None = None) -> None:
        """Attend a session of instructor-led training that has begun, which completes its unit.

        Args:
            training: the session.
            score: in percent; None is 100. One that does not pass fails the unit.
        """
        with self._transaction() as transaction:
            learning.attend(
                transaction, self.id, lookup.training(transaction, training), score=score
            )

    def complete(
        self, course: Thing, *, score: float | None = None, time: int | None = None
    ) -> None:
        """Complete a course: every unit that is not completed yet, in their order.

        Args:
            course: the course.
            score: in percent, of each unit that has one; None is 100.
            time: seconds of work on each unit; None takes the time since it was opened.
        """
        with self._signed_in() as transaction:
            course_id = lookup.course(transaction, course)
            learning.complete_course(transaction, self.id, course_id, score=score, time=time)

    def fail_course(self, course: Thing, *, score: float | None = None) -> None:
        """Fail a course with its first test that is not passed; where none decides, by hand.

        Args:
            course: the course.
            score: of the test, in percent, below what passes; None is 0.
        """
        with self._signed_in() as transaction:
            course_id = lookup.course(transaction, course)
            learning.fail_course(transaction, self.id, course_id, score=score)

    def expire(self, course: Thing) -> None:
        """Let the time of the user's enrollment in a course be up now; its progress stays."""
        with self._transaction() as transaction:
            seat = progress.seat_of(transaction, self.id, lookup.course(transaction, course))
            progress.expire(transaction, seat)

    fail_unit = fail

    @contextmanager
    def _signed_in(self) -> Iterator[Transaction]:
        with self._transaction() as transaction:
            user = transaction.find(users, self.id, "user")
            if user.session_started_at is None:
                logins.log_in(transaction, user)
            yield transaction


def _texts(answer: object) -> list[str]:
    texts = [answer] if isinstance(answer, str) else answer
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise InvalidValue(f"an answer is a text or a list of texts, not {answer!r}", "answers")
    return list(texts)
