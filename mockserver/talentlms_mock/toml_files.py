"""The TOML files that come with the package or are the user's: where they are, what is wrong."""

import os
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from talentlms_mock.errors import SetupError, nearest


def folder(kind: str) -> Path:
    """Return where the files of a kind are that come with the package: `portals`, `scenarios`."""
    package = Path(__file__).parent
    installed = package / "data" / kind
    return installed if installed.is_dir() else package.parents[1] / "fixtures" / kind


def is_path(name: str) -> bool:
    """Return whether `name` is a path: it holds a path separator, or ends in `.toml`."""
    separators = {os.sep, os.altsep, "/"} - {None}
    return name.endswith(".toml") or any(str(separator) in name for separator in separators)


def parse(path: Path, what: str) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises:
        SetupError: it cannot be read, or is no TOML; the sentence calls it a `what` file.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(
            f"The {what} file {path} cannot be read: {error.strerror or error}.", at=what
        ) from None
    except UnicodeDecodeError:
        raise SetupError(f"The {what} file {path} is not UTF-8.", at=what) from None
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"The {what} file {path} is not TOML: {error}.", at=what) from None


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
        return f"{place} is not a known key{nearest(key, keys)}"
    if mistake["type"] == "literal_error" and isinstance(mistake["input"], str):
        expected = mistake["ctx"]["expected"].replace(" or ", ", ").split(", ")
        known = [value.strip("'") for value in expected]
        return f"{place} cannot be {mistake['input']!r}{nearest(mistake['input'], known)}"
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
