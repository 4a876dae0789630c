"""A request to see a difference again: a command with placeholders, and no value of anybody's."""

import json
import re
from typing import Any

import orjson

from talentlms_mock.api.operation import PREFIX, Operation
from talentlms_mock.api.page import NUMBER, SIZE
from talentlms_mock.api.parse import with_operator
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.verify.exchange import WRONG_KEY, Seen
from talentlms_mock.verify.forms import field_name, form

KEY, DOMAIN = "TALENTLMS_KEY", "TALENTLMS_DOMAIN"
"""The environment variables that the command reads."""

_VERSION = "2025-07-01"


def command(seen: Seen, operation: Operation | None) -> str:
    """Return a curl command for a POSIX shell that sends the like of a request."""
    words = ["curl", "-g"]
    if seen.method != "GET":
        words += ["-X", seen.method]
    sent = seen.sent_headers
    if sent is None or "x-api-key" in sent:
        is_wrong = sent is not None and sent["x-api-key"] == WRONG_KEY
        words.append(f'-H "X-API-Key: {"wrong" if is_wrong else f"${KEY}"}"')
    if sent is None or "x-api-version" in sent:
        words.append(f'-H "X-API-Version: {_VERSION}"')
    if sent is None or sent.get("accept") == "application/json":
        words.append('-H "Accept: application/json"')
    if seen.sent_body:
        words.append(f"--json '{_body(seen.sent_body)}'")
    words.append(
        f'"https://${DOMAIN}{VENDOR_SUFFIX}{_path(seen, operation)}{_query(seen, operation)}"'
    )
    return " ".join(words)


def _path(seen: Seen, operation: Operation | None) -> str:
    if operation is None:
        return f"{PREFIX}/{{path}}"
    names = [parameter.name for parameter in operation.path_parameters]
    template = re.escape(PREFIX + operation.path)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]*)", template)
    match = re.fullmatch(pattern, seen.path)
    path = PREFIX + operation.path
    for name in names:
        if match is not None and name == "id" and not match[name].isdigit():
            path = path.replace(f"{{{name}}}", "malformed")
    return path


def _query(seen: Seen, operation: Operation | None) -> str:
    pairs = [
        f"{_parameter(name)}={_value(name, text, operation)}" for name, text in seen.query.items()
    ]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _parameter(name: str) -> str:
    parts = re.split(r"([\[\]]+)", name)
    return "".join(part if not part or part[0] in "[]" else field_name(part) for part in parts)


def _value(name: str, text: str, operation: Operation | None) -> str:
    if name in (NUMBER, SIZE) and text.lstrip("-").isdecimal():
        return text
    known = operation.filters_by_name if operation else {}
    filter = known.get(with_operator(name, known))
    listed = filter.kind.schema.get("enum", ()) if filter else ()
    return text if text in listed else "{value}"


def _body(content: bytes) -> str:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return "{no JSON}"
    return json.dumps(_placeholders(document))


def _placeholders(value: Any) -> Any:
    if isinstance(value, dict):
        return {field_name(name): _placeholders(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_placeholders(one) for one in value[:1]]
    return value if isinstance(value, bool) or value is None else f"<{form(value)}>"
