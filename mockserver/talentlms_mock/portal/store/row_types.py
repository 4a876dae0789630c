"""The rows of each table, as classes; `mapping.py` says how they are used.

They repeat the columns of `models.py` so that the type checker knows them. A class that does not
have the columns of its table fails when this module is imported.
"""

from typing import Literal, NamedTuple

from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.mapping import row_of

MessageKind = Literal["password_reset", "username_recovery"]
"""What an email in the outbox is for."""
PageKind = Literal["autologin", "goto", "logout", "reset", "checkout", "sign_in"]
"""What a key is for: the page that it is in the address of, or a browser that is signed in."""


@row_of(models.site)
class SiteRow(NamedTuple):
    id: int
    name: str
    default_locale: str
    default_timezone: str
    date_format: str
    signup_method: str
    signup_type: str
    verification: str | None
    paypal_email: str | None
    domain_map: bool
    branch_limit: int | None
    gamification_enabled: bool
    currency: str
    created_at: str
    seeded_from: str | None = None


@row_of(models.user_types)
class UserTypeRow(NamedTuple):
    id: int
    name: str
    is_default: bool
    may_instruct: bool
    rank: int


@row_of(models.users)
class UserRow(NamedTuple):
    id: int
    login: str
    login_key: str
    name: str
    surname: str
    email: str
    email_key: str
    search_key: str
    password_hash: str
    description: str | None
    description_text: str | None
    avatar: str | None
    timezone: str
    locale: str
    user_type_id: int
    status: str
    credits: float | None
    email_notifications: bool
    deactivation_date: str | None
    registration: str
    last_login: str | None
    last_updated: str | None
    integration: str | None
    integration_user_id: str | None
    points: int
    level: int
    session_started_at: str | None


@row_of(models.user_fields)
class UserFieldRow(NamedTuple):
    id: int
    key: str
    name: str
    type: str
    mandatory: bool
    visible_on_reports: bool
    dropdown_values: str | None
    default_value: str | None
    checkbox_status: str
    selective_availability: bool
    main_domain_availability: bool
    position: int


@row_of(models.user_field_branches)
class UserFieldBranchRow(NamedTuple):
    field_id: int
    branch_id: int


@row_of(models.user_field_values)
class UserFieldValueRow(NamedTuple):
    owner_id: int
    field_id: int
    value: str | None


@row_of(models.course_fields)
class CourseFieldRow(NamedTuple):
    id: int
    key: str
    name: str
    type: str
    mandatory: bool
    visible_on_reports: bool
    visible_to_learners: bool
    dropdown_values: str | None
    default_value: str | None
    checkbox_status: str
    selective_availability: bool
    main_domain_availability: bool
    position: int


@row_of(models.course_field_branches)
class CourseFieldBranchRow(NamedTuple):
    field_id: int
    branch_id: int


@row_of(models.course_field_values)
class CourseFieldValueRow(NamedTuple):
    owner_id: int
    field_id: int
    value: str | None


@row_of(models.categories)
class CategoryRow(NamedTuple):
    id: int
    name: str
    price: float | None
    discounted_price: float | None
    parent_id: int | None


@row_of(models.courses)
class CourseRow(NamedTuple):
    id: int
    name: str
    code: str | None
    code_key: str | None
    search_key: str
    description: str | None
    description_text: str | None
    category_id: int | None
    price: float | None
    discounted_price: float | None
    status: str
    capacity: int | None
    level: int | None
    time_limit: int | None
    starts_at: str | None
    expires_at: str | None
    is_hidden_from_catalog: bool
    is_locked: bool
    public_key: str | None
    cover_image: str | None
    intro_video_url: str | None
    intro_video_type: str | None
    retain_access_after_completion: bool
    traversal: str
    unit_percentage: int | None
    fails_with_test: bool
    certification: str | None
    certificate_days: int | None
    rating_average: float | None
    rating_count: int
    creation_date: str
    last_updated_on: str


@row_of(models.units)
class UnitRow(NamedTuple):
    id: int
    course_id: int
    name: str
    type: str
    position: int
    pass_score: int | None
    max_attempts: int | None
    is_required: bool
    counts_for_score: bool


@row_of(models.questions)
class QuestionRow(NamedTuple):
    id: int
    unit_id: int
    text: str
    type: str
    weight: int
    position: int
    answers: str
    correct_answers: str
    feedback: str


@row_of(models.sessions)
class SessionRow(NamedTuple):
    id: int
    unit_id: int
    name: str
    type: str
    owner_id: int | None
    instructor_id: int | None
    description: str | None
    multiname: str | None
    linked_to_id: int | None
    starts_at: str
    ends_at: str
    location: str | None
    capacity: int | None


@row_of(models.session_attendees)
class SessionAttendeeRow(NamedTuple):
    session_id: int
    user_id: int
    attended: bool


