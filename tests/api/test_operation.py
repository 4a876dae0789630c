import pytest

from talentlms_mock.api.fidelity import DOCUMENTED
from talentlms_mock.api.operation import NO_CONTENT, Operation, Registry
from talentlms_mock.errors import MockError


def operation(method: str, path: str, operation_id: str) -> Operation:
    return Operation(
        method, path, operation_id, "User", "A test", NO_CONTENT, DOCUMENTED, lambda: None
    )


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (operation("GET", "/users/{user_id}", "other"), "two operations GET /users/{user_id}"),
        (operation("POST", "/x", "getUser"), "two operations 'getUser'"),
    ],
)
def test_a_collision_fails(second: Operation, problem: str) -> None:
    registry = Registry()
    registry.add(operation("GET", "/users/{id}", "getUser"))
    with pytest.raises(MockError, match=problem):
        registry.add(second)
    assert [item.operation_id for item in registry] == ["getUser"]


def test_another_method_is_no_collision() -> None:
    registry = Registry()
    registry.add(operation("GET", "/users/{id}", "getUser"))
    registry.add(operation("DELETE", "/users/{id}", "deleteUser"))
    assert len(registry) == 2
