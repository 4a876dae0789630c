"""What a form sent, and whether a page of the portal sent it."""

import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request

from talentlms_mock.asgi.call import media_type
from talentlms_mock.errors import InvalidValue, Refusal, RuleBroken
from talentlms_mock.pages.visit import FORM_COOKIE

LARGEST_FORM = 1024 * 1024
"""The maximum size of a form, in bytes."""

_FOREIGN = Refusal(
    403, "forbidden", "No page of this portal sent this form. Open the page, and send it again."
)
_TOO_LARGE = Refusal(413, "content_too_large", "The form is larger than 1 MiB.")
_TYPE = "application/x-www-form-urlencoded"


async def read_form(request: Request, origin: str) -> Mapping[str, Sequence[str]]:
    """Return what a form sent, by the names of its fields.

    Args:
        request: the request.
        origin: of the portal's pages, for this browser.

    Raises:
        RuleBroken: a page of another origin may have sent it, or it is too large.
        InvalidValue: it is no form.
    """
    headers = request.headers
    foreign = headers.get("origin", origin) != origin
    if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RuleBroken(_FOREIGN)
    if media_type(headers) != _TYPE:
        raise InvalidValue(f"A form has the type {_TYPE}.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM:
            raise RuleBroken(_TOO_LARGE)
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10_000)
    except ValueError:  # bytes that are no text, or too many fields
        raise InvalidValue("This form cannot be read.") from None
    sent, kept = form.get("form_token", [""])[0], request.cookies.get(FORM_COOKIE, "")
    if not kept or not hmac.compare_digest(sent.encode(), kept.encode()):
        raise RuleBroken(_FOREIGN)
    return form
