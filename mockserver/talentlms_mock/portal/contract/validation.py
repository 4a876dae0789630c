"""What pydantic found wrong in somebody's data, in one sentence for a person."""

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from talentlms_mock.portal.contract.suggest import suggest


def first_mistake(error: ValidationError, model: type[BaseModel], *more_keys: str) -> str:
    """Return the first mistake and its place in the data of `model`; places count from 1.

    Args:
        error: what is wrong.
        model: what the data should have been.
        more_keys: that may stand at the top too.
    """
    mistake = error.errors(include_url=False)[0]
    location = mistake["loc"]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    if mistake["type"] == "extra_forbidden":
        key = str(location[-1])
        keys = [*_keys(model, location[:-1]), *(more_keys if len(location) == 1 else ())]
        return f"{place} is not a known key{suggest(key, keys)}"
    if mistake["type"] == "literal_error" and isinstance(mistake["input"], str):
        expected = mistake["ctx"]["expected"].replace(" or ", ", ").split(", ")
        known = [value.strip("'") for value in expected]
        return f"{place} cannot be {mistake['input']!r}{suggest(mistake['input'], known)}"
    message = mistake["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand at a place in the data of `model`."""
    for part in location:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            annotation = fields[part].annotation
            (model,) = filter(_is_model, (annotation, *get_args(annotation)))
    return [field.alias or name for name, field in model.model_fields.items()]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
