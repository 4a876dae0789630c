"""The users and courses of groups and branches: adding one, and removing it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    select,
)

from talentlms_mock.errors import Conflict, Refusal
from talentlms_mock.portal.contract.refusals import COURSE_GONE, USER_GONE
from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.rules.users import named, note_activity
from talentlms_mock.portal.store.row_types import BranchRow, CourseRow, GroupRow, UserRow
from talentlms_mock.portal.store.transaction import Named, Transaction

Whole = TypeVar("Whole", GroupRow, BranchRow)
Part = TypeVar("Part", UserRow, CourseRow)


@dataclass(frozen=True)
class Membership(Generic[Whole, Part]):
    """A kind of membership: of users or of courses, in groups or in branches.

    Args:
        table: has a row for each membership.
        whole: the rows of groups or of branches.
        whole_name: what the API calls one of these.
        part: the rows of users or of courses.
        part_name: what the API calls one of these.
        named: returns one of these as the timeline names it.
        already: the refusal where something is added that is a member.
        missing: the refusal where something is removed that is no member.
        archived: the refusal where something archived is added.
        gone: the refusal where something archived is removed.
    """

    table: Table
    whole: type[Whole]
    whole_name: str
    part: type[Part]
    part_name: str
    named: Callable[[Part], Named]
    already: Refusal
    missing: Refusal
    archived: Refusal
    gone: Refusal

    def has(self, transaction: Transaction, whole_id: int, part_id: int) -> bool:
        """Return whether the user or course is a member of the group or branch."""
        return bool(transaction.scalar(self._exists, whole=whole_id, part=part_id))

    def find(self, transaction: Transaction, whole_id: int, part_id: int) -> tuple[Whole, Part]:
        """Return the group or branch, and the user or course that is to be added to it.

        Raises:
            Conflict: the user or course is archived.
            NotFound: there is no such group or branch, or no such user or course.
        """
        return self._find(transaction, whole_id, part_id, self.archived)

    def _find(
        self, transaction: Transaction, whole_id: int, part_id: int, archived: Refusal
    ) -> tuple[Whole, Part]:
        whole = transaction.find(self.whole, whole_id)
        return whole, archive.find(transaction, self.part, part_id, archived)

    def add(self, transaction: Transaction, whole: Whole, part: Part) -> None:
        """Make `part` a member of `whole`.

        Raises:
            Conflict: it is a member already.
        """
        if self.has(transaction, whole.id, part.id):
            raise Conflict(self.already)
        ids = {f"{self.whole_name}_id": whole.id, f"{self.part_name}_id": part.id}
        transaction.put(self.table, ids)
        self._record(transaction, "add", whole, part)

    def remove(self, transaction: Transaction, whole_id: int, part_id: int) -> None:
        """End a membership.

        Raises:
            Conflict: there is no such membership, or the user or course is archived.
            NotFound: one of the two does not exist.
        """
        whole, part = self._find(transaction, whole_id, part_id, self.gone)
        if transaction.execute(self._delete, whole=whole_id, part=part_id) == 0:
            raise Conflict(self.missing)
        self._record(transaction, "remove", whole, part)

    @cached_property
    def _exists(self) -> Select[tuple[bool]]:
        return select(exists().where(*self._pair))

    @cached_property
    def _delete(self) -> Delete:
        return delete(self.table).where(*self._pair)

    @property
    def _pair(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        columns = self.table.c
        return (
            columns[f"{self.whole_name}_id"] == bindparam("whole"),
            columns[f"{self.part_name}_id"] == bindparam("part"),
        )

    def _record(self, transaction: Transaction, verb: str, whole: Whole, part: Part) -> None:
        event_type = f"{self.whole_name}_{verb}_{self.part_name}"
        about = {self.whole_name: Named(whole.id, whole.name), self.part_name: self.named(part)}
        transaction.record(event_type, at=None, **about)
        if self.part_name == "user":
            note_activity(transaction, part.id)


def of_users(
    table: Table,
    whole: type[Whole],
    name: str,
    already: Refusal,
    missing: Refusal,
    archived: Refusal,
) -> Membership[Whole, UserRow]:
    """Return the membership of users in groups or branches, one of which the API calls `name`."""
    return Membership(
        table, whole, name, UserRow, "user", named, already, missing, archived, USER_GONE
    )


def of_courses(
    table: Table,
    whole: type[Whole],
    name: str,
    already: Refusal,
    missing: Refusal,
    archived: Refusal,
) -> Membership[Whole, CourseRow]:
    """Return the membership of courses in groups or branches, one of which the API calls `name`."""
    return Membership(
        table, whole, name, CourseRow, "course", _course, already, missing, archived, COURSE_GONE
    )


def _course(course: CourseRow) -> Named:
    return Named(course.id, course.name, code=course.code)
