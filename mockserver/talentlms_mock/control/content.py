"""The body of a request of the control API, as bytes."""

from contextlib import aclosing

from starlette.requests import Request

from talentlms_mock.asgi.call import LARGEST_BODY
from talentlms_mock.asgi.refused import body_problem
from talentlms_mock.control.problems import Problem

TOO_LARGE = "The body is larger than {limit} MiB."


async def read_content(request: Request) -> bytes:
    """Return the body of a request.

    Raises:
        Problem: it is too large, or not what the client declared.
        ClientDisconnect: the client went away before its end.
    """
    content = await read_at_most(request, LARGEST_BODY)
    check_whole(request, len(content))
    return content


async def read_at_most(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Raises:
        Problem: it has more than `limit` bytes.
        ClientDisconnect: the client went away before its end.
    """
    content = bytearray()
    async with aclosing(request.stream()) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > limit:
                raise Problem(413, TOO_LARGE.format(limit=limit // 1024**2))
    return bytes(content)


def check_whole(request: Request, length: int) -> None:
    """Let a body of which `length` bytes arrived pass.

    Raises:
        Problem: it is not what the client declared.
    """
    problem = body_problem(request.scope, length)
    if problem is not None:
        raise Problem(400, problem)
