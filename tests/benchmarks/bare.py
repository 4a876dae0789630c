"""The physical limit: bare Starlette with one route that sends the bytes of a file.

    python -m tests.benchmarks.bare METHOD PATH STATUS FILE http|https

It prints its port, and ends with its standard input.
"""

import socket
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from talentlms_mock.tls.contexts import server_context


def main(method: str, path: str, status: str, file: str, scheme: str) -> None:
    content, code = Path(file).read_bytes(), int(status)

    async def constant(request: Request) -> Response:
        return Response(content, code, media_type="application/json")

    app = Starlette(routes=[Route(path, constant, methods=[method])])
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_keep_alive=300
    )
    config.load()
    if scheme == "https":
        config.ssl = server_context()  # the very one that the mock uses
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    server = uvicorn.Server(config)

    def end_with_input() -> None:
        sys.stdin.read()
        server.force_exit = server.should_exit = True

    threading.Thread(target=end_with_input, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
