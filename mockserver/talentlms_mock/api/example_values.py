"""Examples of fields that no recorded example has a value of, and the choices of types."""

from collections.abc import Mapping
from typing import Any

from talentlms_mock.api.json_schema import Choice, Note, ref
from talentlms_mock.api.recorded_examples import Field

_MOMENT = "2025-09-01T07:00:00+00:00"
_PRICE = {"amount": 30, "currency": "USD"}
_REFERENCE = {"id": 1, "name": "Northwind Europe"}

EXAMPLES: Mapping[str, Any] = {
    # Users
    "name": "Ada",
    "surname": "Lovelace",
    "login": "ada",
    "email": "ada@example.com",
    "password": "Passw0rd",
    "current_password": "Passw0rd",
    "status": "active",
    "active": True,
    "user_type_id": 4,
    "timezone": "Europe/London",
    "locale": "en-GB",
    "credits": 20,
    "email_notifications": True,
    "integration_user_id": "NW-1",
    "User.deactivation_date": "2025-12-31T00:00:00+00:00",
    "deactivation_date": "2025-12-31",
    "CourseUser.completed_on": _MOMENT,
    "CourseUser.score": 87.5,
    # Courses, categories and learning paths
    "description": "Everything a new colleague has to know.",
    "price": _PRICE,
    "CourseInput.price": 30,
    "GroupInput.price": 30,
    "discounted_price": {"amount": 24, "currency": "USD"},
    "parent_id": 1,
    "level": 2,
    "capacity": 12,
    "time_limit": 30,
    "remaining_licenses": 7,
    "public_key": "Xq3vR8tYw2Kp5nLm7sDz",
    "starts_at": _MOMENT,
    "expires_at": "2026-09-01T07:00:00+00:00",
    "start_datetime": 1756710000,
    "expiration_datetime": 1788246000,
    "is_active": True,
    "reason": "full",
    "intro_video": {"url": "https://www.youtube.com/watch?v=abcdefghijk", "type": "youtube"},
    "IntroVideo.url": "https://www.youtube.com/watch?v=abcdefghijk",
    "IntroVideo.type": "youtube",
    "prerequisites": [{"id": 1, "name": "Welcome aboard"}],
    "unit_percentage": 80,
    "complete_units": [3, 4],
    "score_units": [4],
    "branches_map": {"1": "Northwind Europe"},
    # Units
    "points_percentage": 50,
    "remaining_attempts": 2,
    "instructor_message": "Well argued.",
    "grade_date": _MOMENT,
    "submission": {"submitted_on": _MOMENT, "text": "My plan for the first week."},
    "submitted_on": _MOMENT,
    "text": "My plan for the first week.",
    "ilt_attendance": {"session_id": 1, "attended": True},
    "session_id": 1,
    "CourseItem.id": 2,
    "attended": True,
    "multiname": "Safety week",
    "linked_to": 1,
    # No question has them, or no test: they are always null.
    "children": None,
    "weight": None,
    "pairs": None,
    "gaps": None,
    "remaining_time": None,
    "maximum_score": None,
    "time_for_repetition": None,
    "statistics": None,
    # Groups and branches
    "branch": _REFERENCE,
    "branches": [_REFERENCE],
    "group": {"id": 1, "name": "New joiners"},
    "default_group": {"id": 1, "name": "New joiners"},
    "max": 20,
    "max_key_redemptions": 20,
    "users": [{"id": 8, "name": "Joseph Whitfield"}],
    "certificates": [{"id": 1, "name": "First Aid"}],
    "logo": "https://static.example.com/branches/europe_logo.png",
    "favicon": "https://static.example.com/branches/europe_icon.png",
    "announcement_internal": "The office is closed on Friday.",
    "announcement_external": "Sign in with the address of your company.",
    "user_verification": "email",
    "verification": "email",
    "restrict_user_registration_domains": "example.com",
    "restrict_total_registered_users": 50,
    "terms_of_service": "Be kind to each other.",
    "paypal_email_address": "payments@example.com",
    "paypal_email": "payments@example.com",
    "fee": 19,
    "active_subscriptions": 3,
    # The timeline
    "course": {"id": 1, "name": "Welcome aboard", "code": None},
    "unit": {"id": 3, "name": "Quiz"},
    "EventCourse.id": 1,
    "EventCourse.name": "Welcome aboard",
    "code": "SAF-210",
}
"""By the name of the field, with that of its schema before it where others have another."""

CUSTOM_VALUE = Choice(
    "CustomValue",
    Note("The value of a custom field; a checkbox takes a boolean too, or on and off.", "People"),
    [{"type": "string"}, {"type": "boolean"}],
)
CHOICES = (
    CUSTOM_VALUE,
    Choice(
        "StatusOrBoolean",
        Note("A status, where true and false are active and inactive.", "active"),
        [{"type": "boolean"}, {"type": "string", "enum": ["active", "inactive"]}],
    ),
    Choice(
        "UpsertedUser",
        Note("A user to change, which has an id, or one to add.", {"id": 8, "surname": "Moss"}),
        [ref("NewUserItem"), ref("ChangedUserItem")],
    ),
)
"""The values of several types."""


def note_of(recorded: Mapping[Field, Any], schema: str, field: str) -> Note | None:
    """Return the example of a field, from `recorded` or from the table; None where it has none."""
    example = recorded.get((schema, field))
    if example not in (None, [], {}):
        return Note("", example)
    for key in (f"{schema}.{field}", field):
        if key in EXAMPLES:
            return Note("", EXAMPLES[key])
    return None if example is None else Note("", example)
