"""Both documents describe everything, with examples that are valid."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel

from talentlms_mock.api.example_values import CHOICES as OF_API
from talentlms_mock.api.example_values import EXAMPLES
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.control.notes.field_notes import CHOICES as OF_CONTROL
from talentlms_mock.control.notes.field_notes import PARAMETER_NOTES, SETTING_NOTES
from talentlms_mock.control.notes.record_notes import RECORD_NOTES
from talentlms_mock.control.routes import ROUTES
from tests.documents.documents import BOTH, DOCUMENTS, NULL, Json, contents, operations, schemas


def problems(schema: Json, example: object, document: Json) -> list[str]:
    """Return what is wrong with an example of a schema."""
    whole = {**schema, "components": document["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator(whole, format_checker=checker)
    return [error.message for error in validator.iter_errors(example)]


def fields(document: Json) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Give every field of every object, with its place."""
    for schema in schemas(document):
        for name, field in schema.content.get("properties", {}).items():
            yield (*schema.place, name), field


def is_sentence(text: object) -> bool:
    return isinstance(text, str) and text.endswith(".") and text[0].isupper() and " " in text


@BOTH
def test_every_operation_is_described(document: Json) -> None:
    undescribed = [
        operation["operationId"]
        for operation in operations(document)
        if not is_sentence(operation["description"])
        or operation["description"] == f"{operation['summary']}."
    ]
    assert undescribed == []


def parameters(document: Json) -> Iterator[tuple[str, Json]]:
    """Give every parameter, with its place."""
    for operation in operations(document):
        for parameter in operation["parameters"]:
            yield f"{operation['operationId']} {parameter['name']}", parameter


@BOTH
def test_every_parameter_is_described(document: Json) -> None:
    found = parameters(document)
    assert [place for place, item in found if not is_sentence(item.get("description"))] == []


@BOTH
def test_every_parameter_has_a_valid_example(document: Json) -> None:
    wrong = {
        place: problems(item["schema"], item["example"], document)
        for place, item in parameters(document)
        if item.get("example", "") == "" or problems(item["schema"], item["example"], document)
    }
    assert wrong == {}


@BOTH
def test_every_field_is_described(document: Json) -> None:
    found = fields(document)
    assert [place for place, field in found if not is_sentence(field.get("description"))] == []


@BOTH
def test_every_field_has_a_valid_example(document: Json) -> None:
    wrong = {
        place: problems(field, field["examples"][0], document)
        for place, field in fields(document)
        if "examples" not in field or problems(field, field["examples"][0], document)
    }
    assert wrong == {}


@BOTH
def test_a_field_that_may_be_null_says_when(document: Json) -> None:
    nullable = [item for item in fields(document) if NULL in item[1].get("anyOf", ())]
    assert [place for place, field in nullable if "null" not in field["description"]] == []


@BOTH
def test_only_a_field_that_is_always_null_has_null_as_its_example(document: Json) -> None:
    null = [item for item in fields(document) if item[1]["examples"] == [None]]
    assert [place for place, field in null if "always null" not in field["description"]] == []


@BOTH
def test_every_schema_with_a_name_is_described(document: Json) -> None:
    named = document["components"]["schemas"]
    assert [name for name, schema in named.items() if not is_sentence(schema["description"])] == []
    wrong = {
        name: problems(schema, example, document)
        for name, schema in named.items()
        for example in schema.get("examples", ())
        if problems(schema, example, document)
    }
    assert wrong == {}


@BOTH
def test_every_body_has_a_valid_example(document: Json) -> None:
    wrong = {
        (operation["operationId"], where): content.get("example")
        for operation in operations(document)
        for where, content in contents(operation)
        if where[0] not in "45"  # all errors have one schema, which has an example
        and ("example" not in content or problems(content["schema"], content["example"], document))
    }
    assert wrong == {}


def bodies() -> Iterator[tuple[str, str, type[BaseModel]]]:
    for operation in REGISTRY:
        if operation.body is not None:
            yield "api", operation.operation_id, operation.body
    for route in ROUTES:
        if route.body is not None:
            yield "control", route.name, route.body


def test_the_mock_takes_the_examples_of_bodies() -> None:
    examples: dict[tuple[str, str], Any] = {
        (which, operation["operationId"]): operation["requestBody"]["content"]
        for which, document in DOCUMENTS.items()
        for operation in operations(document)
        if "requestBody" in operation
    }
    for which, name, body in bodies():
        body.model_validate(examples[which, name]["application/json"]["example"])


def test_the_examples_of_the_api_are_the_recorded_ones() -> None:
    described = DOCUMENTS["api"]["paths"]["/api/v2/users"]["get"]
    examples = {item["name"]: item["example"] for item in described["parameters"]}
    assert examples["filter[status][eq]"] == "active"
    assert examples["page[size]"] == 2
    content = described["responses"]["200"]["content"]["application/json"]
    assert content["example"]["_meta"]["filtered_by"] == {"status": {"eq": "active"}}
    login = DOCUMENTS["api"]["components"]["schemas"]["ListedUser"]["properties"]["login"]
    assert login["examples"] == [content["example"]["_data"][0]["login"]]


def keys(document: Json) -> set[str]:
    """Return what a table may call the fields of a document: by name, alone or in a schema."""
    named = document["components"]["schemas"]
    found = {(name, field) for name in named for field in named[name].get("properties", {})}
    return {field for _, field in found} | {f"{name}.{field}" for name, field in found}


def test_the_tables_describe_no_field_that_is_not_there() -> None:
    assert set(EXAMPLES) - keys(DOCUMENTS["api"]) == set()
    filters = {
        parameter["name"]
        for operation in operations(DOCUMENTS["control"])
        for parameter in operation["parameters"]
    }
    assert set(SETTING_NOTES) - keys(DOCUMENTS["control"]) == set()
    assert set(RECORD_NOTES) - keys(DOCUMENTS["control"]) - filters == set()
    assert set(PARAMETER_NOTES) - filters == set()


def test_the_names_of_choices_are_used() -> None:
    for document, choices in ((DOCUMENTS["api"], OF_API), (DOCUMENTS["control"], OF_CONTROL)):
        references = {schema.content.get("$ref", "") for schema in schemas(document)}
        used = {reference.rpartition("/")[2] for reference in references}
        assert {choice.name for choice in choices} - used == set()
