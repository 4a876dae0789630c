"""Every error of the API in one catalogue: its status, id and text, and how the text is known.

The text is the `title` of the recorded shape and the `message` of the documented ones
(conventions.md, Errors). Documented texts are the overview's, recorded ones those of the vendor's
servers, observed ones what clients of the API's first version match on; the others, inferred,
follow the pattern of the recorded ones.

What is about a field or an id by its name is made by a function: `missing`, `attribute`,
`id_malformed`. What does not exist is `errors.NotFound`, but for what stands here.
"""

import re

from talentlms_mock.errors import Refusal

DOCUMENTED, RECORDED, OBSERVED, INFERRED = "documented", "recorded", "observed", "inferred"


def _bad_request(text: str, known: str = INFERRED) -> Refusal:
    return Refusal(400, "bad_request", text, known)


def _taken(text: str, known: str = INFERRED) -> Refusal:
    return Refusal(400, "bad_request", text, known, is_duplicate=True)


def _conflict(text: str, known: str = INFERRED, id: str = "conflict") -> Refusal:
    return Refusal(409, id, text, known)


# What the gateway refuses.
HTTPS_REQUIRED = _bad_request("The API is available over HTTPS only.")
API_DISABLED = Refusal(
    403,
    "forbidden",
    "API is not enabled for the specified domain or the domain is currently inactive.",
    DOCUMENTED,
)
INVALID_KEY = Refusal(401, "unauthorized", "Invalid API key provided.", DOCUMENTED)
VERSION_MISSING = _bad_request("The X-API-Version header is required.")
VERSION_MALFORMED = _bad_request(
    "The X-API-Version header must be a date in the format YYYY-MM-DD."
)
NOT_ACCEPTABLE = _bad_request("The Accept header must allow application/json.")
RATE_LIMITED = Refusal(
    429, "too_many_requests", "The API request rate limit has been exceeded.", DOCUMENTED
)
NO_SUCH_PATH = Refusal(404, "not_found", "Not Found", RECORDED, of_router=True)
WRONG_METHOD = Refusal(405, "method_not_allowed", "Method Not Allowed", of_router=True)
REQUEST_MALFORMED = Refusal(400, "bad_request", "Bad Request", of_router=True)
TARGET_TOO_LONG = Refusal(414, "uri_too_long", "URI Too Long", of_router=True)
HEADERS_TOO_LARGE = Refusal(
    431, "request_header_fields_too_large", "Request Header Fields Too Large", of_router=True
)
INTERNAL = Refusal(500, "internal_server_error", "Internal server error.", DOCUMENTED)

# What the adapter refuses.
BODY_NOT_JSON = Refusal(422, "unprocessable_entity", "The request body is not valid JSON.")
BODY_NOT_OBJECT = Refusal(422, "unprocessable_entity", "The request body is not a JSON object.")
BODY_TOO_LARGE = Refusal(413, "content_too_large", "The request body is larger than 1 MiB.")

# What is taken: the quirk `duplicate_status` decides whether the status is 400 or 409.
EMAIL_TAKEN = _taken("A user with the same email address already exists", OBSERVED)
LOGIN_TAKEN = _taken("A user with the same login already exists", OBSERVED)
COUPON_TAKEN = _taken("A coupon with the same code already exists")
COURSE_CODE_TAKEN = _taken("A course with the same code already exists")
FIELD_TAKEN = _taken("A custom field with the same name already exists")
BRANCH_NAME_TAKEN = _taken("A branch with the same name already exists")

# What exists but is archived, or is already, or is not yet, what is asked.
ALREADY_ENROLLED = _conflict("The user is already enrolled in this course")
NOT_ENROLLED = _conflict("The user is not enrolled in this course")
ALREADY_IN_LEARNING_PATH = _conflict("The user is already enrolled in this learning path")
NOT_IN_LEARNING_PATH = _conflict("The user is not enrolled in this learning path")
USER_IN_GROUP = _conflict("User already in group", id="conflict.user_already_in_group")
USER_NOT_IN_GROUP = _conflict("User not in group", RECORDED, id="conflict.user_not_in_group")
COURSE_IN_GROUP = _conflict("Course is already in the group", RECORDED)
COURSE_NOT_IN_GROUP = _conflict("Course is not in the group")
USER_IN_BRANCH = _conflict(
    "The user already belongs to this branch", RECORDED, id="conflict.user_already_in_branch"
)
USER_NOT_IN_BRANCH = _conflict("The requested user is not a member of this branch", RECORDED)
COURSE_IN_BRANCH = _conflict(
    "Course already exists in branch", RECORDED, id="conflict.course_already_in_branch"
)
COURSE_NOT_IN_BRANCH = _conflict("Course does not exist in branch")
COURSE_ARCHIVED = _conflict("Course is archived or not available", RECORDED)
USER_ARCHIVED = _conflict("User is archived or not available")
USER_NOT_ARCHIVED = _conflict("User is not archived")
COURSE_NOT_ARCHIVED = _conflict("Course is not archived")
ARCHIVED_COURSE_TO_GROUP = _conflict("Course is not longer available", RECORDED)
ARCHIVED_COURSE_TO_BRANCH = _conflict("Cannot add an archived course to a branch")
ARCHIVED_USER_TO_GROUP = _conflict("Cannot add an archived user to a group")
ARCHIVED_USER_TO_BRANCH = _conflict("Cannot add an archived user to a branch", RECORDED)
USER_GONE = _conflict("The requested user is no longer available", RECORDED)
COURSE_GONE = _conflict("The requested course is no longer available")

