"""Changing users and courses of a portal from Python, by the rules of the API."""

from typing import Unpack

from talentlms_mock.portal.records.add import by_field, columns_of_course, record_of, refer
from talentlms_mock.portal.records.arguments import CourseChanges, UserChanges, check
from talentlms_mock.portal.records.lookup import Reference, course, user
from talentlms_mock.portal.records.records import Category, Course, User, UserType
from talentlms_mock.portal.rules import courses, users
from talentlms_mock.portal.store.row_types import CourseRow, UserFieldRow, UserRow
from talentlms_mock.portal.store.transaction import OpenTransaction


class Changes:
    """Changes data: what `Portal.change_user` and `change_course` do, and describe.

    Args:
        transaction: opens a transaction on the portal.
    """

    def __init__(self, transaction: OpenTransaction) -> None:
        self._open = transaction

    def change_user(self, which: Reference, **values: Unpack[UserChanges]) -> User:
        """Change a user; see `Portal.change_user`."""
        with self._open() as transaction:
            row = check("change_user", UserChanges, values)
            found = transaction.find(UserRow, user(transaction, which))
            custom = by_field(transaction, UserFieldRow, "key", row.pop("custom_fields", {}))
            refer(transaction, row, user_type=UserType)
            users.update_user(transaction, found, row, custom)
            return record_of(transaction, User, found.id, self._open)

    def change_course(self, which: Reference, **values: Unpack[CourseChanges]) -> Course:
        """Change a course; see `Portal.change_course`."""
        with self._open() as transaction:
            row = check("change_course", CourseChanges, values)
            found = transaction.find(CourseRow, course(transaction, which))
            refer(transaction, row, category=Category)
            courses.update_course(transaction, found, columns_of_course(row))
            return record_of(transaction, Course, found.id, self._open)
