"""The connections of clients: uvicorn's, but what their parsers refuse gets the mock's response."""

import asyncio
from importlib.util import find_spec


def connection_class(parser: str) -> type[asyncio.Protocol]:
    """Return the protocol of a connection whose requests `parser` reads.

    Args:
        parser: httptools, h11, or auto, which is httptools where it is installed.
    """
    if parser == "h11" or (parser == "auto" and find_spec("httptools") is None):
        from talentlms_mock.serving.wire.h11_connection import H11Connection  # noqa: PLC0415

        return H11Connection
    from talentlms_mock.serving.wire.httptools_connection import (  # noqa: PLC0415  # one of two
        HttpToolsConnection,
    )

    return HttpToolsConnection
