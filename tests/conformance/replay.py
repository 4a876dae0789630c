"""Sending a recorded request to a portal that was arranged for it, and judging the answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, Literal

import httpx

from talentlms_mock import MockServer, Portal
from talentlms_mock.portal.state.settings import QUIRKS
from tests.conformance.arrange import Ids
from tests.conformance.arrangements import ARRANGEMENTS, PORTALS
from tests.conformance.recorded import Exchange
from tests.conformance.shapes import Difference, Expected, differences, page_differences

Reading = Literal["recorded", "documented"]
"""Which of the vendor's two contradicting sources the portal follows."""

NEWER = {
    "getUsers": {"integration_user_id", "timezone", "language", "last_updated"},
    "getUserById": {"is_default"},
}
"""Fields that the vendor's OpenAPI has and the recordings, which are older, have not."""

ALLOWED = {
    (6, "_data.available_types"): "the overview has a fifth type, which is newer",
    (53, "_data.price"): "our portals have a payment processor, so the price sent comes back",
}
"""The differences that have a reason, by exchange and place."""

_PARAMETERS = {
    "users": "user_id",
    "courses": "course_id",
    "groups": "group_id",
    "branches": "branch_id",
    "categories": "category_id",
    "units": "unit_id",
    "tasks": "task_id",
}
"""What the `id` in a path is the id of, by the first part of the path."""

_TYPED = {"true": True, "false": False}

_USUAL = {"dataset": "empty", "plan": "grow", "clock": "2025-07-10T09:30:00Z"}
"""No users, and the 10000 requests an hour that the recorded portal had."""


@dataclass(frozen=True)
class Outcome:
    """What came of replaying an exchange."""

    exchange: Exchange
    request: httpx.Request
    response: httpx.Response
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        return not self.differences

    def report(self) -> str:
        """Return what was asked, and each difference on a line."""
        request, exchange = self.request, self.exchange
        asked = f"{request.method} {request.url.raw_path.decode()}"
        if request.content:
            asked += f" {request.content.decode()}"
        heading = f"{exchange.number} {exchange.operation_id}, {exchange.example!r}"
        return "\n  ".join([heading, asked, *map(str, self.differences)])


def portal_settings(exchange: Exchange, reading: Reading) -> dict[str, Any]:
    """Return the arguments of `create_portal` for the portal of an exchange."""
    settings = _USUAL | PORTALS.get(exchange.number, {})
    # Until a portal takes a preset, those of its quirks that exist.
    if "preset" in signature(MockServer.create_portal).parameters:
        return settings | {"preset": reading}
    names = [name for name, quirk in QUIRKS.items() if "recorded" in quirk.values]
    return settings | {"quirks": dict.fromkeys(names, "recorded") if reading == "recorded" else {}}


def replay(portal: Portal, exchange: Exchange, reading: Reading) -> Outcome:
    """Arrange `portal` for an exchange, send its request and compare the answer."""
    ids = ARRANGEMENTS[exchange.number](portal, exchange)
    with portal.httpx_client(headers={**portal.headers, "Host": portal.host}) as client:
        request = client.build_request(
            exchange.method,
            _path(exchange, ids),
            params=[(name, str(_mapped(name, value, ids))) for name, value in exchange.query],
            json=_body(portal, exchange, ids, reading),
        )
        response = client.send(request)
    return Outcome(exchange, request, response, tuple(_judged(exchange, response, reading)))


def _path(exchange: Exchange, ids: Ids) -> str:
    if exchange.operation is None:
        return exchange.path
    parts = exchange.path.split("/")
    for at, part in enumerate(exchange.operation.path.split("/")):
        if part.startswith("{"):
            name = part.strip("{}")
            name = _PARAMETERS.get(parts[1], name) if name == "id" else name
            parts[at] = _mapped(name, parts[at], ids)
    return "/".join(parts)


def _body(portal: Portal, exchange: Exchange, ids: Ids, reading: Reading) -> Any:
    if not isinstance(exchange.body, dict):
        return exchange.body
    body = {name: _mapped(name, value, ids) for name, value in exchange.body.items()}
    body |= {name: portal.base_url for name, value in body.items() if value == "{{baseUrl}}"}
    if reading == "documented":
        return {name: _as_documented(name, value) for name, value in body.items()}
    return body


def _mapped(name: str, value: Any, ids: Ids) -> Any:
    """Return the arranged value of this name, as text where the recorded one was text."""
    if name not in ids:
        return value
    return str(ids[name]) if isinstance(value, str) else ids[name]


def _as_documented(name: str, value: Any) -> Any:
    """Return a number or boolean that was sent as text, which the overview forbids, as itself."""
    if name.endswith("_id") and isinstance(value, str) and value.isdigit():
        return int(value)
    return _TYPED.get(value, value) if isinstance(value, str) else value


def _judged(exchange: Exchange, response: httpx.Response, reading: Reading) -> Iterator[Difference]:
    allowed = {place for number, place in ALLOWED if number == exchange.number}
    for difference in _differences(exchange, response, reading):
        if difference.path not in allowed:
            yield difference
        allowed.discard(difference.path)
    for place in sorted(allowed):
        yield Difference(place, "is no longer different: take it out of ALLOWED")


def _differences(
    exchange: Exchange, response: httpx.Response, reading: Reading
) -> Iterator[Difference]:
    if response.status_code != exchange.status:
        said = f"answered {response.status_code}: {response.text[:300]}"
        yield Difference("status", f"recorded {exchange.status} {_error(exchange)}, {said}")
        return
    yield from _header_differences(exchange, response.headers)
    if exchange.answer is None:
        if response.content:
            yield Difference("body", f"none was recorded, answered {response.text[:300]}")
        return
    if exchange.failed:
        wanted = _error(exchange) if reading == "recorded" else _wrapped(exchange)
        if response.json() != wanted:
            yield Difference("body", f"wanted {wanted}, answered {response.json()}")
        return
    sent = exchange.body if isinstance(exchange.body, dict) else {}
    expected = Expected(sent, NEWER.get(exchange.operation_id, ()))
    yield from differences(exchange.answer, response.json(), expected)
    yield from page_differences(response.json())


def _error(exchange: Exchange) -> Any:
    return exchange.answer if exchange.failed else ""


def _wrapped(exchange: Exchange) -> Any:
    """Return the recorded error in the shape of the overview, which has the same text."""
    recorded = exchange.answer
    text = recorded["_errors"][0]["title"] if "_errors" in recorded else recorded["reason_phrase"]
    return {"error": {"type": "invalid_request_error", "message": text}}


def _header_differences(exchange: Exchange, headers: Mapping[str, str]) -> Iterator[Difference]:
    wanted: dict[str, str | None] = dict(exchange.headers)
    remaining = wanted.pop("x-ratelimit-remaining", None)
    if exchange.answer is None:
        # One example of all that have no body names a type for it.
        wanted["content-type"] = None
    for name, recorded in wanted.items():
        if headers.get(name) != recorded:
            yield Difference(f"header {name}", f"recorded {recorded}, answered {headers.get(name)}")
    if remaining is not None and not headers.get("x-ratelimit-remaining", "").isdigit():
        yield Difference("header x-ratelimit-remaining", "no number")
