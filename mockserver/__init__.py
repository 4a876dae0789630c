"""A mock of the TalentLMS v2 REST API: a portal that a real client can talk to."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.app import create_app
    from mockserver.errors import (
        HostUnanswered,
        InvalidValue,
        MockError,
        NotFound,
        NotOne,
        RequestRefused,
        RuleBroken,
        SetupError,
    )
    from mockserver.intercept import guard
    from mockserver.portal.outline import Question, Session, Unit
    from mockserver.portal.portal import Portal
    from mockserver.server import MockServer

__all__ = [
    "HostUnanswered",
    "InvalidValue",
    "MockError",
    "MockServer",
    "NotFound",
    "NotOne",
    "Portal",
    "Question",
    "RequestRefused",
    "RuleBroken",
    "Session",
    "SetupError",
    "Unit",
    "create_app",
    "guard",
]

# Imported when first asked for: whoever only imports the package, like a test
# suite that never starts the mock, does not pay for the database and the server.
_HOMES = {
    "HostUnanswered": "mockserver.errors",
    "InvalidValue": "mockserver.errors",
    "MockError": "mockserver.errors",
    "MockServer": "mockserver.server",
    "NotFound": "mockserver.errors",
    "NotOne": "mockserver.errors",
    "Portal": "mockserver.portal.portal",
    "Question": "mockserver.portal.outline",
    "RequestRefused": "mockserver.errors",
    "RuleBroken": "mockserver.errors",
    "Session": "mockserver.portal.outline",
    "SetupError": "mockserver.errors",
    "Unit": "mockserver.portal.outline",
    "create_app": "mockserver.app",
    "guard": "mockserver.intercept",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
