"""Every error that the API can answer, in one catalogue: status, id, text, and how it is known.

The text is the `title` of the recorded shape and the `message` of the documented ones
(conventions.md, Errors). `DOCUMENTED` texts are the overview's, `RECORDED` ones those of the
vendor's servers, `OBSERVED` ones what clients of the API's first version match on; the others
follow the pattern of the recorded ones.
"""

import re

from talentlms_mock.errors import Refusal

# What the gateway refuses.
HTTPS_REQUIRED = Refusal(400, "bad_request", "The API is available over HTTPS only.")
API_DISABLED = Refusal(
    403,
    "forbidden",
    "API is not enabled for the specified domain or the domain is currently inactive.",
    "documented",
)
INVALID_KEY = Refusal(401, "unauthorized", "Invalid API key provided.", "documented")
VERSION_MISSING = Refusal(400, "bad_request", "The X-API-Version header is required.")
VERSION_MALFORMED = Refusal(
    400, "bad_request", "The X-API-Version header must be a date in the format YYYY-MM-DD."
)
NOT_ACCEPTABLE = Refusal(400, "bad_request", "The Accept header must allow application/json.")
RATE_LIMITED = Refusal(
    429, "too_many_requests", "The API request rate limit has been exceeded.", "documented"
)
NO_SUCH_PATH = Refusal(404, "not_found", "Not Found", "recorded", of_router=True)
WRONG_METHOD = Refusal(405, "method_not_allowed", "Method Not Allowed", of_router=True)
INTERNAL = Refusal(500, "internal_server_error", "Internal server error.", "documented")

# What the adapter refuses.
BODY_NOT_JSON = Refusal(422, "unprocessable_entity", "The request body is not valid JSON.")
BODY_NOT_OBJECT = Refusal(422, "unprocessable_entity", "The request body is not a JSON object.")
BODY_TOO_LARGE = Refusal(413, "content_too_large", "The request body is larger than 1 MiB.")

# What is taken: the quirk `duplicate_status` says whether the status is 400 or 409.
EMAIL_TAKEN = Refusal(
    400,
    "bad_request",
    "A user with the same email address already exists",
    "observed",
    is_duplicate=True,
)
LOGIN_TAKEN = Refusal(
    400,
    "bad_request",
    "A user with the same login already exists",
    "observed",
    is_duplicate=True,
)
COUPON_TAKEN = Refusal(
    400, "bad_request", "A coupon with the same code already exists", is_duplicate=True
)
COURSE_CODE_TAKEN = Refusal(
    400, "bad_request", "A course with the same code already exists", is_duplicate=True
)
FIELD_TAKEN = Refusal(
    400, "bad_request", "A custom field with the same name already exists", is_duplicate=True
)
BRANCH_NAME_TAKEN = Refusal(
    400, "bad_request", "A branch with the same name already exists", is_duplicate=True
)

# What exists but is archived, or is already, or is not yet, what is asked.
ALREADY_ENROLLED = Refusal(409, "conflict", "The user is already enrolled in this course")
NOT_ENROLLED = Refusal(409, "conflict", "The user is not enrolled in this course")
ALREADY_IN_LEARNING_PATH = Refusal(
    409, "conflict", "The user is already enrolled in this learning path"
)
NOT_IN_LEARNING_PATH = Refusal(409, "conflict", "The user is not enrolled in this learning path")
USER_IN_GROUP = Refusal(409, "conflict.user_already_in_group", "User already in group")
USER_NOT_IN_GROUP = Refusal(409, "conflict.user_not_in_group", "User not in group", "recorded")
COURSE_IN_GROUP = Refusal(409, "conflict", "Course is already in the group", "recorded")
COURSE_NOT_IN_GROUP = Refusal(409, "conflict", "Course is not in the group")
USER_IN_BRANCH = Refusal(
    409,
    "conflict.user_already_in_branch",
    "The user already belongs to this branch",
    "recorded",
)
USER_NOT_IN_BRANCH = Refusal(
    409, "conflict", "The requested user is not a member of this branch", "recorded"
)
COURSE_IN_BRANCH = Refusal(
    409, "conflict.course_already_in_branch", "Course already exists in branch", "recorded"
)
COURSE_NOT_IN_BRANCH = Refusal(409, "conflict", "Course does not exist in branch")
COURSE_ARCHIVED = Refusal(409, "conflict", "Course is archived or not available", "recorded")
USER_ARCHIVED = Refusal(409, "conflict", "User is archived or not available")
ARCHIVED_COURSE_TO_GROUP = Refusal(409, "conflict", "Course is not longer available", "recorded")
ARCHIVED_COURSE_TO_BRANCH = Refusal(409, "conflict", "Cannot add an archived course to a branch")
ARCHIVED_USER_TO_GROUP = Refusal(409, "conflict", "Cannot add an archived user to a group")
ARCHIVED_USER_TO_BRANCH = Refusal(
    409, "conflict", "Cannot add an archived user to a branch", "recorded"
)
USER_GONE = Refusal(409, "conflict", "The requested user is no longer available", "recorded")
COURSE_GONE = Refusal(409, "conflict", "The requested course is no longer available")

