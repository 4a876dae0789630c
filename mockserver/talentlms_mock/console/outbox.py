"""The page of the messages that the portal would have sent."""

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.console.rendering import page
from talentlms_mock.control.parsing import portal_of

_SHOWN = 100


def get(request: Request) -> Response:
    """Show the messages, the newest first."""
    portal = portal_of(request)
    messages = portal.outbox
    return page(
        request,
        "outbox.html",
        portal=portal,
        messages=messages[::-1][:_SHOWN],
        count=len(messages),
    )
