"""The schemas of what is around the data of a response: links, counts, and errors."""

from talentlms_mock.api.json_schema import Json, nullable, object_of, ref
from talentlms_mock.api.operation import PREFIX
from talentlms_mock.hosts import VENDOR_SUFFIX

_LINKS = {
    "self": ("This page, as an address with its query.", 2),
    "first": ("The first page.", 1),
    "last": ("The last page; of an empty list it is page 1.", 3),
    "prev": (
        "The page before. That of the first page is the first page itself; null, or left out, "
        "where the quirk edge_links says so.",
        1,
    ),
    "next": (
        "The page after. That of the last page is the last page itself; null, or left out, "
        "where the quirk edge_links says so.",
        3,
    ),
}
"""What each link leads to, and the number of that page in the example."""
_COUNTS = {
    "page": ("The number of this page, from 1.", 2),
    "page_size": ("The largest number of items on a page.", 10),
    "total_items": ("The number of items on this page.", 10),
    "total_pages": ("The number of pages; an empty list has one.", 3),
    "total_results": ("The number of items on all pages.", 25),
}


def _links() -> Json:
    address = f"https://samples{VENDOR_SUFFIX}{PREFIX}/users?page[number]={{}}&page[size]=10"
    properties = {
        name: _field(_link(name), text, address.format(number))
        for name, (text, number) in _LINKS.items()
    }
    links = object_of(properties, "Where the other pages of the list are.")
    links["required"] = ["self", "first", "last"]  # the quirk edge_links may omit the others
    return links


def _link(name: str) -> Json:
    text = {"type": "string"}
    return nullable(text) if name in ("prev", "next") else text


def _field(schema: Json, description: str, example: object) -> Json:
    return {**schema, "description": description, "examples": [example]}


def _pagination() -> Json:
    return object_of(
        {
            name: _field({"type": "integer"}, text, example)
            for name, (text, example) in _COUNTS.items()
        },
        "Where the page stands in its list.",
    )


def _page_schemas() -> Json:
    counts = {name: example for name, (_, example) in _COUNTS.items()}
    filters = {"status": {"eq": "active"}}
    pagination = _field(ref("Pagination"), "Where the page stands in its list.", counts)
    filtered_by = _field(ref("FilteredBy"), "The filters of the request, if any.", filters)
    filtered = object_of(
        {"filtered_by": filtered_by, "pagination": pagination},
        "What is known of a page of a list that takes filters.",
    )
    filtered["required"] = ["pagination"]
    return {
        "Links": _links(),
        "Pagination": _pagination(),
        "FilteredBy": {
            "type": "object",
            "description": "The filters as they were understood: values by operator, by field. "
            "Absent without a filter.",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
            "examples": [filters],
        },
        "Meta": object_of({"pagination": pagination}, "What is known of a page."),
        "FilteredMeta": filtered,
    }


_TEXT = "User not found"
_FLAT = {"type": "invalid_request_error", "message": _TEXT}
_RECORDED = {"id": "not_found.user_not_found", "title": _TEXT}


def _error_schemas() -> Json:
    """Return the shapes of an error; the quirk `error_shape` decides which of them is sent."""
    shapes = ("WrappedError", "FlatError", "RecordedErrors", "RouterError")
    text, integer = {"type": "string"}, {"type": "integer"}
    kinds = {"type": "string", "enum": ["invalid_request_error", "api_error"]}
    several = {"type": "array", "items": ref("RecordedError"), "minItems": 1}
    return {
        "Error": {
            "description": "An error, in one of four shapes.",
            "anyOf": [ref(shape) for shape in shapes],
            "examples": [{"error": _FLAT}],
        },
        "WrappedError": object_of(
            {"error": _field(ref("FlatError"), "What is wrong.", _FLAT)},
            "An error with the default of the quirk error_shape, wrapped.",
        ),
        "FlatError": object_of(
            {
                "type": _field(
                    kinds,
                    "Whose mistake it is: invalid_request_error is the client's, api_error the "
                    "server's.",
                    _FLAT["type"],
                ),
                "message": _field(text, "What is wrong, in a sentence for people.", _TEXT),
            },
            "An error with error_shape=flat.",
        ),
        "RecordedErrors": object_of(
            {"_errors": _field(several, "What is wrong; the list has one error.", [_RECORDED])},
            "Errors with error_shape=recorded.",
        ),
        "RecordedError": object_of(
            {
                "id": _field(text, "A name for programs, which stays the same.", _RECORDED["id"]),
                "title": _field(text, "What is wrong, in a sentence for people.", _TEXT),
            },
            "One error with error_shape=recorded.",
        ),
        "RouterError": object_of(
            {
                "status_code": _field(integer, "The status of the response.", 404),
                "reason_phrase": _field(text, "The name of the status.", "Not Found"),
            },
            "With error_shape=recorded, an unknown path or method.",
        ),
    }


ENVELOPE_SCHEMAS: Json = _page_schemas() | _error_schemas()
"""By name."""
