"""What generators of clients need of both documents, in any language."""

import re
from collections import Counter
from urllib.parse import urlsplit

from openapi_spec_validator import validate

from tests.documents.documents import BOTH, Json, branches, contents, operations, schemas


@BOTH
def test_the_document_is_valid(document: Json) -> None:
    validate(document)


@BOTH
def test_no_schema_is_called_as_the_constructor_of_another(document: Json) -> None:
    names = document["components"]["schemas"]
    for prefix in ("New", "Nullable"):  # functions and types that the generator for Go adds
        assert [name for name in names if f"{prefix}{name}" in names] == []
    assert [name for name, count in Counter(map(str.lower, names)).items() if count > 1] == []


@BOTH
def test_no_schema_is_called_as_the_type_of_a_field(document: Json) -> None:
    names = document["components"]["schemas"]
    for name, schema in names.items():
        for field, value in schema.get("properties", {}).items():
            made_up = name + "".join(part.capitalize() for part in field.split("_"))
            has_type = any("enum" in branch or "properties" in branch for branch in branches(value))
            assert not (has_type and made_up in names), made_up


@BOTH
def test_a_choice_of_types_has_a_name(document: Json) -> None:
    found = list(schemas(document))
    keywords = {"oneOf", "allOf", "not", "prefixItems"}
    assert [schema.place for schema in found if keywords & set(schema.content)] == []
    unnamed = [schema for schema in found if not schema.is_named]
    assert [schema.place for schema in unnamed if len(branches(schema.content)) > 1] == []


@BOTH
def test_an_object_in_an_object_has_a_name(document: Json) -> None:
    for schema in schemas(document):
        if schema.place[0] == "components" and "properties" in schema.content:
            assert schema.is_named, schema.place


@BOTH
def test_only_schemas_with_a_name_have_a_title(document: Json) -> None:
    for schema in schemas(document):
        if "title" in schema.content:
            assert schema.is_named
            assert schema.content["title"] == schema.place[-1]


@BOTH
def test_the_values_of_an_enumeration_are_texts(document: Json) -> None:
    for schema in schemas(document):
        values = schema.content.get("enum", ())
        assert all(isinstance(value, str) for value in values), schema.place
        assert not values or schema.content["type"] == "string", schema.place


@BOTH
def test_no_parameter_is_a_date_or_null(document: Json) -> None:
    for operation in operations(document):
        for parameter in operation["parameters"]:
            assert parameter["schema"].get("format") != "date", parameter["name"]
            assert "anyOf" not in parameter["schema"], parameter["name"]


_TEXTS = ("application/json", "text/event-stream", "text/plain")


@BOTH
def test_a_file_is_binary(document: Json) -> None:
    binary = {"type": "string", "format": "binary"}
    files = 0
    for operation in operations(document):
        for where, content in contents(operation):
            is_file = where.rpartition(" ")[2] not in _TEXTS
            assert (content["schema"] == binary) == is_file, where
            files += is_file
    assert files == (3 if "/__mock__/portals/open" in document["paths"] else 0)


@BOTH
def test_operations_have_names_of_their_own(document: Json) -> None:
    names = [operation["operationId"].lower() for operation in operations(document)]
    assert len(names) == len(set(names))


@BOTH
def test_the_servers_are_addresses(document: Json) -> None:
    assert document["servers"]
    for server in document["servers"]:
        assert server["description"]
        url = server["url"]
        for name, variable in server["variables"].items():
            assert variable["description"]
            url = url.replace(f"{{{name}}}", variable["default"])
        parts = urlsplit(url)
        assert re.fullmatch("https?", parts.scheme)
        assert re.fullmatch(r"[\w.]+(:\d+)?", parts.netloc)
        assert parts.path == ""
