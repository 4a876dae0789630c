"""The events of the timeline: their names, which are the vendor's, and what each one says."""

from talentlms_mock.errors import MockError
from talentlms_mock.portal.contract.suggest import suggest

EVENT_TYPES: dict[str, str] = {
    "user_login_user": "{user} signed in",
    "user_register_user": "{user} was registered",
    "user_self_register": "{user} signed up",
    "user_create_user": "{user} was added as a user",
    "user_delete_user": "{user} was deleted",
    "user_undelete_user": "{user} was restored",
    "user_property_change": "The profile of {user} was changed",
    "user_create_payment": "{user} made a payment",
    "user_upgrade_level": "{user} reached a new level",
    "user_unlock_badge": "{user} unlocked a badge",
    "course_create_course": "The course {course} was created",
    "course_delete_course": "The course {course} was deleted",
    "course_undelete_course": "The course {course} was restored",
    "course_update_course": "The course {course} was changed",
    "course_add_user": "{user} was enrolled in {course}",
    "course_remove_user": "{user} was removed from {course}",
    "course_completion": "{user} completed {course}",
    "course_failure": "{user} failed {course}",
    "course_user_progress_reset": "The progress of {user} in {course} was reset",
    "learning_path_completion": "{user} completed a learning path",
    "notification_create_notification": "A notification was created",
    "branch_create_branch": "The branch {branch} was created",
    "branch_delete_branch": "The branch {branch} was deleted",
    "branch_update_branch": "The branch {branch} was changed",
    "branch_add_user": "{user} was added to the branch {branch}",
    "branch_remove_user": "{user} was removed from the branch {branch}",
    "branch_add_course": "{course} was added to the branch {branch}",
    "branch_remove_course": "{course} was removed from the branch {branch}",
    "group_create_group": "The group {group} was created",
    "group_delete_group": "The group {group} was deleted",
    "group_property_change": "The group {group} was changed",
    "group_add_user": "{user} was added to the group {group}",
    "group_remove_user": "{user} was removed from the group {group}",
    "group_add_course": "{course} was added to the group {group}",
    "group_remove_course": "{course} was removed from the group {group}",
    "certification_issue_certification": "{user} received the certificate of {course}",
    "certification_refresh_certification": "The certificate of {user} for {course} was renewed",
    "certification_remove_certification": "The certificate of {user} for {course} was removed",
    "certification_expire_certification": "The certificate of {user} for {course} expired",
    "unitprogress_test_completion": "{user} passed the test {unit} in {course}",
    "unitprogress_test_failed": "{user} failed the test {unit} in {course}",
    "unitprogress_survey_completion": "{user} answered the survey {unit} in {course}",
    "unitprogress_assignment_answered": "{user} handed in the assignment {unit} in {course}",
    "unitprogress_assignment_graded": "The assignment {unit} of {user} in {course} was graded",
    "unitprogress_ilt_graded": "The session {unit} of {user} in {course} was graded",
}
"""Every event type (domain.md, Timeline events) and the sentence it puts on the timeline."""


def message(
    event_type: str,
    *,
    user: str | None = None,
    course: str | None = None,
    group: str | None = None,
    branch: str | None = None,
    unit: str | None = None,
) -> str:
    """Return the sentence of `event_type` about the things with these names.

    Raises:
        MockError: there is no such event type.
    """
    template = EVENT_TYPES.get(event_type)
    if template is None:
        raise MockError(f"There is no event type {event_type!r}{suggest(event_type, EVENT_TYPES)}.")
    return template.format(user=user, course=course, group=group, branch=branch, unit=unit)
