"""Moving background tasks by hand."""

from typing import Protocol

from talentlms_mock.portal.rules import tasks
from talentlms_mock.portal.store.transaction import OpenTransaction


class Identified(Protocol):
    """Something that has an id."""

    @property
    def id(self) -> int: ...


class TaskControls:
    """Moves tasks: `portal.advance_task(task)` and the others are these methods.

    Args:
        transaction: opens a transaction on the portal.
    """

    def __init__(self, transaction: OpenTransaction) -> None:
        self._transaction = transaction

    def advance_task(self, task: int | Identified) -> str:
        """Move a task one step, from pending to running to completed, and return its status.

        Raises:
            NotFound: there is no such task.
            MockError: it has ended already, or the portal's tasks are stuck.
        """
        with self._transaction() as transaction:
            return tasks.step(transaction, _id(task))

    def complete_task(self, task: int | Identified) -> None:
        """Do all that a task is to do, whatever the rule.

        Raises:
            NotFound, MockError: as for `advance_task`.
        """
        with self._transaction() as transaction:
            tasks.complete(transaction, _id(task))

    def fail_task(self, task: int | Identified) -> None:
        """End a task as failed, with nothing of it done.

        Raises:
            NotFound, MockError: as for `advance_task`.
        """
        with self._transaction() as transaction:
            tasks.fail(transaction, _id(task))


def _id(one: int | Identified) -> int:
    return one if isinstance(one, int) else one.id
