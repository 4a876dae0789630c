"""The errors of the API, and their JSON in each of its shapes."""

from dataclasses import replace
from http import HTTPStatus

import orjson

from talentlms_mock.errors import MockError, Refusal, RequestRefused

ErrorShape = str
"""A value of the quirk `error_shape`: wrapped, flat or recorded."""


class ApiError(MockError):
    """The API responds with an error.

    Args:
        refusal: the error.
        reason: what decided it, for the person who reads the log.
        headers: further ones of the response.
    """

    def __init__(
        self, refusal: Refusal, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal
        self.reason = reason
        self.headers = headers


def from_refusal(refused: RequestRefused, duplicate_status: str) -> ApiError:
    """Return the error for what the portal refused.

    Args:
        refused: by the portal; its hint is left out, since the API gives none.
        duplicate_status: the value of the quirk.
    """
    refusal = refused.refusal
    if refusal.is_duplicate and duplicate_status == "409":
        refusal = replace(refusal, status=409, id="conflict")
    return ApiError(refusal, refusal.text)


def error_body(refusal: Refusal, shape: ErrorShape) -> bytes:
    """Return the JSON of an error in the `shape` of the quirk `error_shape` (conventions.md)."""
    if shape == "recorded":
        if refusal.of_router:
            phrase = HTTPStatus(refusal.status).phrase
            return orjson.dumps({"status_code": refusal.status, "reason_phrase": phrase})
        return orjson.dumps({"_errors": [{"id": refusal.id, "title": refusal.text}]})
    error = {"type": refusal.type, "message": refusal.text}
    return orjson.dumps(error if shape == "flat" else {"error": error})
