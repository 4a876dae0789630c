"""The data of a portal: its collections, and what is archived."""

from talentlms_mock.portal.core import PortalCore
from talentlms_mock.portal.records import arguments, fields, history, lookup, records
from talentlms_mock.portal.records.collection import Collection
from talentlms_mock.portal.records.lookup import Reference
from talentlms_mock.portal.records.upcoming import Upcoming, upcoming
from talentlms_mock.portal.rules import courses, users


class PortalData(PortalCore):
    """A portal and its data; each collection is read from the database whenever it is used."""

    @property
    def users(self) -> Collection[records.User]:
        """The users, by id or login."""
        return Collection(records.User, self.transaction)

    @property
    def user_types(self) -> Collection[records.UserType]:
        """The user types, by id or name."""
        return Collection(records.UserType, self.transaction)

    @property
    def user_fields(self) -> Collection[fields.UserField]:
        """The custom fields of users, by id or name."""
        return Collection(fields.UserField, self.transaction)

    @property
    def courses(self) -> Collection[records.Course]:
        """The courses, by id, code or name."""
        return Collection(records.Course, self.transaction)

    @property
    def course_fields(self) -> Collection[fields.CourseField]:
        """The custom fields of courses, by id or name."""
        return Collection(fields.CourseField, self.transaction)

    @property
    def units(self) -> Collection[records.CourseUnit]:
        """The units of all courses, in their order, by id or name."""
        return Collection(records.CourseUnit, self.transaction)

    @property
    def categories(self) -> Collection[records.Category]:
        """The categories of courses, by id or name."""
        return Collection(records.Category, self.transaction)

    @property
    def enrollments(self) -> Collection[records.Enrollment]:
        """The enrollments: each is one user in one course."""
        return Collection(records.Enrollment, self.transaction)

    @property
    def certificates(self) -> Collection[records.Certificate]:
        """The certificates that users have been issued, by id or name."""
        return Collection(records.Certificate, self.transaction)

    @property
    def groups(self) -> Collection[records.Group]:
        """The groups, by id or name."""
        return Collection(records.Group, self.transaction)

    @property
    def branches(self) -> Collection[records.Branch]:
        """The branches, by id or name."""
        return Collection(records.Branch, self.transaction)

    @property
    def learning_paths(self) -> Collection[records.LearningPath]:
        """The learning paths, by id or name."""
        return Collection(records.LearningPath, self.transaction)

    @property
    def learning_path_enrollments(self) -> Collection[records.LearningPathEnrollment]:
        """The enrollments in learning paths: each is one user in one path."""
        return Collection(records.LearningPathEnrollment, self.transaction)

    @property
    def badges(self) -> Collection[records.Badge]:
        """The badges, by id or name."""
        return Collection(records.Badge, self.transaction)

    @property
    def coupons(self) -> Collection[records.Coupon]:
        """The coupons, by id or code."""
        return Collection(records.Coupon, self.transaction)

    @property
    def events(self) -> Collection[history.Event]:
        """The events of the timeline, oldest first."""
        return Collection(history.Event, self.transaction)

    @property
    def tasks(self) -> Collection[history.Task]:
        """The background tasks."""
        return Collection(history.Task, self.transaction)

    @property
    def archived(self) -> Collection[history.Archived]:
        """The users and courses in the archive, the first one archived first."""
        return Collection(history.Archived, self.transaction)

    def upcoming(self, limit: int = 50) -> list[Upcoming]:
        """Return what the clock will bring, the next first: what ends, starts or is completed.

        Args:
            limit: how many there are at most.
        """
        with self.transaction() as transaction:
            return upcoming(transaction, limit)

    def archive_user(self, user: arguments.UserRef) -> history.Archived:
        """Archive a user, as deleting it by the API does, with everything that hangs on it.

        It is in no collection but `archived`, and its login and email are free again.

        Raises:
            NotFound: there is no such user.
            RuleBroken: it is archived already.
        """
        with self.transaction() as transaction:
            id = lookup.user(transaction, user)
            users.archive_user(transaction, id)
        return self.archived.get(kind="user", id=id)

    def restore_user(self, user: Reference) -> records.User:
        """Restore an archived user with everything that was archived with it.

        Args:
            user: its id, its login, or an object with an `id`.

        Raises:
            NotFound: there is no such user.
            InvalidValue: several archived users had the login.
            RuleBroken: it is not archived, or another user has its login or email by now.
        """
        with self.transaction() as transaction:
            id = lookup.archived(transaction, "user", user)
            users.restore_user(transaction, id)
        return self.users.get(id)

    def archive_course(self, course: arguments.CourseRef) -> history.Archived:
        """Archive a course, as deleting it by the API does, with everything that hangs on it.

        It is in no collection but `archived`, and its code is free again.

        Raises:
            NotFound: there is no such course.
            RuleBroken: it is archived already.
        """
        with self.transaction() as transaction:
            id = lookup.course(transaction, course)
            courses.archive_course(transaction, id)
        return self.archived.get(kind="course", id=id)

    def restore_course(self, course: Reference) -> records.Course:
        """Restore an archived course with everything that was archived with it.

        Args:
            course: its id, its code or name, or an object with an `id`.

        Raises:
            NotFound: there is no such course.
            InvalidValue: several archived courses had the name.
            RuleBroken: it is not archived, or another course has its code by now.
        """
        with self.transaction() as transaction:
            id = lookup.archived(transaction, "course", course)
            courses.restore_course(transaction, id)
        return self.courses.get(id)
