"""What is read over the API, and what of it comes in: the list of all that is allowed.

A field that is not in this list is left out of the portal, and reported.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from talentlms_mock.portal.store.models import STATUSES
from talentlms_mock.verify.importing.values import (
    ADDRESS,
    BOOLEAN,
    CODE,
    COLOR,
    CURRENCY,
    DATE_FORMAT,
    DATE_TEXT,
    EMAIL,
    FIRST_NAME,
    HOSTS,
    INTEGER,
    LAST_NAME,
    LOCALE,
    LOGIN,
    MOMENT,
    NAME,
    NUMBER,
    OF_FIELD,
    RICH_TEXT,
    TEXT,
    TIMEZONE,
    UNUSED,
    WORD,
    ByName,
    Maybe,
    Spec,
    identity,
    one_of,
)


@dataclass(frozen=True, eq=False)
class Read:
    """A read of the API.

    Args:
        path: below `/api/v2`, with the names of ids and parameters in braces.
        spec: of a row of a list, or of the one object.
        is_list: whether the response is a list, in pages.
        query: the names of parameters that say what it is of.

    """

    path: str
    spec: Spec
    is_list: bool = False
    query: tuple[str, ...] = ()


_STATUS = one_of("active", "inactive")
_COMPLETION = one_of(*STATUSES)
_ROLE = one_of("learner", "instructor")
_REFERENCE = {"id": INTEGER, "name": NAME}
_PRICE = {"amount": NUMBER, "currency": CURRENCY}
_SIZES = dict.fromkeys(("default", "sm", "md", "lg", "xl"), ADDRESS)
_CATEGORY = {"id": INTEGER, "parent_id": INTEGER, "name": NAME}
_USER_TYPE = {"id": INTEGER, "name": NAME, "is_default": BOOLEAN}
_PERSON = {
    "id": INTEGER,
    "login": LOGIN,
    "name": FIRST_NAME,
    "surname": LAST_NAME,
    "email": EMAIL,
}
_LISTED_USER = {
    **_PERSON,
    "avatar": _SIZES,
    "type": NAME,
    "registration": MOMENT,
    "last_login": MOMENT,
    "status": _STATUS,
    "integration_user_id": CODE,
    "timezone": TIMEZONE,
    "language": LOCALE,
    "last_updated": MOMENT,
}
_USER = {
    **_PERSON,
    "credits": NUMBER,
    "description": RICH_TEXT,
    "avatar": _SIZES,
    "custom_fields": [OF_FIELD],
    "email_notifications": BOOLEAN,
    "timezone": TIMEZONE,
    "locale": LOCALE,
    "user_type": _USER_TYPE,
    "status": _STATUS,
    "deactivation_date": MOMENT,
    "available_types": [_USER_TYPE],
}
_MEMBER = {
    **_PERSON,
    "user_type": _REFERENCE,
    "status": _STATUS,
    "last_login": MOMENT,
}
_PROGRESS = {
    "completion_status": _COMPLETION,
    "completion_percentage": INTEGER,
    "score": NUMBER,
    "total_time": INTEGER,
}
_COURSE_USER = {
    **_PERSON,
    **_PROGRESS,
    "role": _ROLE,
    "enrolled_on": MOMENT,
    "completed_on": MOMENT,
}
_LISTED_COURSE: dict[str, Spec] = {
    "id": INTEGER,
    "name": NAME,
    "category": _CATEGORY,
    "description": RICH_TEXT,
    "code": NAME,
    "status": _STATUS,
    "creation_date": MOMENT,
    "last_updated_on": MOMENT,
    "price": _PRICE,
    "capacity": INTEGER,
    "is_hidden_from_catalog": BOOLEAN,
    "is_locked": BOOLEAN,
    "public_key": CODE,
    "is_prerequisite": UNUSED,
    "remaining_licenses": UNUSED,
}
_COURSE = {
    **_LISTED_COURSE,
    "discounted_price": _PRICE,
    "intro_video": {"url": ADDRESS, "type": one_of("youtube", "vimeo", "file")},
    "cover_image": _SIZES,
    "level": INTEGER,
    "rating": {"average": NUMBER, "count": INTEGER},
    "rules": {
        "traversal": one_of("any", "sequential"),
        "prerequisites": [_REFERENCE],
        "completion": [
            {"rule_type": WORD, "unit_percentage": INTEGER, "complete_units": [INTEGER]}
        ],
        "score_calculation": [{"rule_type": WORD, "score_units": [INTEGER]}],
    },
    "starts_at": MOMENT,
    "expires_at": MOMENT,
    "time_limit": INTEGER,
    "availability": UNUSED,
    "retain_access_after_completion": BOOLEAN,
    "custom_fields": [OF_FIELD],
}
_FIELD: dict[str, Spec] = {
    "key": WORD,
    "name": NAME,
    "type": one_of("text", "dropdown", "checkbox", "date"),
    "mandatory": BOOLEAN,
    "visible_on_reports": BOOLEAN,
    "dropdown_values": [{"item": TEXT, "default": BOOLEAN}],
    "checkbox_status": one_of("off", "on"),
    "selective_availability": BOOLEAN,
    "branches_map": ByName(identity, NAME),
    "main_domain_availability": BOOLEAN,
    "previous_key": UNUSED,
}
_LISTED_GROUP = {
    "id": INTEGER,
    "name": NAME,
    "description": TEXT,
    "key_redemptions": {"max": INTEGER, "used": INTEGER},
    "branch": _REFERENCE,
    "price": _PRICE,
}
_GROUP = {
    "id": INTEGER,
    "name": NAME,
    "description": TEXT,
    "branch": _REFERENCE,
    "key": CODE,
    "max_key_redemptions": INTEGER,
    "price": _PRICE,
    "users": Maybe(UNUSED),
}
_LISTED_BRANCH: dict[str, Spec] = {
    "id": INTEGER,
    "name": NAME,
    "url": UNUSED,
    "description": TEXT,
    "active": BOOLEAN,
}
_BRANCH = {
    **_LISTED_BRANCH,
    "title": NAME,
    "theme": {
        "id": WORD,
        "active": BOOLEAN,
        "default": BOOLEAN,
        "name": NAME,
        "primary_color": COLOR,
    },
    "logo": ADDRESS,
    "favicon": ADDRESS,
    "default_locale": LOCALE,
    "default_timezone": TIMEZONE,
    "announcement_internal": TEXT,
    "announcement_external": TEXT,
    "default_user_type": _REFERENCE,
    "default_group": _REFERENCE,
    "signup": WORD,
    "user_verification": WORD,
    "restrict_user_registration_domains": HOSTS,
    "restrict_total_registered_users": INTEGER,
    "disallow_access_to_main_domain": BOOLEAN,
    "terms_of_service": TEXT,
    "badge_set": _REFERENCE,
    "ecommerce": {
        "processor": WORD,
        "currency": CURRENCY,
        "paypal_email_address": EMAIL,
        "subscription": {
            "enabled": BOOLEAN,
            "fee": NUMBER,
            "interval": WORD,
            "is_first_month_free": BOOLEAN,
            "active_subscriptions": INTEGER,
        },
        "are_credits_enabled": BOOLEAN,
    },
}
_LISTED_PATH = {
    "id": INTEGER,
    "name": NAME,
    "description": RICH_TEXT,
    "status": _STATUS,
    "category": _CATEGORY,
    "price": _PRICE,
    "starts_at": MOMENT,
    "expires_at": MOMENT,
    "rules": ByName(WORD.read, WORD),
    "courses_count": UNUSED,
}
_LISTED_CATEGORY: dict[str, Spec] = {
    "id": INTEGER,
    "parent_id": INTEGER,
    "name": NAME,
    "price": Maybe(_PRICE),
}
_LISTED_CATEGORY["children"] = [_LISTED_CATEGORY]
_CERTIFICATE = {
    "id": INTEGER,
    "name": NAME,
    "issued_on": MOMENT,
    "expires_on": MOMENT,
    "download_url": UNUSED,
    "public_url": UNUSED,
}
_EVENT = {
    "id": INTEGER,
    "user_id": UNUSED,
    "event_type": WORD,
    "created_at": MOMENT,
    "occurrences": INTEGER,
    "extra": {
        "user": {"id": INTEGER, "name": FIRST_NAME, "surname": LAST_NAME, "login": LOGIN},
        "group": _REFERENCE,
        "course": {**_REFERENCE, "code": NAME},
        "branch": _REFERENCE,
        "unit": _REFERENCE,
    },
}
_CHOICE = {"possible": [TEXT], "pairs": UNUSED, "gaps": UNUSED}
_QUESTION = {
    "id": INTEGER,
    "type": one_of("multiple_choice", "freetext"),
    "text": RICH_TEXT,
    "answered": BOOLEAN,
    "correct": BOOLEAN,
    "points_percentage": NUMBER,
    "feedback": TEXT,
    "answers": _CHOICE,
    "correct_answers": _CHOICE,
    "user_answers": _CHOICE,
    "children": UNUSED,
    "weight_percentage": Maybe(NUMBER),
    "weight": Maybe(UNUSED),
}

STATISTICS = Read(
    "/statistics",
    {
        **{
            f"total_{name}": UNUSED
            for name in ("users", "courses", "categories", "groups", "branches")
        },
        "monthly_active_users": UNUSED,
        "signup_method": WORD,
        "signup_type": WORD,
        "verification": WORD,
        "paypal_email": EMAIL,
        "domain_map": BOOLEAN,
        "date_format": DATE_FORMAT,
        "branch_limit": INTEGER,
    },
)
USER_FIELDS = Read("/user-fields", {**_FIELD, "order": INTEGER}, is_list=True)
COURSE_FIELDS = Read("/course-fields", {**_FIELD, "visible_to_learners": BOOLEAN}, is_list=True)
CATEGORIES = Read("/categories", _LISTED_CATEGORY)
CATEGORY = Read(
    "/categories/{id}",
    {**_CATEGORY, "price": _PRICE, "discounted_price": _PRICE},
)
BRANCHES = Read("/branches", _LISTED_BRANCH, is_list=True)
BRANCH = Read("/branches/{id}", _BRANCH)
GROUPS = Read("/groups", _LISTED_GROUP, is_list=True)
GROUP = Read("/groups/{id}", _GROUP)
GROUP_COURSES = Read("/groups/{id}/courses", {**_REFERENCE, "code": NAME}, is_list=True)
COURSES = Read("/courses", _LISTED_COURSE, is_list=True)
COURSE = Read("/courses/{id}", _COURSE)
PATHS = Read("/learning-paths", _LISTED_PATH, is_list=True)
PATH = Read("/learning-paths/{id}", {**_LISTED_PATH, "courses": [{**_REFERENCE, "order": INTEGER}]})
USERS = Read("/users", _LISTED_USER, is_list=True)
USER = Read("/users/{id}", _USER)
GROUP_USERS = Read("/groups/{id}/users", _MEMBER, is_list=True)
BRANCH_USERS = Read("/branches/{id}/users", _MEMBER, is_list=True)
COURSE_USERS = Read("/courses/{id}/users", _COURSE_USER, is_list=True)
CERTIFICATES = Read(
    "/users/{id}/certificates",
    {"certificates": [{**_CERTIFICATE, "course": _REFERENCE}]},
)
GAMIFICATION = Read(
    "/users/{id}/gamification",
    {
        "points": INTEGER,
        "level": INTEGER,
        "badges": [
            {
                "name": NAME,
                "type": WORD,
                "image_url": ADDRESS,
                "criteria": NAME,
                "issued_on": INTEGER,
                "badge_set_id": INTEGER,
            }
        ],
    },
)
ONLINE = Read("/users/{id}/online-status", {"status": one_of("online", "offline")})
USER_COURSES = Read(
    "/users/{id}/courses",
    {
        "courses": [
            {
                **_REFERENCE,
                **_PROGRESS,
                "role": _ROLE,
                "enrolled_on": MOMENT,
                "completed_on": MOMENT,
            }
        ]
    },
)
USER_GROUPS = Read("/users/{id}/groups", {"groups": [_REFERENCE]})
USER_BRANCHES = Read("/users/{id}/branches", {"branches": [_REFERENCE]})
TIMELINE = Read("/timeline", _EVENT, is_list=True)
COURSE_PROGRESS = Read(
    "/course-progress",
    {
        **dict.fromkeys(("name", "category", "status", "creation_date"), UNUSED),
        "id": INTEGER,
        "last_updated_on": UNUSED,
        "progress": {
            **_PROGRESS,
            "completion_date": MOMENT,
            "last_viewed_unit_id": INTEGER,
            "certificate": _CERTIFICATE,
        },
        "enrolled": BOOLEAN,
        "role_in_course": _ROLE,
    },
    query=("course_id", "user_id"),
)
SESSIONS = Read(
    "/units/{id}/sessions",
    {
        "id": INTEGER,
        "name": NAME,
        "multiname": NAME,
        "linked_to": INTEGER,
        "type": one_of("classroom", "webinar"),
        "owner_id": INTEGER,
        "instructor_id": INTEGER,
        "description": TEXT,
        "location": TEXT,
        "start_timestamp": INTEGER,
        "start_date": DATE_TEXT,
        "capacity": INTEGER,
        "duration_minutes": INTEGER,
    },
    is_list=True,
)
UNIT_PROGRESS = Read(
    "/unit-progress",
    {
        "total_time": INTEGER,
        "status": _COMPLETION,
        "score": NUMBER,
        "completion_date": MOMENT,
        "first_access_time": MOMENT,
        "last_accessed_time": MOMENT,
        "submission": {"submitted_on": MOMENT, "text": TEXT},
        "ilt_attendance": {"session_id": INTEGER, "attended": BOOLEAN},
        "repetitions": INTEGER,
        "remaining_time": UNUSED,
        "grade_date": MOMENT,
    },
    query=("unit_id", "user_id"),
)
RESULTS = Read(
    "/results",
    {
        "status": _COMPLETION,
        "score": NUMBER,
        "completion_date": MOMENT,
        "questions": [_QUESTION],
        "test_abandoned": UNUSED,
        "maximum_score": UNUSED,
        "remaining_attempts": INTEGER,
        "allow_test_repetition": BOOLEAN,
        "time_for_repetition": UNUSED,
        "statistics": UNUSED,
        "instructor_message": TEXT,
    },
    query=("unit_id", "user_id"),
)

READS = (
    *(STATISTICS, USER_FIELDS, COURSE_FIELDS, CATEGORIES, CATEGORY, BRANCHES, BRANCH),
    *(GROUPS, GROUP, GROUP_COURSES, COURSES, COURSE, PATHS, PATH, USERS, USER),
    *(GROUP_USERS, BRANCH_USERS, COURSE_USERS, CERTIFICATES, GAMIFICATION, ONLINE),
    *(USER_COURSES, USER_GROUPS, USER_BRANCHES, TIMELINE, COURSE_PROGRESS),
    *(SESSIONS, UNIT_PROGRESS, RESULTS),
)
"""Every read of which something comes in."""


def matching(path: str, query: Mapping[str, str]) -> tuple[Read, tuple[int, ...]] | None:
    """Return the read of a path below `/api/v2`, and the ids in it; None where there is none."""
    for read, pattern in _PATTERNS:
        found = pattern.fullmatch(path)
        texts = [*found.groups(), *(query.get(name, "") for name in read.query)] if found else []
        if found and all(text.isdecimal() and len(text) < 19 for text in texts):
            return read, tuple(int(text) for text in texts)
    return None


def _patterns() -> Iterator[tuple[Read, re.Pattern[str]]]:
    for read in READS:
        yield read, re.compile(read.path.replace("{id}", "([0-9]+)") + "/?")


_PATTERNS = list(_patterns())


def address(read: Read, ids: tuple[int, ...], page: int) -> str:
    """Return the path and query of a read below `/api/v2`; a list is asked for in large pages."""
    path = read.path.replace("{id}", str(ids[0])) if "{id}" in read.path else read.path
    own = zip(read.query, ids[len(ids) - len(read.query) :], strict=True)
    query = [f"{name}={id}" for name, id in own]
    if read.is_list:
        query += [f"page[number]={page}", f"page[size]={PAGE_SIZE}"]
    return f"{path}?{'&'.join(query)}" if query else path


PAGE_SIZE = 100
"""How many rows a page is asked for: the most that the vendor gives."""
