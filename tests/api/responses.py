"""Whole answers that several tests expect."""

from typing import Any

Json = dict[str, Any]

WRONG = "Invalid arguments provided: "


def refusal(message: str) -> Json:
    """Return the JSON of an error of the client's."""
    return {"error": {"type": "invalid_request_error", "message": message}}


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
