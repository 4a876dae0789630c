"""Examples of bodies and responses that cannot be made of those of their fields."""

from collections.abc import Mapping
from typing import Any

BODIES: Mapping[str, Any] = {
    "FaultRule": {"method": "GET", "path": "/users/*", "status": 503, "times": 2},
}
"""Of requests, by the name of the body."""

RESPONSES: Mapping[str, Any] = {
    "listOperations": [{"method": "GET", "path": "/users", "operation_id": "getUsers"}],
    "getDocument": {"openapi": "3.1.0", "info": {"title": "talentlms-mock, control"}},
    "getApiDocument": {"openapi": "3.1.0", "info": {"title": "talentlms-mock"}},
}
"""Of JSON without a schema of its own, by the name of the route."""
