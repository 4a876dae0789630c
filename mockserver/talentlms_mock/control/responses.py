"""What the control API answers, for its OpenAPI document; answers are not validated at run time."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.clock import Clock

_CONFIG = ConfigDict(extra="forbid", defer_build=True)


class Health(BaseModel):
    model_config = _CONFIG

    status: Literal["ok"]
    version: str
    portals: int


class ClockState(BaseModel):
    model_config = _CONFIG

    now: str
    frozen: bool
    factor: float
    follows_system: bool


class WindowState(BaseModel):
    model_config = _CONFIG

    limit: int
    window: float
    remaining: int
    ends_at: str | None


class RateLimitState(BaseModel):
    model_config = _CONFIG

    hour: WindowState
    burst: WindowState


class PortalState(BaseModel):
    """A portal; `headers` are those of a well-behaved client, `requests` counts those kept."""

    model_config = _CONFIG

    domain: str
    host: str
    base_url: str
    control_url: str
    ca_file: str
    api_key: str
    headers: dict[str, str]
    plan: str
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
    """A fault: its options as they were given, and what it has done."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    number: int
    calls: int
    fired: int


class Change(BaseModel):
    model_config = _CONFIG

    entity: str
    id: int


class ExchangeState(BaseModel):
    """A request and its answer; `duration` in seconds, `status` 0 where no answer left."""

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
    reason: str
    warnings: list[str]
    changes: list[Change]
    faults: list[int]


class Warned(BaseModel):
    """A contract warning, and the number of its request."""

    model_config = _CONFIG

    number: int
    text: str


class SnapshotState(BaseModel):
    model_config = _CONFIG

    name: str
    taken_at: str
    bytes: int
    journal: bool


class ScenarioState(BaseModel):
    model_config = _CONFIG

    name: str
    description: str


class MessageState(BaseModel):
    model_config = _CONFIG

    kind: Literal["password_reset", "username_recovery"]
    recipient: str
    subject: str
    link: str
    created_at: str
    user_id: int | None


class Opened(BaseModel):
    """The unit that a course was opened at; null where it has none."""

    model_config = _CONFIG

    unit_id: int | None


class Answered(BaseModel):
    """What the unit is now."""

    model_config = _CONFIG

    completion_status: str


class Stepped(BaseModel):
    """What the task is now."""

    model_config = _CONFIG

    status: str


def portal_state(portal: Portal) -> dict[str, Any]:
    """Return what a portal is, without looking at its data."""
    settings = portal.settings
    return {
        "domain": portal.domain,
        "host": portal.host,
        "base_url": portal.base_url,
        "control_url": portal.control_url,
        "ca_file": str(portal.ca_file),
        "api_key": portal.api_key,
        "headers": portal.headers,
        "plan": settings.plan,
        "quirks": dict(portal.quirks),
        "api_enabled": settings.api_enabled,
        "active": settings.active,
        "key_revoked": settings.key_revoked,
        "tasks": settings.tasks,
        "clock": clock_state(portal.clock),
        "rate_limit": portal.rate_limit.as_data(),
        "faults": len(portal.faults),
        "requests": len(portal.requests),
    }


def clock_state(clock: Clock) -> dict[str, Any]:
    """Return what a clock shows, and how it goes."""
    return clock.as_data()