# Other rules of the domain.
EMAIL_INVALID = Refusal(400, "bad_request", "Email is not valid", "recorded")
RECOVERY_EMAIL_INVALID = Refusal(
    400, "bad_request", "User e-mail must be a valid e-mail address", "recorded"
)
USER_ID_INVALID = Refusal(400, "bad_request", "User id is invalid", "recorded")
GROUP_KEY_EMPTY = Refusal(
    400, "bad_request", "Group key must be a not empty string or null", "recorded"
)
TIME_LIMIT_WITH_EXPIRY = Refusal(
    400, "bad_request", "time_limit cannot be set if expires_at is set", "recorded"
)
WEAK_PASSWORD = Refusal(
    400,
    "bad_request",
    "Password is not strong enough (should have at least (1) upper case letter, "
    "at least (1) lower case letter, at least (1) number, at least (8) characters in length)",
    "observed",
)
WRONG_PASSWORD = Refusal(400, "bad_request", "The current password is missing or not correct")
COURSE_NOT_ACTIVE = Refusal(400, "bad_request", "The requested course is not active")
COURSE_COMPLETED = Refusal(
    400, "bad_request", "The requested user has completed this course already"
)
COURSE_FAILED = Refusal(400, "bad_request", "The requested user has failed this course")
COURSE_FULL = Refusal(400, "bad_request", "The requested course has reached its capacity")
ROLE_NOT_ALLOWED = Refusal(
    400, "bad_request", "The user type of the requested user does not allow it to instruct"
)
ENROLLMENT_EXPIRED = Refusal(
    400, "bad_request", "The requested user's enrollment in this course has expired"
)
LEARNING_PATH_NOT_ACTIVE = Refusal(400, "bad_request", "The requested learning path is not active")
NOT_A_LEARNER = Refusal(400, "bad_request", "The requested user is not a learner of this course")
NOT_QUESTIONED = Refusal(400, "bad_request", "The requested unit is neither a test nor a survey")
NOT_HANDED_IN = Refusal(400, "bad_request", "The requested assignment has not been handed in")
SESSION_FULL = Refusal(400, "bad_request", "The requested session has reached its capacity")
SESSION_NOT_BEGUN = Refusal(400, "bad_request", "The requested session has not begun")
UNIT_COMPLETED = Refusal(400, "bad_request", "The requested user has completed this unit already")
UNIT_LOCKED = Refusal(400, "bad_request", "The units before this one are not completed")
USER_NOT_ACTIVE = Refusal(400, "bad_request", "The requested user is not active")
GROUP_KEY_FULL = Refusal(
    400, "bad_request", "The key of the requested group has reached its redemptions"
)
BRANCH_LIMIT_REACHED = Refusal(400, "bad_request", "The portal has reached its limit of branches")
COUPON_UNKNOWN = Refusal(400, "bad_request", "The requested coupon does not exist")
NOTHING_TO_BUY = Refusal(
    400, "bad_request", "The requested category has no course that the user could join"
)

# What does not exist, where the text is not that of every resource (errors.NotFound).
CATEGORY_UNKNOWN = Refusal(
    404, "not_found.course_category_not_found", "The category does not exist", "recorded"
)
COURSE_TO_BUY_UNKNOWN = Refusal(404, "not_found", "course not found", "recorded")
CATEGORY_TO_BUY_UNKNOWN = Refusal(404, "not_found", "category not found", "recorded")

CATALOGUE: dict[str, Refusal] = {
    name: value for name, value in globals().items() if isinstance(value, Refusal)
}
"""Every error of a fixed text by its name here."""

_ID_ENTITIES = ("user", "course", "group", "branch", "unit", "category")


def id_malformed(entity: str) -> Refusal:
    """Return the refusal of an id of an `entity` that is not a positive integer."""
    known = "recorded" if entity in _ID_ENTITIES else "inferred"
    text = f"{entity.capitalize()} id must be a positive integer"
    return Refusal(400, "bad_request", text, known)


def missing(subject: str, field: str) -> Refusal:
    """Return the refusal of a required value that is missing or empty.

    Args:
        subject: what has the field: user, course, group, branch.
        field: its name in the request; one that ends in `_id` has a subject of its own.
    """
    entity = entity_of(field)
    if not entity and not subject:
        return attribute(field, "is required")
    text = f"{entity} id" if entity else f"{subject} {field.replace('_', ' ')}".strip()
    return Refusal(400, "bad_request", f"{text[:1].upper()}{text[1:]} is required")


def attribute(name: str, demand: str) -> Refusal:
    """Return the refusal of a value: "The attribute 'is_active' must be boolean"."""
    return Refusal(400, "bad_request", f"The attribute '{name}' {demand}")


def entity_of(field: str) -> str:
    """Return what a field or parameter names by its id, "" where it names nothing."""
    match = re.fullmatch(r"(\w+)_id", field)
    return match[1].replace("_", " ") if match else ""
