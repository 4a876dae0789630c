"""Sending a request of the API to a portal from the console, without a socket.

It is a request like any other: it counts, it is in the journal, and faults apply to it.
"""

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote, urlencode

from talentlms_mock.api.operation import PREFIX, Operation
from talentlms_mock.console.forms import Form
from talentlms_mock.control.problems import MALFORMED, Problem
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.portal import Portal

PATIENCE = 10.0
"""Seconds after which the console gives up waiting for a response."""

Message = MutableMapping[str, Any]


def target(operation: Operation, form: Form) -> str:
    """Return the path and query that a form gives for an operation.

    Raises:
        Problem: a parameter of the path is missing, or a line of the query is none.
    """
    path = operation.path
    for parameter in operation.path_parameters:
        value = form[f"path-{parameter.name}"].strip()
        if not value:
            raise Problem(MALFORMED, f"{parameter.name} is required.", f"path-{parameter.name}")
        path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
    query = [
        (name.removeprefix("query-"), form[name]) for name in form if name.startswith("query-")
    ]
    for line in form["more"].splitlines():
        name, equals, value = line.partition("=")
        if not equals:
            raise Problem(MALFORMED, f"more: write {name.strip()} = VALUE on a line.", "more")
        query.append((name.strip(), value.strip()))
    return PREFIX + path + (f"?{urlencode(query, safe='[]')}" if query else "")


def headers(portal: Portal, form: Form, body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of a well-behaved client, and those that a form gives, one on a line.

    Raises:
        Problem: a line is no header.
    """
    sent = {"host": portal.host, **{name.lower(): text for name, text in portal.headers.items()}}
    if body:
        sent |= {"content-type": "application/json", "content-length": str(len(body))}
    for line in form["headers"].splitlines():
        name, colon, value = line.partition(":")
        if not colon or not name.strip().isascii() or " " in name.strip():
            raise Problem(MALFORMED, "headers: write Name: value on a line.", "headers")
        sent[name.strip().lower()] = value.strip()
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in sent.items()]


async def send(
    portal: Portal, method: str, where: str, sent: list[tuple[bytes, bytes]], body: bytes
) -> Exchange | None:
    """Send a request to a portal, and return it as the journal has it; None if it has not."""
    path, _, query = where.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": sent,
        "client": ("127.0.0.1", 0),
        "server": (portal.host, 443),
    }
    await _run(portal, scope, body)
    # The list itself: others may send the same at the same time.
    return next((each for each in reversed(portal.requests) if each.raw_headers is sent), None)


async def _run(portal: Portal, scope: Message, body: bytes) -> None:
    """Let the application answer, as long as the console waits."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    gave_up = asyncio.Event()

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await gave_up.wait()
        return {"type": "http.disconnect"}

    async def ignore(message: Message) -> None:
        """The journal has the response."""

    async def answer() -> None:
        # A fault cannot cut a connection that there is not; the journal has what it did.
        with suppress(ConnectionResetError):
            await portal.asgi(scope, receive, ignore)

    answering = asyncio.create_task(answer())
    await asyncio.wait([answering], timeout=PATIENCE)
    gave_up.set()
    await answering
