"""The list of operations that faults and the journal speak of."""

import pytest

from talentlms_mock.app import catalogue
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.operations import Catalogue, Entry, PathPattern, below_prefix

SMALL = Catalogue(
    [
        Entry("GET", "/users", "getUsers"),
        Entry("POST", "/users", "createUser"),
        Entry("GET", "/users/{id}", "getUserById"),
        Entry("PATCH", "/users/{id}", "updateUser"),
        Entry("DELETE", "/users/{id}", "deleteUser"),
        Entry("GET", "/users/{id}/courses", "getUserCourses"),
        Entry("GET", "/courses", "getCourses"),
        Entry("GET", "/courses/{id}", "getCourse"),
        Entry("DELETE", "/courses/{id}", "deleteCourse"),
        Entry("DELETE", "/course-progress", "resetCourseProgress"),
        Entry("POST", "/enrollments", "createEnrollment"),
        Entry("DELETE", "/enrollments", "deleteEnrollment"),
        Entry("POST", "/group-memberships", "createGroupMembership"),
        Entry("DELETE", "/group-memberships", "deleteGroupMembership"),
        Entry("DELETE", "/groups/{id}", "deleteGroup"),
        Entry("GET", "/learning-paths/{id}", "getLearningPath"),
        Entry("POST", "/learning-paths/enrollments", "createLearningPathEnrollment"),
        Entry("GET", "/health", "healthCheck"),
    ]
)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/users", "/api/v2/users", True),
        ("/users", "/api/v2/users/", True),
        ("/users/", "/api/v2/users", True),
        ("/api/v2/users", "/api/v2/users", True),
        ("/users", "/users", False),
        ("/users", "/api/v2users", False),
        ("/users", "/api/v2/users/1", False),
        ("/users/*", "/api/v2/users/1", True),
        ("/users/*", "/api/v2/users/", False),
        ("/users/*", "/api/v2/users/1/courses", False),
        ("/users/{id}/courses", "/api/v2/users/1/courses", True),
        ("/*/1", "/api/v2/courses/1", True),
        ("/learning-*/1", "/api/v2/learning-paths/1", True),
        ("/users/1.5", "/api/v2/users/1x5", False),
        ("/", "/api/v2", True),
    ],
)
def test_a_pattern_matches_paths(pattern: str, path: str, matches: bool) -> None:
    assert PathPattern(pattern).matches(path) is matches


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("users", "The path 'users' does not start with a slash: write it like /users/*."),
        ("/users?a=1", "The path '/users?a=1' has a query: give what stands after the"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        PathPattern(pattern)
    assert str(refused.value).startswith(problem)


def test_what_lies_below_the_prefix() -> None:
    paths = ["/api/v2/users", "/api/v2", "/api/v1/users", "/api/v22"]
    assert [below_prefix(path) for path in paths] == ["/users", "", None, None]


def test_an_operation_is_found_by_its_name() -> None:
    assert str(SMALL.named("getUserById")) == "getUserById, GET /api/v2/users/{id}"
    assert "getUserById" in SMALL
    assert "getUser" not in SMALL
    with pytest.raises(SetupError) as refused:
        SMALL.named("getUserByID")
    assert str(refused.value) == (
        "There is no operation 'getUserByID' (did you mean 'getUserById'?)."
    )


def test_a_path_leads_to_its_operations_and_a_static_one_wins() -> None:
    def at(path: str) -> list[str]:
        return [entry.operation_id for entry in SMALL.at(path)]

    assert at("/api/v2/users/7") == ["getUserById", "updateUser", "deleteUser"]
    assert at("/api/v2/learning-paths/enrollments") == ["createLearningPathEnrollment"]
    assert at("/api/v2/learning-paths/3") == ["getLearningPath"]
    assert at("/api/v2/nope") == []


@pytest.mark.parametrize(
    ("method", "pattern", "found"),
    [
        (None, "/users/*", ["getUserById", "updateUser", "deleteUser"]),
        ("GET", "/users/*", ["getUserById"]),
        ("GET", "/users/5", ["getUserById"]),
        (None, "/learning-paths/enrollments", ["createLearningPathEnrollment"]),
        (None, "/learning-paths/*", ["getLearningPath", "createLearningPathEnrollment"]),
        ("DELETE", "/*-memberships", ["deleteGroupMembership"]),
        ("GET", "/*", ["getUsers", "getCourses", "healthCheck"]),
        ("PUT", "/users/*", []),
        (None, "/user/*", []),
    ],
)
def test_a_pattern_can_lead_to_operations(
    method: str | None, pattern: str, found: list[str]
) -> None:
    entries = SMALL.matching(method, PathPattern(pattern))
    assert [entry.operation_id for entry in entries] == found


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("POST", "/api/v2/enrolments", "createEnrollment"),
        ("POST", "/api/v2/enrollment", "createEnrollment"),
        ("GET", "/users", "getUsers"),
        ("GET", "/api/v1/users/7", "getUserById"),
        ("GET", "/api/v2/api/v2/users", "getUsers"),
        ("GET", "/api/v2/user/*", "getUserById"),
        ("PUT", "/api/v2/users/7", "updateUser"),
        ("DELETE", "/api/v2/users/5/groups/3", "deleteGroupMembership"),
        ("DELETE", "/api/v2/groups/3/members/5", "deleteGroupMembership"),
        ("DELETE", "/api/v2/users/5/courses/3", "deleteEnrollment"),
        ("GET", "/api/v2/users/5/enrollments", "getUserCourses"),
        ("GET", "/api/v2/learningPaths/2", "getLearningPath"),
        ("POST", "/api/v2/learning_paths/enrollments", "createLearningPathEnrollment"),
        (None, "/api/v2/healthz", "healthCheck"),
        ("GET", "/api/v2/webhooks", None),
        ("GET", "/favicon.ico", None),
        ("GET", "/", None),
    ],
)
def test_the_operation_that_was_meant(method: str | None, path: str, meant: str | None) -> None:
    found = SMALL.meant(method, path)
    assert (found and found.operation_id) == meant


def test_an_empty_catalogue_knows_nothing() -> None:
    assert len(Catalogue()) == 0
    assert Catalogue().meant("GET", "/users") is None


def test_the_catalogue_has_every_operation_of_the_api() -> None:
    assert "createEnrollment" in catalogue()
    assert catalogue().named("updateUser") == Entry("PATCH", "/users/{id}", "updateUser")
