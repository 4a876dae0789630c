"""A route of the control API: Starlette's, with what its document says of it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import nullcontext
from inspect import iscoroutinefunction
from typing import Any, Literal, Required, TypedDict, Unpack
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from talentlms_mock.asgi.off_loop import turn
from talentlms_mock.control.content import read_content
from talentlms_mock.control.problems import MALFORMED, Problem

Endpoint = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]
MediaType = Literal[
    "application/json", "text/event-stream", "application/vnd.sqlite3", "text/plain"
]
SQLITE: MediaType = "application/vnd.sqlite3"
PEM: MediaType = "text/plain"
"""Clients that are generated know no type of its own for certificates."""
FILES = (SQLITE, "application/octet-stream")
"""The types of content of an uploaded file; many generated clients know only the second."""


class Body(BaseModel):
    """The JSON object of a request: types are strict, and unknown fields are refused."""

    model_config = ConfigDict(
        strict=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True
    )

    def set_fields(self) -> dict[str, Any]:
        """Return the fields that the request has, by their names in Python."""
        return self.model_dump(exclude_unset=True)


class Query(BaseModel):
    """The parameters of a query, read from their texts; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def set_fields(self) -> dict[str, Any]:
        """Return the parameters that the request has, by their names in Python."""
        return self.model_dump(exclude_unset=True)


class RouteOptions(TypedDict, total=False):
    """What is said of a route.

    `tag` is the group that it stands in, `summary` one line; both stand in the document and the
    reference. `description` says more for the document; else the docstring of the endpoint does.
    `body` is the model of the JSON body, for `read_body`; a request may come without one where
    `body_required` is False. `query` is the model of the query, for `read_query`; without one a
    request may have no query. `takes_file` says that the body is a file, for `uploaded_file`.

    `response` is the type of the JSON in the response, whose status is 200 or `status`; None is a
    response without a body, 204. `media` is the type of its content, where it is not JSON.
    `errors` are the statuses of errors that not every route has. `python` names what of the
    Python handle the route does. `public` says that it needs no token: it gives away nothing.
    """

    tag: Required[str]
    summary: Required[str]
    description: str
    body: type[BaseModel]
    body_required: bool
    query: type[Query]
    takes_file: bool
    response: Any
    status: int
    media: MediaType
    errors: tuple[int, ...]
    python: tuple[str, ...]
    public: bool


class ControlRoute(Route):
    """One method of one path below `/__mock__`.

    The path is matched as it was sent, so that `%2F` in a name does not split it; the endpoint
    gets the names decoded. HEAD is not answered where GET is.

    Args:
        method: of the requests that it is for.
        path: of them, with names in braces.
        endpoint: answers them.
        name: the operation's id in the document.
        options: what is said of the route.
    """

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        *,
        name: str,
        **options: Unpack[RouteOptions],
    ) -> None:
        super().__init__(path, endpoint, methods=[method], name=name)
        self.method = method
        self.methods = {method}
        self.tag = options["tag"]
        self.summary = options["summary"]
        self.description = " ".join(options.get("description", endpoint.__doc__ or "").split())
        self.body = options.get("body")
        self.body_required = options.get("body_required", True)
        self.query = options.get("query")
        self.takes_file = options.get("takes_file", False)
        self.response = options.get("response")
        self.status = 204 if self.response is None else options.get("status", 200)
        self.media: MediaType = options.get("media", "application/json")
        self.errors = options.get("errors", ())
        self.python = options.get("python", ())
        self.public = options.get("public", False)

    def __hash__(self) -> int:
        return hash((self.path, self.method))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether it is for a request, and what its endpoint finds in the scope."""
        match, found = super().matches(scope)
        if match is not Match.NONE:
            values: dict[str, str] = found["path_params"]
            found["path_params"] = {name: unquote(text) for name, text in values.items()}
            found["route"] = self
        return match, found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        An endpoint that waits for something runs on the event loop. All others run in a thread, one
        at a time for each portal, because the caller decides how much they have to do.

        Raises:
            Problem: it has a query, where the route takes none; or its body is too large.
            HTTPException: it has another method.
            ClientDisconnect: the client went away before the end of its body.
        """
        if scope["method"] != self.method:
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive)
        if self.query is None:
            for name in request.query_params:
                raise Problem(MALFORMED, "This takes no query.", name)
        if self.body is not None:
            request.state.content = await read_content(request)
        portal = request.state.portal_host.portals.of_domain(
            scope["path_params"].get("domain", "").lower()
        )
        waits = iscoroutinefunction(self.endpoint)
        async with nullcontext() if waits or portal is None else turn(portal):
            await super().handle(scope, receive, send)


def route(
    method: str, path: str, **options: Unpack[RouteOptions]
) -> Callable[[Endpoint], ControlRoute]:
    """Make the decorated endpoint a route, whose name is that of the function in camel case."""

    def decorate(endpoint: Endpoint) -> ControlRoute:
        first, *rest = endpoint.__name__.split("_")
        name = first + "".join(map(str.capitalize, rest))
        return ControlRoute(method, path, endpoint, name=name, **options)

    return decorate


def control_routes(routes: Iterable[BaseRoute]) -> Iterator[ControlRoute]:
    """Give the routes of the control API among `routes`, and in what is mounted there."""
    for each in routes:
        if isinstance(each, ControlRoute):
            yield each
        yield from control_routes(getattr(each, "routes", ()))
