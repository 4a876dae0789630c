"""Taking ports, and saying what to do where they cannot be had."""

import os
import socket
import sys
from typing import Any

import pytest

from talentlms_mock import MockServer, SetupError
from talentlms_mock.serving.listening import listen
from tests.ports import held_port


def test_port_that_needs_more_rights_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def bind(listener: socket.socket, address: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(SetupError) as refused:
        MockServer(https_port=443).start()
    assert str(refused.value) == (
        "Port 443 needs more rights than this user has: use one above 1023 (--https-port 0, "
        "https_port=0 picks a free one), or `talentlms-mock run -- COMMAND`, which needs none "
        "below. On Linux, root can open it with `sysctl net.ipv4.ip_unprivileged_port_start=443` "
        f"or `setcap cap_net_bind_service=+ep {os.path.realpath(sys.executable)}`."
    )


def test_all_ports_are_taken_or_none() -> None:
    with held_port() as port:
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            with pytest.raises(SetupError, match="--http-port"):
                listen("127.0.0.1", {"--https-port": port, "--http-port": taken})
        with socket.create_server(("127.0.0.1", port)):
            pass
