"""A form with a file: what is in it, where needed as a file of this machine."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from talentlms_mock.console.forms import Form
from talentlms_mock.control.content import read_at_most
from talentlms_mock.control.problems import MALFORMED, Problem

LARGEST_UPLOAD = 64 * 1024 * 1024
"""Bytes of a form with a file; a larger portal is opened over the control API."""


async def upload(request: Request, name: str, missing: str) -> tuple[bytes, Form]:
    """Return the file that a form has under `name`, and the other values of the form.

    Args:
        request: the form.
        name: of the field that has the file.
        missing: what is said where it has none.

    Raises:
        Problem: the form has no file of this name, is too large, or no form with a file.
        ClientDisconnect: the client went away before its end.
    """
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "")
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise Problem(415, "A form with a file must be sent as multipart/form-data.")
    content = await read_at_most(request, LARGEST_UPLOAD)
    parts = await run_in_threadpool(lambda: dict(_parts(content, boundary.encode())))
    file = parts.pop(name, b"")
    if not file:
        raise Problem(MALFORMED, missing, name)
    return file, Form({key: value.decode("utf-8", "replace") for key, value in parts.items()})


@asynccontextmanager
async def uploaded(request: Request, name: str, missing: str) -> AsyncIterator[tuple[Path, Form]]:
    """Give a path with the file of a form, and its other values; the arguments are as in `upload`.

    Raises:
        Problem, ClientDisconnect: as `upload`.
    """
    file, form = await upload(request, name, missing)
    with tempfile.TemporaryDirectory(prefix="talentlms-mock-") as directory:
        path = Path(directory) / "uploaded"
        await run_in_threadpool(path.write_bytes, file)
        yield path, form


def _parts(content: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    for part in (b"\r\n" + content).split(b"\r\n--" + boundary)[1:]:
        head, blank, value = part.partition(b"\r\n\r\n")
        if blank:
            headers = BytesHeaderParser().parsebytes(head.lstrip())
            name = headers.get_param("name", header="content-disposition")
            yield str(name), value
