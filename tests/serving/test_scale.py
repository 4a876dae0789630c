"""Two processes behind nginx, as the guide configures it, have 200 portals and lose none."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import trustme

from tests.docs.pages import Page
from tests.ports import held_port
from tests.serving import kept_server

TOKEN = kept_server.TOKEN
DOMAINS = [f"customer{number}" for number in range(200)]
VERSION = {"X-API-Version": "2025-07-01", "Accept": "application/json"}

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


def configuration(ports: dict[str, int], *, folder: Path) -> str:
    """Return what the guide shows, on other ports and with temporary files in a folder."""
    text = Page("docs/scale.md").files()["nginx.conf"]
    for shown, port in ports.items():
        assert text.count(shown) == 1
        text = text.replace(shown, shown.replace(shown.rpartition(":")[2], str(port)))
    paths = [
        f"{name}_temp_path {folder / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ]
    return text.replace("http {", f"http {{ {' '.join(paths)}", 1)


@contextmanager
def nginx(folder: Path, port: int, ports: dict[str, int]) -> Iterator[None]:
    """Run nginx over TLS on `port`, and wait until it accepts connections."""
    folder.mkdir()
    certificate = trustme.CA().issue_cert("*.talentlms.com")
    certificate.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    certificate.private_key_pem.write_to_path(folder / "certificate.key")
    text = configuration(ports, folder=folder).replace("listen 443", f"listen 127.0.0.1:{port}")
    (folder / "nginx.conf").write_text(text)
    main = f"daemon off; pid {folder / 'nginx.pid'};" + (
        " user root;" if os.geteuid() == 0 else ""  # nobody else may write into the folder
    )
    files = ("-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log"))
    command = ["nginx", *files, "-g", main]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    pytest.fail(f"nginx ended with status {process.returncode}")


class Proxy:
    """A client of the portals behind the proxy, whose names need not resolve."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def control(self, method: str, host: str, path: str, **body: object) -> httpx.Response:
        headers = {"Host": f"{host}.talentlms.com", "Authorization": f"Bearer {TOKEN}"}
        url = f"/__mock__/portals{path}"
        return self._client.request(method, url, headers=headers, json=body or None)

    def api(self, host: str, path: str, key: str) -> httpx.Response:
        headers = {"Host": f"{host}.talentlms.com", "X-API-Key": key, **VERSION}
        return self._client.get(f"/api/v2{path}", headers=headers)


@pytest.fixture
def ports() -> Iterator[list[int]]:
    with ExitStack() as held:
        yield [held.enter_context(held_port()) for _ in range(3)]


@pytest.fixture
def proxy(tmp_path: Path, ports: list[int]) -> Iterator[Proxy]:
    front, *behind = ports
    shown = dict(zip(("127.0.0.1:8081", "127.0.0.1:8082"), behind, strict=True))
    with (
        nginx(tmp_path / "nginx", front, shown),
        httpx.Client(
            base_url=f"https://127.0.0.1:{front}", verify=False, timeout=60
        ) as client,  # the names do not resolve here
    ):
        yield Proxy(client)


def test_two_processes_behind_nginx_lose_no_portal(
    tmp_path: Path, ports: list[int], proxy: Proxy
) -> None:
    folders = [tmp_path / "portals-1", tmp_path / "portals-2"]
    with ExitStack() as stack:
        (first, one), (_, other) = (
            stack.enter_context(kept_server.started(folder, port))
            for folder, port in zip(folders, ports[1:], strict=True)
        )
        for domain in DOMAINS:
            created = proxy.control(
                "POST", domain, "", dataset="empty", api_key=f"key-of-{domain}", plan="grow"
            )
            assert (created.status_code, created.json()["domain"]) == (201, domain)
            added = proxy.control("POST", domain, f"/{domain}/users", login=f"of-{domain}")
            assert added.status_code == 201
        has = [
            {portal["domain"] for portal in each.get("/portals").json()} for each in (one, other)
        ]
        assert all(has)
        assert has[0] | has[1] == set(DOMAINS)
        assert not has[0] & has[1]

        branched = max(has[0])
        proxy.control("POST", branched, f"/{branched}/branches", name="sales")
        assert proxy.api(f"sales-{branched}", "/users", f"key-of-{branched}").status_code == 200

        first.kill()
        first.wait()
        lost = min(has[0])
        assert proxy.api(lost, "/users", f"key-of-{lost}").status_code == 502
        assert proxy.control("POST", lost, "").status_code == 502
        stack.enter_context(kept_server.started(folders[0], ports[1]))

        for domain in DOMAINS:
            found = proxy.api(domain, "/users", f"key-of-{domain}")
            assert [user["login"] for user in found.json()["_data"]] == [f"of-{domain}"]
            assert found.headers["X-RateLimit-Limit"] == "10000"
