"""What is read back from a portal: plain objects, as their rows were when they were read.

Moments are datetimes in UTC. What belongs to a record (`user.courses`, `course.units`) is read
from the database each time it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Table, select

from talentlms_mock.portal.records.collection import Collection
from talentlms_mock.portal.records.record import (
    CompletionStatus,
    CourseStatus,
    QuestionType,
    Record,
    Role,
    SessionType,
    Traversal,
    UnitType,
    UserStatus,
)
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.transaction import OpenTransaction

_IDS = {
    "user": models.users.c.id,
    "course": models.courses.c.id,
    "group": models.groups.c.id,
    "branch": models.branches.c.id,
    "badge": models.badges.c.id,
}


def _in(link: Table, what: str, **of: int) -> ColumnElement[bool]:
    """Return the condition that the table `link` joins a record to one of this id: `group=3`."""
    ((name, id),) = of.items()
    return _IDS[what].in_(select(link.c[f"{what}_id"]).where(link.c[f"{name}_id"] == id))


@dataclass(frozen=True, repr=False)
class UserType(Record, shown=("id", "name")):
    """A user type, which says what its users may do."""

    id: int
    name: str
    is_default: bool
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class User(Record, shown=("id", "login", "name", "surname", "status")):
    """A user; `custom_fields` are by the names of the fields."""

    id: int
    login: str
    name: str
    surname: str
    email: str
    description: str | None
    timezone: str
    locale: str
    user_type: str
    status: UserStatus
    credits: float | None
    email_notifications: bool
    deactivation_date: datetime | None
    registration: datetime
    last_login: datetime | None
    last_updated: datetime | None
    integration_user_id: str | None
    points: int
    level: int
    is_online: bool
    custom_fields: Mapping[str, str | None] = field(hash=False)
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def enrollments(self) -> "Collection[Enrollment]":
        """Its enrollments in courses."""
        return Collection(Enrollment, self._open, models.enrollments.c.user_id == self.id)

    @property
    def courses(self) -> "Collection[Course]":
        """The courses it is enrolled in."""
        return Collection(Course, self._open, _in(models.enrollments, "course", user=self.id))

    @property
    def groups(self) -> "Collection[Group]":
        """The groups it is a member of."""
        return Collection(Group, self._open, _in(models.group_users, "group", user=self.id))

    @property
    def branches(self) -> "Collection[Branch]":
        """The branches it is a member of."""
        return Collection(Branch, self._open, _in(models.branch_users, "branch", user=self.id))

    @property
    def certificates(self) -> "Collection[Certificate]":
        """The certificates it was issued."""
        return Collection(Certificate, self._open, models.certificates.c.user_id == self.id)

    @property
    def badges(self) -> "Collection[Badge]":
        """The badges it has earned."""
        return Collection(Badge, self._open, _in(models.user_badges, "badge", user=self.id))


@dataclass(frozen=True, repr=False)
class Category(Record, shown=("id", "name")):
    """A category of courses."""

    id: int
    name: str
    price: float | None
    discounted_price: float | None
    parent_id: int | None
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def courses(self) -> "Collection[Course]":
        """The courses in it."""
        return Collection(Course, self._open, models.courses.c.category_id == self.id)


@dataclass(frozen=True, repr=False)
class Course(Record, shown=("id", "name", "status")):
    """A course; `custom_fields` are by the names of the fields."""

    id: int
    name: str
    code: str | None
    description: str | None
    category_id: int | None
    price: float | None
    discounted_price: float | None
    status: CourseStatus
    capacity: int | None
    level: int | None
    time_limit: int | None
    starts_at: datetime | None
    expires_at: datetime | None
    is_hidden_from_catalog: bool
    is_locked: bool
    public_key: str | None
    intro_video: str | None
    cover_image: str | None
    retain_access_after_completion: bool
    traversal: Traversal
    unit_percentage: int | None
    fails_with_test: bool
    certification: str | None
    certificate_days: int | None
    rating_average: float | None
    rating_count: int
    creation_date: datetime
    last_updated_on: datetime
    custom_fields: Mapping[str, str | None] = field(hash=False)
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def prerequisites(self) -> "Collection[Course]":
        """The courses that must be completed before it can be entered."""
        link = models.course_prerequisites
        ids = select(link.c.prerequisite_id).where(link.c.course_id == self.id)
        return Collection(Course, self._open, models.courses.c.id.in_(ids))

    @property
    def units(self) -> "Collection[CourseUnit]":
        """Its units, in their order."""
        return Collection(CourseUnit, self._open, models.units.c.course_id == self.id)

    def unit(self, name: str) -> "CourseUnit":
        """Return its unit of this name.

        Raises:
            NotOne: it has none, or more than one.
        """
        return self.units.get(name=name)

    @property
    def users(self) -> "Collection[User]":
        """The users enrolled in it."""
        return Collection(User, self._open, _in(models.enrollments, "user", course=self.id))

    @property
    def enrollments(self) -> "Collection[Enrollment]":
        """The enrollments in it."""
        return Collection(Enrollment, self._open, models.enrollments.c.course_id == self.id)


@dataclass(frozen=True, repr=False)
class CourseUnit(Record, shown=("id", "name", "type", "course_id")):
    """A unit of a course; `pass_score` is in percent."""

    id: int
    course_id: int
    name: str
    type: UnitType
    position: int
    pass_score: int | None
    max_attempts: int | None
    is_required: bool
    counts_for_score: bool
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def questions(self) -> "Collection[UnitQuestion]":
        """Its questions, in their order; of a test or a survey."""
        return Collection(UnitQuestion, self._open, models.questions.c.unit_id == self.id)

    @property
    def sessions(self) -> "Collection[UnitSession]":
        """Its sessions; of an instructor-led unit."""
        return Collection(UnitSession, self._open, models.sessions.c.unit_id == self.id)


@dataclass(frozen=True, repr=False)
class UnitQuestion(Record, shown=("id", "text", "type")):
    """A question of a test or a survey."""

    id: int
    unit_id: int
    text: str
    type: QuestionType
    weight: int
    position: int
    answers: tuple[str, ...]
    correct_answers: tuple[str, ...]
    feedback: str
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class UnitSession(Record, shown=("id", "name", "starts_at")):
    """A session of an instructor-led unit."""

    id: int
    unit_id: int
    name: str
    type: SessionType
    owner_id: int | None
    instructor_id: int | None
    description: str | None
    multiname: str | None
    linked_to_id: int | None
    starts_at: datetime
    ends_at: datetime
    location: str | None
    capacity: int | None
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def attendees(self) -> "Collection[User]":
        """The users who have booked it, and those who attended."""
        attended = _in(models.session_attendees, "user", session=self.id)
        return Collection(User, self._open, attended)


@dataclass(frozen=True, repr=False)
class Enrollment(Record, shown=("id", "user_id", "course_id", "role", "completion_status")):
    """A user in a course; `score` is in percent, `total_time` in seconds."""

    id: int
    user_id: int
    course_id: int
    role: Role
    enrolled_on: datetime
    expires_on: datetime | None
    completion_status: CompletionStatus
    completion_percentage: int
    score: float | None
    total_time: int
    completed_on: datetime | None
    last_accessed_unit_id: int | None
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def user(self) -> User:
        """The user."""
        return Collection(User, self._open).get(self.user_id)

    @property
    def course(self) -> Course:
        """The course."""
        return Collection(Course, self._open).get(self.course_id)

    @property
    def progress(self) -> "Collection[UnitProgress]":
        """The progress in the units that the user has opened."""
        return Collection(UnitProgress, self._open, models.unit_progress.c.enrollment_id == self.id)


@dataclass(frozen=True, repr=False)
class UnitProgress(Record, shown=("enrollment_id", "unit_id", "completion_status", "score")):
    """The progress of a user in a unit; `score` is in percent, `total_time` in seconds."""

    enrollment_id: int
    unit_id: int
    completion_status: CompletionStatus
    score: float | None
    total_time: int
    started_on: datetime | None
    completed_on: datetime | None
    accessed_on: datetime | None
    repetitions: int
    submitted_on: datetime | None
    submission_text: str | None
    graded_on: datetime | None
    instructor_message: str | None
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Certificate(Record, shown=("id", "name", "user_id", "course_id", "is_expired")):
    """A certificate that a user was issued for a course."""

    id: int
    user_id: int
    course_id: int
    name: str
    issued_on: datetime
    expires_on: datetime | None
    is_expired: bool
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Group(Record, shown=("id", "name")):
    """A group of users, whose courses they are enrolled in."""

    id: int
    name: str
    description: str | None
    key: str | None
    max_key_redemptions: int | None
    price: float | None
    branch_id: int | None
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def users(self) -> Collection[User]:
        """Its members."""
        return Collection(User, self._open, _in(models.group_users, "user", group=self.id))

    @property
    def courses(self) -> Collection[Course]:
        """Its courses."""
        return Collection(Course, self._open, _in(models.group_courses, "course", group=self.id))


@dataclass(frozen=True, repr=False)
class Branch(Record, shown=("id", "name", "active")):
    """A branch of the portal, with users and courses of its own."""

    id: int
    name: str
    description: str | None
    active: bool
    default_locale: str
    default_timezone: str
    default_user_type_id: int | None
    default_group_id: int | None
    owner_id: int | None
    ecommerce_processor: str | None
    ecommerce_currency: str | None
    title: str | None
    theme: str | None
    signup_method: str
    signup_verification: str
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def users(self) -> Collection[User]:
        """Its users."""
        return Collection(User, self._open, _in(models.branch_users, "user", branch=self.id))

    @property
    def courses(self) -> Collection[Course]:
        """Its courses."""
        return Collection(Course, self._open, _in(models.branch_courses, "course", branch=self.id))


@dataclass(frozen=True, repr=False)
class LearningPath(Record, shown=("id", "name", "status")):
    """A learning path: courses to be taken in order."""

    id: int
    name: str
    description: str | None
    status: CourseStatus
    category_id: int | None
    price: float | None
    starts_at: datetime | None
    expires_at: datetime | None
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def courses(self) -> Collection[Course]:
        """Its courses, in the order in which they are to be taken."""
        link = models.learning_path_courses
        return Collection(
            Course,
            self._open,
            _in(link, "course", learning_path=self.id),
            order=(
                select(link.c.position)
                .where(link.c.course_id == models.courses.c.id, link.c.learning_path_id == self.id)
                .scalar_subquery(),
            ),
        )

    @property
    def users(self) -> Collection[User]:
        """The users enrolled in it."""
        link = models.learning_path_enrollments
        return Collection(User, self._open, _in(link, "user", learning_path=self.id))


@dataclass(frozen=True, repr=False)
class LearningPathEnrollment(Record, shown=("learning_path_id", "user_id", "completed_on")):
    """A user in a learning path."""

    learning_path_id: int
    user_id: int
    enrolled_on: datetime
    completed_on: datetime | None
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Badge(Record, shown=("id", "name", "completions")):
    """A badge; `completions` is the number of completed courses that earn it."""

    id: int
    name: str
    type: str
    image_url: str
    criteria: str
    badge_set_id: int
    completions: int
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Coupon(Record, shown=("id", "code", "percentage")):
    """A coupon; `percentage` is the discount."""

    id: int
    code: str
    percentage: int
    _open: OpenTransaction = field(repr=False, compare=False)
