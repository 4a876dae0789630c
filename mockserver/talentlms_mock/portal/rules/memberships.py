"""Who and what belongs to a group or a branch: adding it, and taking it out again."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Delete, Select, Table, bindparam, delete, exists, insert, select

from talentlms_mock.errors import Conflict, Refusal
from talentlms_mock.portal.rules.users import named
from talentlms_mock.portal.store.models import courses, users
from talentlms_mock.portal.store.transaction import Named, Transaction


@dataclass(frozen=True)
class Membership:
    """A kind of membership: of users or of courses, in groups or in branches.

    `whole` and `part` are the tables of the two, `whole_name` and `part_name` what the API calls
    them, `already` and `missing` are the refusals where something is a member and is added, or is
    none and is removed, `added` and `removed` are the events.
    """

    table: Table
    whole: Table
    whole_name: str
    part: Table
    part_name: str
    already: Refusal
    missing: Refusal
    added: str
    removed: str

    def has(self, transaction: Transaction, whole_id: int, part_id: int) -> bool:
        """Return whether the one is a member of the other."""
        return bool(transaction.scalar(self._exists, whole=whole_id, part=part_id))

    def find(self, transaction: Transaction, whole_id: int, part_id: int) -> tuple[Any, Any]:
        """Return the rows of both.

        Raises:
            NotFound: there is no such group or branch, or no such user or course.
        """
        whole = transaction.find(self.whole, whole_id, self.whole_name)
        return whole, transaction.find(self.part, part_id, self.part_name)

    def add(self, transaction: Transaction, whole: Any, part: Any) -> None:
        """Make `part` a member of `whole` (their rows).

        Raises:
            Conflict: it is one already.
        """
        if self.has(transaction, whole.id, part.id):
            raise Conflict(self.already)
        ids = {f"{self.whole_name}_id": whole.id, f"{self.part_name}_id": part.id}
        transaction.connection.execute(insert(self.table), ids)
        self._record(transaction, self.added, whole, part)

    def remove(self, transaction: Transaction, whole_id: int, part_id: int) -> None:
        """End a membership.

        Raises:
            Conflict: there is no such membership.
            NotFound: one of the two does not exist.
        """
        whole, part = self.find(transaction, whole_id, part_id)
        pair = {"whole": whole_id, "part": part_id}
        if transaction.connection.execute(self._delete, pair).rowcount == 0:
            raise Conflict(self.missing)
        self._record(transaction, self.removed, whole, part)

    @cached_property
    def _exists(self) -> Select[tuple[bool]]:
        return select(exists().where(*self._pair))

    @cached_property
    def _delete(self) -> Delete:
        return delete(self.table).where(*self._pair)

    @property
    def _pair(self) -> tuple[Any, Any]:
        columns = self.table.c
        return (
            columns[f"{self.whole_name}_id"] == bindparam("whole"),
            columns[f"{self.part_name}_id"] == bindparam("part"),
        )

    def _record(self, transaction: Transaction, event_type: str, whole: Any, part: Any) -> None:
        name = Named(part.id, part.name)
        if self.part is users:
            name = named(part._asdict(), part.id)
        about: dict[str, Any] = {self.whole_name: Named(whole.id, whole.name), self.part_name: name}
        transaction.record(event_type, **about)


def of_users(
    table: Table, whole: Table, name: str, already: Refusal, missing: Refusal
) -> Membership:
    """Return the membership of users in the rows of `whole`, which the API calls `name`."""
    events = (f"{name}_add_user", f"{name}_remove_user")
    return Membership(table, whole, name, users, "user", already, missing, *events)


def of_courses(
    table: Table, whole: Table, name: str, already: Refusal, missing: Refusal
) -> Membership:
    """Return the membership of courses in the rows of `whole`, which the API calls `name`."""
    events = (f"{name}_add_course", f"{name}_remove_course")
    return Membership(table, whole, name, courses, "course", already, missing, *events)
