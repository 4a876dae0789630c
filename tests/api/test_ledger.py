"""The ledger of fidelity: what of an operation is known otherwise than the rest of it."""

from typing import Annotated, Any

import pytest

from talentlms_mock.api.fidelity import (
    DOCUMENTED,
    INFERRED,
    OBSERVED,
    OBSERVED_TOOL,
    RECORDED,
    Known,
    Rule,
)
from talentlms_mock.api.ledger import ORDER, Deviation, by_known, deviations, words
from talentlms_mock.api.openapi import document
from talentlms_mock.api.operation import (
    NO_CONTENT,
    NO_CONTENT_INFERRED,
    REGISTRY,
    Filter,
    Operation,
    Parameter,
    one,
)
from talentlms_mock.api.values import STRING, Body, Shape

ALL = pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda item: item.operation_id)


class Leaf(Shape):
    plain: int
    seen: Annotated[str, OBSERVED]
    again: "list[Leaf]"


class Tree(Shape):
    plain: int
    guessed: Annotated[int, INFERRED]
    whole: Annotated[Leaf, OBSERVED_TOOL]
    inner: Annotated[int, INFERRED] | None
    leaf: Leaf | None
    leaves: list[Leaf]


class Request(Body):
    plain: int
    guessed: Annotated[int, INFERRED] = 0


def made(**more: Any) -> Operation:
    options: dict[str, Any] = {"response": NO_CONTENT, "known": DOCUMENTED} | more
    return Operation("GET", "/x", "x", "X", "X", run=lambda session: None, **options)


def found(**more: Any) -> list[Deviation]:
    return deviations(made(**more))


def test_an_operation_that_is_known_as_a_whole_differs_in_nothing() -> None:
    assert found() == []
    assert found(known=INFERRED, response=NO_CONTENT_INFERRED) == []


def test_parameters_and_filters_are_told() -> None:
    query = (Parameter("a", "query", STRING), Parameter("b", "query", STRING, known=OBSERVED))
    filters = (Filter("c", "eq", STRING, lambda value: value, INFERRED),)
    assert found(query=query, filters=filters) == [
        Deviation("parameters", "b", OBSERVED),
        Deviation("parameters", "filter[c][eq]", INFERRED),
    ]
    assert found(query=query, known=OBSERVED, response=NO_CONTENT) == [
        Deviation("parameters", "a", DOCUMENTED)
    ]


def test_fields_are_told_in_whatever_they_stand() -> None:
    assert found(body=Request, response=one(Tree)) == [
        Deviation("body", "guessed", INFERRED),
        Deviation("response", "guessed", INFERRED),
        Deviation("response", "whole", OBSERVED_TOOL),
        Deviation("response", "inner", INFERRED),
        Deviation("response", "leaf.seen", OBSERVED),
        Deviation("response", "leaves.seen", OBSERVED),
    ]


def test_a_field_differs_from_the_answer_that_it_stands_in() -> None:
    assert found(response=one(Tree, INFERRED)) == [
        Deviation("response", "", INFERRED),
        Deviation("response", "whole", OBSERVED_TOOL),
        Deviation("response", "leaf.seen", OBSERVED),
        Deviation("response", "leaves.seen", OBSERVED),
    ]


def test_an_answer_without_content_and_rules_are_told() -> None:
    rules = (Rule("it rains"), Rule("it is dry", DOCUMENTED))
    assert found(response=NO_CONTENT_INFERRED, rules=rules) == [
        Deviation("rules", "the response is 204, without a body", INFERRED),
        Deviation("rules", "it rains", INFERRED),
    ]


