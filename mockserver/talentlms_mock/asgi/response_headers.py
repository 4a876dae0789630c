"""Adding headers to every response of an application."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ResponseHeaders:
    """Adds headers to whatever an application responds.

    Args:
        app: the application.
        headers: replace those of the response.
        defaults: are added where the response has none of this name.
    """

    def __init__(
        self, app: ASGIApp, headers: Mapping[str, str], defaults: Mapping[str, str] | None = None
    ) -> None:
        self._app = app
        self._headers = headers
        self._defaults = defaults or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                for name, value in self._defaults.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
