"""Whole answers that several tests expect."""

from typing import Any

import httpx

Json = dict[str, Any]

WRONG = "Invalid arguments provided: "


def refusal(message: str) -> Json:
    """Return the JSON of an error of the client's."""
    return {"error": {"type": "invalid_request_error", "message": message}}


def error(shape: str, id: str, text: str, kind: str = "invalid_request_error") -> Json:
    """Return the JSON of an error in a shape of the quirk `error_shape`."""
    if shape == "recorded":
        return {"_errors": [{"id": id, "title": text}]}
    flat = {"type": kind, "message": text}
    return flat if shape == "flat" else {"error": flat}


ROUTER_HEADERS = {"vary": "Origin", "x-content-type-options": "nosniff"}
"""The headers of a response of the router, but for those of its content."""

API_HEADERS = ROUTER_HEADERS | {
    "cache-control": "no-store, no-cache, must-revalidate",
    "pragma": "no-cache",
    "expires": "Thu, 19 Nov 1981 08:52:00 GMT",
}
"""The headers of every other response, but for those of its content and of the rate limit."""


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return the headers of a response, but for those that HTTP itself asks for."""
    http = ("date", "content-length", "transfer-encoding")
    return {name: value for name, value in response.headers.items() if name not in http}


def image(stem: str) -> Json:
    """Return the five sizes of one of the portal's own pictures."""
    return {
        size: f"https://static.example.com/{stem}_{size}.png"
        for size in ("default", "sm", "md", "lg", "xl")
    }


LEARNER = {"id": 4, "name": "Learner-Type", "is_default": True}

ADA: Json = {
    "name": "Ada",
    "surname": "Lovelace",
    "login": "ada",
    "email": "ada@example.com",
    "password": "Passw0rd",
}
"""The least that makes a user."""


def user(id: int, **different: Any) -> Json:
    """Return the answer of a new user made from ADA, but for what is `different`."""
    return {
        "id": id,
        "login": "ada",
        "name": "Ada",
        "surname": "Lovelace",
        "email": "ada@example.com",
        "credits": None,
        "description": None,
        "avatar": image("avatars/unknown"),
        "custom_fields": [],
        "email_notifications": True,
        "timezone": "UTC",
        "locale": "en-US",
        "user_type": LEARNER,
        "status": "active",
        "deactivation_date": None,
        "available_types": [LEARNER],
    } | different


def listed(id: int, now: str, **different: Any) -> Json:
    """Return how a list shows a new user made from ADA, but for what is `different`."""
    return {
        "id": id,
        "login": "ada",
        "name": "Ada",
        "surname": "Lovelace",
        "email": "ada@example.com",
        "avatar": image("avatars/unknown"),
        "type": "Learner-Type",
        "registration": now,
        "last_login": None,
        "status": "active",
        "integration_user_id": None,
        "timezone": "UTC",
        "language": "en-US",
        "last_updated": now,
    } | different