# Other rules of the domain.
EMAIL_INVALID = _bad_request("Email is not valid", RECORDED)
RECOVERY_EMAIL_INVALID = _bad_request("User e-mail must be a valid e-mail address", RECORDED)
USER_ID_INVALID = _bad_request("User id is invalid", RECORDED)
GROUP_KEY_EMPTY = _bad_request("Group key must be a not empty string or null", RECORDED)
TIME_LIMIT_WITH_EXPIRY = _bad_request("time_limit cannot be set if expires_at is set", RECORDED)
WEAK_PASSWORD = _bad_request(
    "Password is not strong enough (should have at least (1) upper case letter, "
    "at least (1) lower case letter, at least (1) number, at least (8) characters in length)",
    OBSERVED,
)
WRONG_PASSWORD = _bad_request("The current password is missing or not correct")
COURSE_NOT_ACTIVE = _bad_request("The requested course is not active")
COURSE_COMPLETED = _bad_request("The requested user has completed this course already")
COURSE_FAILED = _bad_request("The requested user has failed this course")
COURSE_FULL = _bad_request("The requested course has reached its capacity")
ROLE_NOT_ALLOWED = _bad_request("The user type of the requested user does not allow it to instruct")
ENROLLMENT_EXPIRED = _bad_request("The requested user's enrollment in this course has expired")
LEARNING_PATH_NOT_ACTIVE = _bad_request("The requested learning path is not active")
NOT_A_LEARNER = _bad_request("The requested user is not a learner of this course")
NO_ATTEMPTS_LEFT = _bad_request("The requested user has no attempt at this test left")
NOTHING_TO_GRADE = _bad_request("The requested test has no answer that waits for its grade")
TEST_WAITS = _bad_request("The requested test waits for its grade")
PREREQUISITES_OPEN = _bad_request(
    "The requested user has not completed the prerequisites of this course"
)
NOT_QUESTIONED = _bad_request("The requested unit is neither a test nor a survey")
NOT_HANDED_IN = _bad_request("The requested assignment has not been handed in")
SESSION_FULL = _bad_request("The requested session has reached its capacity")
SESSION_NOT_BEGUN = _bad_request("The requested session has not begun")
UNIT_COMPLETED = _bad_request("The requested user has completed this unit already")
UNIT_LOCKED = _bad_request("The units before this one are not completed")
USER_NOT_ACTIVE = _bad_request("The requested user is not active")
GROUP_KEY_FULL = _bad_request("The key of the requested group has reached its redemptions")
GROUP_KEY_UNKNOWN = _bad_request("The requested group key does not exist")
BRANCH_LIMIT_REACHED = _bad_request("The portal has reached its limit of branches")
COUPON_UNKNOWN = _bad_request("The requested coupon does not exist")
NOTHING_TO_BUY = _bad_request("The requested category has no course that the user could join")

# What does not exist, where the text is not that of every resource (errors.NotFound).
CATEGORY_UNKNOWN = Refusal(
    404, "not_found.course_category_not_found", "The category does not exist", RECORDED
)
COURSE_TO_BUY_UNKNOWN = Refusal(404, "not_found", "course not found", RECORDED)
CATEGORY_TO_BUY_UNKNOWN = Refusal(404, "not_found", "category not found", RECORDED)

CATALOGUE: dict[str, Refusal] = {
    name: value for name, value in globals().items() if isinstance(value, Refusal)
}
"""Every error of a fixed text by its name here."""

_RECORDED_IDS = ("user", "course", "group", "branch", "unit", "category")
_RECORDED_MISSING = (
    "User id",
    "User login",
    "Course name",
    "Group name",
    "Branch name",
    "Branch description",
    "Branch default locale",
)
_RECORDED_DEMANDS = (("is_active", "must be boolean"),)


def id_malformed(entity: str) -> Refusal:
    """Return the error for an id of an `entity` that is not a positive integer."""
    known = RECORDED if entity in _RECORDED_IDS else INFERRED
    return _bad_request(f"{_subject(entity, 'id')} must be a positive integer", known)


def missing(subject: str, field: str) -> Refusal:
    """Return the error for a required value that is missing or empty.

    Args:
        subject: what has the field: user, course, group, branch.
        field: its name in the request; one that ends in `_id` has a subject of its own.
    """
    entity = entity_of(field)
    if not entity and not subject:
        return attribute(field, "is required")
    what = _subject(entity, "id") if entity else _subject(subject, field.replace("_", " "))
    return _bad_request(f"{what} is required", RECORDED if what in _RECORDED_MISSING else INFERRED)


def attribute(name: str, demand: str) -> Refusal:
    """Return the error for a value: "The attribute 'is_active' must be boolean"."""
    known = RECORDED if (name, demand) in _RECORDED_DEMANDS else INFERRED
    return _bad_request(f"The attribute '{name}' {demand}", known)


def entity_of(field: str) -> str:
    """Return what a field or parameter names by its id, "" where it names nothing."""
    match = re.fullmatch(r"(\w+)_id", field)
    return match[1].replace("_", " ") if match else ""


def _subject(entity: str, what: str) -> str:
    """Return what a message is about, as a sentence starts with it."""
    text = f"{entity} {what}".strip()
    return f"{text[:1].upper()}{text[1:]}"
