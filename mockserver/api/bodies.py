"""What is wrong with a request body, in words."""

from pydantic import ValidationError

_PROBLEMS = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "list_type": "must be an array",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} items",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be a valid email address",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
"""What a body's value does wrong, by pydantic's name for it."""


def first_problem(error: ValidationError) -> str:
    """Return the first thing that is wrong with a body: the field, and what it must be."""
    problem = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    words = _PROBLEMS.get(problem["type"], "is not valid")
    return f"{field} {words.format(**problem.get('ctx', {}))}"
