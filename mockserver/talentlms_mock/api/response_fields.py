"""What a portal may know of the responses of operations: the names of their fields."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel

from talentlms_mock.api.operation import Operation
from talentlms_mock.portal.contract.response_fields import Fields

_OPEN = Fields(is_open=True)
_LEAF = Fields()
_LINKS = dict.fromkeys(("self", "first", "last", "prev", "next"), _LEAF)
_PAGINATION = dict.fromkeys(
    ("page", "page_size", "total_items", "total_pages", "total_results"), _LEAF
)


def fields_of_response(operation: Operation) -> Fields | None:
    """Return the fields of what `operation` answers; None where it answers without a body."""
    shape = operation.response.shape
    if shape is None:
        return None
    fields = {"_data": _of_model(shape, ())}
    if operation.paginated:
        fields["_links"] = Fields(_LINKS)
        meta = {"filtered_by": _OPEN} if operation.filters else {}
        fields["_meta"] = Fields({**meta, "pagination": Fields(_PAGINATION)})
    return Fields(fields)


def _of_model(model: type[BaseModel], within: tuple[type[BaseModel], ...]) -> Fields:
    if model in within:  # like the categories in a category: any depth
        return _OPEN
    deeper = (*within, model)
    return Fields({name: _of(part.annotation, deeper) for name, part in model.model_fields.items()})


def _of(annotation: Any, within: tuple[type[BaseModel], ...]) -> Fields:
    """Return the fields of a value of this type; a choice of types has those of them all."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _of_model(annotation, within)
    if annotation is Any or (get_origin(annotation) or annotation) is dict:
        return _OPEN
    parts = [_of(part, within) for part in get_args(annotation)]
    inside = {name: fields for part in parts for name, fields in part.inside.items()}
    return Fields(inside, is_open=any(part.is_open for part in parts))
