"""The catalogue of errors against what the vendor's servers answered and its pages say."""

import re
from functools import cache
from pathlib import Path

import pytest

import talentlms_mock
from talentlms_mock.errors import NotFound, Refusal
from talentlms_mock.portal.contract import refusals
from talentlms_mock.portal.contract.refusals import CATALOGUE, attribute, id_malformed, missing

PACKAGE = Path(talentlms_mock.__file__).parent

RECORDED = {
    "NO_SUCH_PATH": (404, "not_found", "Not Found"),
    "USER_NOT_IN_GROUP": (409, "conflict.user_not_in_group", "User not in group"),
    "COURSE_IN_GROUP": (409, "conflict", "Course is already in the group"),
    "USER_IN_BRANCH": (
        409,
        "conflict.user_already_in_branch",
        "The user already belongs to this branch",
    ),
    "USER_NOT_IN_BRANCH": (409, "conflict", "The requested user is not a member of this branch"),
    "COURSE_IN_BRANCH": (
        409,
        "conflict.course_already_in_branch",
        "Course already exists in branch",
    ),
    "COURSE_ARCHIVED": (409, "conflict", "Course is archived or not available"),
    "ARCHIVED_COURSE_TO_GROUP": (409, "conflict", "Course is not longer available"),
    "ARCHIVED_USER_TO_BRANCH": (409, "conflict", "Cannot add an archived user to a branch"),
    "USER_GONE": (409, "conflict", "The requested user is no longer available"),
    "EMAIL_INVALID": (400, "bad_request", "Email is not valid"),
    "RECOVERY_EMAIL_INVALID": (400, "bad_request", "User e-mail must be a valid e-mail address"),
    "USER_ID_INVALID": (400, "bad_request", "User id is invalid"),
    "GROUP_KEY_EMPTY": (400, "bad_request", "Group key must be a not empty string or null"),
    "TIME_LIMIT_WITH_EXPIRY": (
        400,
        "bad_request",
        "time_limit cannot be set if expires_at is set",
    ),
    "CATEGORY_UNKNOWN": (
        404,
        "not_found.course_category_not_found",
        "The category does not exist",
    ),
    "COURSE_TO_BUY_UNKNOWN": (404, "not_found", "course not found"),
    "CATEGORY_TO_BUY_UNKNOWN": (404, "not_found", "category not found"),
}
DOCUMENTED = {
    "API_DISABLED": (
        403,
        "forbidden",
        "API is not enabled for the specified domain or the domain is currently inactive.",
    ),
    "INVALID_KEY": (401, "unauthorized", "Invalid API key provided."),
    "RATE_LIMITED": (429, "too_many_requests", "The API request rate limit has been exceeded."),
    "INTERNAL": (500, "internal_server_error", "Internal server error."),
}
OBSERVED = {"EMAIL_TAKEN", "LOGIN_TAKEN", "WEAK_PASSWORD"}
IDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "content_too_large",
    414: "uri_too_long",
    422: "unprocessable_entity",
    429: "too_many_requests",
    431: "request_header_fields_too_large",
    500: "internal_server_error",
}
"""How the id of an error of each status starts."""


def known(how: str) -> dict[str, tuple[int, str, str]]:
    return {
        name: (refusal.status, refusal.id, refusal.text)
        for name, refusal in CATALOGUE.items()
        if refusal.known == how
    }


def test_the_recorded_errors_are_as_recorded() -> None:
    assert known("recorded") == RECORDED


def test_the_documented_errors_are_as_documented() -> None:
    assert known("documented") == DOCUMENTED


def test_the_others_are_observed_or_inferred() -> None:
    assert set(known("observed")) == OBSERVED
    assert {refusal.known for refusal in CATALOGUE.values()} == {
        "documented",
        "recorded",
        "observed",
        "inferred",
    }


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_id_starts_with_the_name_of_its_status(name: str) -> None:
    refusal = CATALOGUE[name]
    assert refusal.id.partition(".")[0] == IDS[refusal.status]
    assert refusal.text == refusal.text.strip() != ""


