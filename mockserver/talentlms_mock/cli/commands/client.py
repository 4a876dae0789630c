"""A client of the control API, for the commands."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import sleep
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from talentlms_mock.cli import announcements
from talentlms_mock.control import PREFIX
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.clock import stopwatch
from talentlms_mock.tls.contexts import ca_file, client_context

DEFAULT_URL = "http://127.0.0.1:8080"
"""The address of a mock with the default ports."""

_LIMIT = 30.0
_PAUSE = 0.05
_NONE_RUNS = "No mock answers at {url}: start one with `talentlms-mock serve`, or give its --url."
_NO_MOCK = "The server at {url} is not a talentlms-mock: give the --url of one."


class Mock:
    """A running mock.

    Args:
        url: its address, with or without `/__mock__`; None is the mock on this machine that was
            started last.
        token: the token of the control API; None is that of the mock that was found.

    Raises:
        SetupError: the address is invalid.
    """

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        if url is None:
            url, found_token = _found()
            token = token or found_token
        self.url = url.rstrip("/").removesuffix(PREFIX)
        self._token = token
        try:
            parts = urlsplit(self.url)
            self._port = parts.port
        except ValueError:
            raise _no_address(url) from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _no_address(url)
        self._host, self._is_tls = parts.hostname, parts.scheme == "https"
        self._path = parts.path + PREFIX

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        limit: float = _LIMIT,
    ) -> Any:
        """Send a request, and return the content of the response; None if it has none.

        Args:
            method, path, body, query: of the request.
            limit: seconds to wait for the response.

        Raises:
            SetupError: the request is refused, or there is no mock.
        """
        connection = self._connection(limit)
        with closing(connection):
            answer = self._ask(connection, method, path, body, query)
            return self._read(answer)

    def download(self, path: str) -> bytes:
        """Return a file that the mock sends.

        Raises:
            SetupError: the request is refused, or there is no mock.
        """
        connection = self._connection(_LIMIT)
        with closing(connection):
            answer = self._ask(connection, "GET", path, None, None)
            if answer.status != 200:
                self._read(answer)
            try:
                return answer.read()
            except (OSError, HTTPException):
                raise SetupError(_NO_MOCK.format(url=self.url)) from None

    def health(self, wait: float = 0) -> Any:
        """Return what the mock says of itself.

        Args:
            wait: seconds to wait for a mock that is starting.

        Raises:
            SetupError: it does not answer, or is not well.
        """
        deadline = stopwatch() + wait
        while True:
            try:
                return self.call("GET", "/health")
            except SetupError:
                if stopwatch() >= deadline:
                    raise
            sleep(_PAUSE)

    def events(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the events of a stream until the mock ends it.

        Raises:
            SetupError: the request is refused, or there is no mock.
        """
        connection = self._connection(None)
        with closing(connection):
            answer = self._ask(connection, "GET", path, None, query)
            if answer.status != 200:
                self._read(answer)
            try:
                for line in answer:
                    name, _, value = line.decode().partition(": ")
                    if name == "data":
                        yield json.loads(value)
            except (OSError, HTTPException):  # the mock has ended
                return

    def _connection(self, limit: float | None) -> HTTPConnection:
        if self._is_tls:
            return HTTPSConnection(
                self._host, self._port, timeout=limit, context=client_context(ca_file())
            )
        return HTTPConnection(self._host, self._port, timeout=limit)

    def _ask(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, Any] | None,
    ) -> HTTPResponse:
        headers = {} if self._token is None else {"Authorization": f"Bearer {self._token}"}
        content = None if body is None else json.dumps(body).encode()
        target = self._path + path + (f"?{urlencode(query)}" if query else "")
        try:
            connection.request(method, target, content, headers)
            return connection.getresponse()
        except (ssl.SSLError, HTTPException):
            raise SetupError(_NO_MOCK.format(url=self.url)) from None
        except OSError:
            raise SetupError(_NONE_RUNS.format(url=self.url)) from None

    def _read(self, answer: HTTPResponse) -> Any:
        content = answer.read()
        if answer.status == 204:
            return None
        try:
            document = json.loads(content)
            if answer.status < 400:
                return document
            message = document["error"]["message"]
        except (ValueError, LookupError, TypeError):
            raise SetupError(_NO_MOCK.format(url=self.url)) from None
        hint = " (--token)" if answer.status == 401 else ""
        raise SetupError(message.replace("backwards=True", "--backwards") + hint)


class PortalClient:
    """One portal of a mock.

    Args:
        mock: the mock.
        domain: of the portal; None is the only portal of the mock.

    Raises:
        SetupError: the mock has no portal, or several.
    """

    def __init__(self, mock: Mock, domain: str | None) -> None:
        self._mock = mock
        self.domain = _only_portal(mock) if domain is None else domain

    def call(
        self,
        method: str,
        path: str = "",
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        limit: float = _LIMIT,
    ) -> Any:
        """Send a request about the portal; see `Mock.call`."""
        return self._mock.call(method, self._below(path), body, query, limit=limit)

    def download(self, path: str) -> bytes:
        """Return a file of the portal; see `Mock.download`."""
        return self._mock.download(self._below(path))

    def events(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the events of a stream of the portal; see `Mock.events`."""
        return self._mock.events(self._below(path), query)

    def _below(self, path: str) -> str:
        return f"/portals/{quote(self.domain, safe='')}{path}"


def _found() -> tuple[str, str | None]:
    address = announcements.newest()
    return (DEFAULT_URL, None) if address is None else (address.http_url, address.token)


def _no_address(url: str) -> SetupError:
    return SetupError(f"{url!r} is not the address of a mock: write it like {DEFAULT_URL}.")


def _only_portal(mock: Mock) -> str:
    domains = [str(portal["domain"]) for portal in mock.call("GET", "/portals")]
    if len(domains) == 1:
        return domains[0]
    if not domains:
        raise SetupError(
            f"The mock at {mock.url} has no portal: create one with `talentlms-mock portal create`."
        )
    raise SetupError(
        f"The mock at {mock.url} has several portals: choose one with --domain: "
        f"{', '.join(sorted(domains))}."
    )