@row_of(models.enrollments)
class EnrollmentRow(NamedTuple):
    id: int
    user_id: int
    course_id: int
    role: str
    enrolled_on: str
    expires_on: str | None
    completion_status: str
    completion_percentage: int
    score: float | None
    total_time: int
    completed_on: str | None
    last_accessed_unit_id: int | None


@row_of(models.unit_progress)
class UnitProgressRow(NamedTuple):
    enrollment_id: int
    unit_id: int
    completion_status: str
    score: float | None
    total_time: int
    started_on: str | None
    completed_on: str | None
    accessed_on: str | None
    repetitions: int
    submitted_on: str | None
    submission_text: str | None
    graded_on: str | None
    instructor_message: str | None


@row_of(models.question_answers)
class QuestionAnswerRow(NamedTuple):
    enrollment_id: int
    question_id: int
    answers: str
    is_correct: bool
    points: float | None


@row_of(models.certificates)
class CertificateRow(NamedTuple):
    id: int
    user_id: int
    course_id: int
    name: str
    issued_on: str
    expires_on: str | None
    is_expired: bool


@row_of(models.branches)
class BranchRow(NamedTuple):
    id: int
    name: str
    name_key: str
    description: str | None
    title: str | None
    active: bool
    default_locale: str
    default_timezone: str
    default_user_type_id: int | None
    default_group_id: int | None
    owner_id: int | None
    theme: str
    logo: str | None
    favicon: str | None
    announcement_internal: str | None
    announcement_external: str | None
    signup: str
    user_verification: str | None
    restrict_user_registration_domains: str | None
    restrict_total_registered_users: int | None
    disallow_access_to_main_domain: bool
    terms_of_service: str | None
    badge_set: str
    ecommerce: str


@row_of(models.groups)
class GroupRow(NamedTuple):
    id: int
    name: str
    description: str | None
    key: str | None
    max_key_redemptions: int | None
    key_redemptions: int
    price: float | None
    branch_id: int | None


@row_of(models.course_prerequisites)
class CoursePrerequisiteRow(NamedTuple):
    course_id: int
    prerequisite_id: int


@row_of(models.group_users)
class GroupUserRow(NamedTuple):
    group_id: int
    user_id: int


@row_of(models.group_courses)
class GroupCourseRow(NamedTuple):
    group_id: int
    course_id: int


@row_of(models.branch_users)
class BranchUserRow(NamedTuple):
    branch_id: int
    user_id: int


@row_of(models.branch_courses)
class BranchCourseRow(NamedTuple):
    branch_id: int
    course_id: int


@row_of(models.learning_paths)
class LearningPathRow(NamedTuple):
    id: int
    name: str
    search_key: str
    description: str | None
    description_text: str | None
    status: str
    category_id: int | None
    price: float | None
    starts_at: str | None
    expires_at: str | None
    rules: str


@row_of(models.learning_path_courses)
class LearningPathCourseRow(NamedTuple):
    learning_path_id: int
    course_id: int
    position: int


@row_of(models.learning_path_enrollments)
class LearningPathEnrollmentRow(NamedTuple):
    learning_path_id: int
    user_id: int
    enrolled_on: str
    completed_on: str | None


@row_of(models.badges)
class BadgeRow(NamedTuple):
    id: int
    name: str
    type: str
    image_url: str
    criteria: str
    badge_set_id: int
    completions: int | None


@row_of(models.user_badges)
class UserBadgeRow(NamedTuple):
    user_id: int
    badge_id: int
    issued_on: int


@row_of(models.events)
class EventRow(NamedTuple):
    id: int
    event_type: str
    type_number: int
    created_at: str
    occurrences: int
    message: str
    user_id: int | None = None
    user_name: str | None = None
    user_surname: str | None = None
    user_login: str | None = None
    course_id: int | None = None
    course_name: str | None = None
    course_code: str | None = None
    group_id: int | None = None
    group_name: str | None = None
    branch_id: int | None = None
    branch_name: str | None = None
    unit_id: int | None = None
    unit_name: str | None = None


@row_of(models.tasks)
class TaskRow(NamedTuple):
    id: int
    code: str
    type: str
    status: str
    payload: str
    announced: bool
    started_at: float
    polls: int
    progress: int
    total: int
    processed: int
    failed: int
    errors: str
    created_at: str
    completed_at: str | None


@row_of(models.outbox)
class OutboxRow(NamedTuple):
    id: int
    kind: MessageKind
    user_id: int | None
    recipient: str
    subject: str
    link: str
    created_at: str


@row_of(models.page_keys)
class PageKeyRow(NamedTuple):
    id: int
    key: str
    kind: PageKind
    user_id: int
    target: str
    created_at: str
    used_at: str | None


@row_of(models.archive)
class ArchiveRow(NamedTuple):
    id: int
    kind: str
    entity_id: int
    name: str
    archived_at: str
    content: str


@row_of(models.coupons)
class CouponRow(NamedTuple):
    id: int
    code: str
    code_key: str
    percentage: int
