"""The responses of the control API: as they are sent, and their models for its OpenAPI document.

Responses are not validated against the models at run time; tests do that.
"""

from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.addresses import addresses_of
from talentlms_mock.portal.portal import Portal

_CONFIG = ConfigDict(extra="forbid", defer_build=True)


class JsonResponse(Response):
    """A response with a value as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of `content`."""
        return orjson.dumps(content)


class NoContent(Response):
    """A response of 204."""

    def __init__(self) -> None:
        super().__init__(status_code=204)


class Health(BaseModel):
    """Whether the mock runs."""

    model_config = _CONFIG

    status: Literal["ok"]
    version: str
    portals: int


class ClockState(BaseModel):
    """The clock of a portal."""

    model_config = _CONFIG

    now: str
    frozen: bool
    factor: float
    follows_system: bool


class WindowState(BaseModel):
    """One of the two rate limits."""

    model_config = _CONFIG

    limit: int
    window: float
    remaining: int
    ends_at: str | None


class RateLimitState(BaseModel):
    """Both rate limits of a portal."""

    model_config = _CONFIG

    hour: WindowState
    burst: WindowState


class PortalState(BaseModel):
    """A portal; `headers` are those that a client sends, `requests` the number in the journal."""

    model_config = _CONFIG

    domain: str
    host: str
    base_url: str
    control_url: str
    console_url: str
    ca_file: str
    api_key: str
    headers: dict[str, str]
    plan: str
    preset: str
    quirks: dict[str, str]
    api_enabled: bool
    active: bool
    key_revoked: bool
    tasks: str
    clock: ClockState
    rate_limit: RateLimitState
    faults: int
    requests: int


class FaultState(BaseModel):
    """A fault: its options, and how many requests it counted and met."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    number: int
    calls: int
    fired: int


class Change(BaseModel):
    """A row that a request changed."""

    model_config = _CONFIG

    entity: str
    id: int


class ExchangeState(BaseModel):
    """A request and its response; `duration` in seconds, `status` 0 where no response was sent."""

    model_config = _CONFIG

    number: int
    time: str
    duration: float
    method: str
    path: str
    operation_id: str | None
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int
    response: Any
    response_headers: dict[str, str]
    reason: str
    warnings: list[str]
    changes: list[Change]
    faults: list[int]


class ContractWarning(BaseModel):
    """A contract warning, and the number of its request."""

    model_config = _CONFIG

    number: int
    text: str


class SnapshotState(BaseModel):
    """A snapshot of a portal."""

    model_config = _CONFIG

    name: str
    taken_at: str
    bytes: int
    journal: bool


class ValueChange(BaseModel):
    """A value of a row in two states; null where the row was not there."""

    model_config = _CONFIG

    before: Any
    after: Any


class RowChangeState(BaseModel):
    """A row that differs between two states; `fields` are its values where it was changed."""

    model_config = _CONFIG

    table: str
    kind: Literal["added", "changed", "removed"]
    key: str
    name: str
    fields: dict[str, ValueChange]


class UpcomingState(BaseModel):
    """Something that time will bring, and the record that it is about."""

    model_config = _CONFIG

    at: str
    what: str
    collection: str
    id: int | str
    name: str


class TimeLapseState(BaseModel):
    """What happened while days went by: the new events of the timeline, by their type."""

    model_config = _CONFIG

    began_at: str
    ended_at: str
    events: dict[str, int]


class ScenarioState(BaseModel):
    """A built-in scenario."""

    model_config = _CONFIG

    name: str
    description: str


class DatasetState(BaseModel):
    """A portal as a dataset."""

    model_config = _CONFIG

    toml: str


class MessageState(BaseModel):
    """An email that the portal would have sent."""

    model_config = _CONFIG

    kind: Literal["password_reset", "username_recovery"]
    recipient: str
    subject: str
    link: str
    created_at: str
    user_id: int | None


class OpenedUnit(BaseModel):
    """The unit at which a course was opened; null where it has none."""

    model_config = _CONFIG

    unit_id: int | None


class UnitStatus(BaseModel):
    """The status of a unit after an answer."""

    model_config = _CONFIG

    completion_status: str


class TaskState(BaseModel):
    """The status of a task after a step."""

    model_config = _CONFIG

    status: str


def portal_state(portal: Portal, request: Request) -> dict[str, Any]:
    """Return a portal as JSON-able values, without reading its data.

    Args:
        portal: the portal.
        request: by whose client its addresses are read.
    """
    settings = portal.settings
    return {
        "domain": portal.domain,
        "host": portal.host,
        **addresses_of(portal, request),
        "ca_file": str(portal.ca_file),
        "api_key": portal.api_key,
        "headers": portal.headers,
        "plan": settings.plan,
        "preset": settings.preset,
        "quirks": dict(portal.quirks),
        "api_enabled": settings.api_enabled,
        "active": settings.active,
        "key_revoked": settings.key_revoked,
        "tasks": settings.tasks,
        "clock": portal.clock.as_data(),
        "rate_limit": portal.rate_limit.as_data(),
        "faults": len(portal.faults),
        "requests": len(portal.requests),
    }