def test_what_is_taken_is_a_duplicate() -> None:
    duplicates = {name for name, refusal in CATALOGUE.items() if refusal.is_duplicate}
    assert duplicates == {name for name in CATALOGUE if name.endswith("_TAKEN")}


def test_the_type_follows_from_the_status() -> None:
    types = {refusal.status >= 500: refusal.type for refusal in CATALOGUE.values()}
    assert types == {False: "invalid_request_error", True: "api_error"}


@cache
def names_in_the_package() -> set[str]:
    """Return every name in capitals that stands anywhere but in the catalogue itself."""
    here = Path(refusals.__file__)
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path != here]
    return {name for text in texts for name in re.findall(r"\b[A-Z_]+\b", text)}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_error_is_one_that_something_refuses(name: str) -> None:
    assert name in names_in_the_package()


def test_no_two_errors_are_the_same() -> None:
    assert len(set(CATALOGUE.values())) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("resource", "id", "text", "how"),
    [
        ("user", "not_found.user_not_found", "User not found", "recorded"),
        ("course", "not_found.course_not_found", "Course not found", "recorded"),
        ("group", "not_found.group_not_found", "Group not found", "recorded"),
        ("branch", "not_found.branch_not_found", "Branch not found", "recorded"),
        ("unit", "not_found.unit_not_found", "Unit not found", "recorded"),
        ("category", "not_found.course_category_not_found", "Category not found", "recorded"),
        (
            "learning path",
            "not_found.learning_path_not_found",
            "Learning path not found",
            "inferred",
        ),
        ("user type", "not_found.user_type_not_found", "User type not found", "inferred"),
        ("session", "not_found", "Session not found", "inferred"),
    ],
)
def test_what_does_not_exist(resource: str, id: str, text: str, how: str) -> None:
    assert NotFound(resource).refusal == Refusal(404, id, text, how)


def bad_request(text: str, how: str) -> Refusal:
    return Refusal(400, "bad_request", text, how)


@pytest.mark.parametrize("entity", ["user", "course", "group", "branch", "unit", "category"])
def test_a_malformed_id_was_recorded(entity: str) -> None:
    text = f"{entity.capitalize()} id must be a positive integer"
    assert id_malformed(entity) == bad_request(text, "recorded")


def test_another_malformed_id_follows_the_pattern() -> None:
    text = "Learning path id must be a positive integer"
    assert id_malformed("learning path") == bad_request(text, "inferred")
    assert id_malformed("") == bad_request("Id must be a positive integer", "inferred")


@pytest.mark.parametrize(
    ("subject", "field", "text", "how"),
    [
        ("", "user_id", "User id is required", "recorded"),
        ("User", "login", "User login is required", "recorded"),
        ("Course", "name", "Course name is required", "recorded"),
        ("group", "name", "Group name is required", "recorded"),
        ("Branch", "name", "Branch name is required", "recorded"),
        ("Branch", "description", "Branch description is required", "recorded"),
        ("Branch", "default_locale", "Branch default locale is required", "recorded"),
        ("User", "name", "User name is required", "inferred"),
        ("", "course_id", "Course id is required", "inferred"),
        ("Group", "user_type_id", "User type id is required", "inferred"),
        ("", "query", "The attribute 'query' is required", "inferred"),
    ],
)
def test_what_is_missing(subject: str, field: str, text: str, how: str) -> None:
    assert missing(subject, field) == bad_request(text, how)


def test_what_an_attribute_must_be() -> None:
    boolean = attribute("is_active", "must be boolean")
    assert boolean == bad_request("The attribute 'is_active' must be boolean", "recorded")
    number = attribute("credits", "must be a number")
    assert number == bad_request("The attribute 'credits' must be a number", "inferred")
