"""The registry of the control API."""

import pytest

from talentlms_mock.control.operation import Operation, Registry
from talentlms_mock.control.problems import Problem
from talentlms_mock.errors import MockError


def _operation(name: str, method: str = "GET", path: str = "/things/{id}") -> Operation:
    return Operation(method, path, name, tag="", summary="", run=lambda subject: None)


def test_two_operations_of_one_name_or_place_are_refused() -> None:
    registry = Registry()
    registry.add(_operation("one"))
    for other in (_operation("one", "POST"), _operation("other")):
        with pytest.raises(MockError):
            registry.add(other)
    registry.add(_operation("other", "POST"))
    assert [each.name for each in registry] == ["one", "other"]
    assert (len(registry), registry["one"].path_parameters) == (2, ("id",))


def test_what_is_static_wins_where_it_has_the_method() -> None:
    registry = Registry()
    registry.add(_operation("one"))
    registry.add(_operation("special", "POST", "/things/special"))

    assert registry.find("POST", "/__mock__/things/special")[0].name == "special"
    found, values = registry.find("GET", "/__mock__/things/special")
    assert (found.name, values) == ("one", {"id": "special"})
    with pytest.raises(Problem) as refused:
        registry.find("PUT", "/__mock__/things/special")
    assert (refused.value.status, refused.value.headers) == (405, [(b"allow", b"POST, GET")])
