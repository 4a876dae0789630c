"""What the API answers when it refuses: statuses, types, messages, and the shape of the JSON."""

import orjson

from talentlms_mock.errors import InvalidValue, MockError, NotFound, RequestRefused, RuleBroken

STATUS = {InvalidValue: 400, RuleBroken: 400, NotFound: 404}
"""The status of each way in which a portal refuses (conventions.md, Order of the checks)."""

HTTPS_REQUIRED = "The API is available over HTTPS only."
API_DISABLED = "API is not enabled for the specified domain or the domain is currently inactive."
INVALID_KEY = "Invalid API key provided."
VERSION_MISSING = "The X-API-Version header is required."
VERSION_MALFORMED = "The X-API-Version header must be a date in the format YYYY-MM-DD."
NOT_ACCEPTABLE = "The Accept header must allow application/json."
RATE_LIMITED = "The API request rate limit has been exceeded."
NO_SUCH_PATH = "The requested API action does not exist"
WRONG_METHOD = "The requested API action does not support this method"
BODY_NOT_JSON = "The request body is not valid JSON."
BODY_NOT_OBJECT = "The request body is not a JSON object."
BODY_TOO_LARGE = "The request body is larger than 1 MiB."
INTERNAL = "Internal server error."


class ApiError(MockError):
    """The API answers with an error.

    Args:
        status: of the answer.
        message: the vendor's, or one in its tone.
        reason: what decided it, for the person who reads the log.
    """

    def __init__(self, status: int, message: str, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason


def from_refusal(refusal: RequestRefused) -> ApiError:
    """Return the answer to what the portal refused."""
    return ApiError(STATUS[type(refusal)], str(refusal), str(refusal))


def error_body(status: int, message: str, shape: str) -> bytes:
    """Return the JSON of an error in the `shape` of the quirk `error_shape`."""
    kind = "api_error" if status >= 500 else "invalid_request_error"
    error = {"type": kind, "message": message}
    return orjson.dumps(error if shape == "flat" else {"error": error})