def test_they_are_sorted_by_how_well_they_are_known() -> None:
    marks = (INFERRED, OBSERVED, RECORDED, DOCUMENTED)
    items = [Deviation("rules", known.source, known) for known in marks]
    assert [known for known, _ in by_known(items)] == [DOCUMENTED, RECORDED, OBSERVED, INFERRED]
    again = [Deviation("rules", known.source, known) for known in (OBSERVED, OBSERVED_TOOL)]
    assert [known for known, _ in by_known(again)] == [OBSERVED_TOOL, OBSERVED]


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        ([("parameters", "a"), ("parameters", "b")], "a, b"),
        (
            [("body", "a"), ("response", "b"), ("response", "c")],
            "a in the body; b, c in the response",
        ),
        ([("response", ""), ("rules", "x"), ("rules", "y")], "the response; x; y"),
    ],
    ids=range(4),
)
def test_words(items: list[tuple[str, str]], text: str) -> None:
    assert words([Deviation(place, what, INFERRED) for place, what in items]) == text


@ALL
def test_every_mark_is_whole(operation: Operation) -> None:
    marks = [operation.known, *(item.known for item in deviations(operation))]
    assert all(mark.provenance in ORDER and mark.source for mark in marks)
    whats = [(item.place, item.what) for item in deviations(operation)]
    assert len(set(whats)) == len(whats)


@ALL
def test_only_what_the_vendor_publishes_is_documented(operation: Operation) -> None:
    assert operation.provenance in ("documented", "observed")
    observed = {"getCourseUsers", "getGroupUsers", "getBranchUsers"}
    assert (operation.provenance == "observed") == (operation.operation_id in observed)


@pytest.mark.parametrize(
    ("operation_id", "expected"),
    [
        ("getUsers", []),
        ("updateUser", [("body", "active", INFERRED)]),
        ("getCourses", [("response", "", RECORDED)]),
        ("getCourse", [("response", "", RECORDED)]),
        (
            "getCourseUsers",
            [("response", "", INFERRED), ("response", "enrolled_on", OBSERVED_TOOL)],
        ),
        ("createEnrollment", [("response", "", RECORDED)]),
        (
            "deleteEnrollment",
            [("rules", "a course or user that is archived answers 409", INFERRED)],
        ),
        ("healthCheck", [("response", "", INFERRED)]),
        ("getStatistics", [("response", "", RECORDED)]),
    ],
)
def test_marks_of_operations(operation_id: str, expected: list[tuple[str, str, Known]]) -> None:
    assert set(expected) <= set(deviations(REGISTRY[operation_id]))


@ALL
def test_the_document_carries_every_deviation(operation: Operation) -> None:
    whole = document(REGISTRY, "0")
    described = whole["paths"][f"/api/v2{operation.path}"][operation.method.lower()]
    assert described["x-fidelity"]["known"] == operation.provenance
    success = described["responses"][str(operation.response.status)]
    for place, what, known in deviations(operation):
        if place == "parameters":
            (item,) = [each for each in described["parameters"] if each["name"] == what]
        elif place == "body":
            item = _field(whole, described["requestBody"]["content"]["application/json"], what)
        elif place == "response" and what:
            item = _field(whole, success["content"]["application/json"], what)
        elif place == "response" or what == "the response is 204, without a body":
            item = success
        else:
            rules = described["x-fidelity"]["rules"]
            (item,) = [{"x-fidelity": _without(rule)} for rule in rules if rule["rule"] == what]
        assert item["x-fidelity"] == known.as_data()


def _without(rule: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in rule.items() if name != "rule"}


def _field(whole: dict[str, Any], content: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the schema of a field, by a path with dots, through references and what holds it."""
    schema = _object(whole, content["schema"])
    if "_data" in schema["properties"]:
        schema = schema["properties"]["_data"]
    for name in path.split("."):
        field: dict[str, Any] = _object(whole, schema)["properties"][name]
        schema = field
    return schema


def _object(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that `schema` is, refers to, or has items or a choice of."""
    if "properties" in schema:
        return schema
    if "$ref" in schema:
        found: dict[str, Any] = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return _object(whole, found)
    within = schema["items"] if "items" in schema else schema["anyOf"][0]
    return _object(whole, within)
