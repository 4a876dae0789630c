"""Sending requests to a live portal with httpx."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from talentlms_mock.api.operation import PREFIX
from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX

if TYPE_CHECKING:
    import httpx

_TIMEOUT = 30.0


class Unreachable(MockError):
    """A request got no response; the text is one sentence."""


class Response(NamedTuple):
    """A response, with its headers by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sender(Protocol):
    """Sends requests to one portal."""

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """Send a request and return the response.

        Args:
            method: of the request.
            target: the path below `/api/v2` and the query.
            headers: all of them but those that HTTP itself needs.
            body: JSON; None is none.

        Raises:
            Unreachable: there is no response.
        """


class LiveSender:
    """Sends requests to a portal, by the proxy and with the certificates of the environment.

    Args:
        domain: the label of the portal.
        client: sends them; None is a new one.
        agent: who says to send them, in User-Agent.

    Raises:
        SetupError: httpx is not installed.
    """

    def __init__(
        self,
        domain: str,
        client: "httpx.Client | None" = None,
        *,
        agent: str = "talentlms-mock verify",
    ) -> None:
        try:
            import httpx  # noqa: PLC0415  # an optional dependency
        except ImportError:
            raise SetupError(
                "The package httpx is not installed: pip install 'talentlms-mock[verify]'."
            ) from None
        self.host = f"{domain}{VENDOR_SUFFIX}"
        self._error = httpx.HTTPError
        self._client = client or httpx.Client(
            base_url=f"https://{self.host}{PREFIX}", timeout=_TIMEOUT, follow_redirects=False
        )
        self._client.headers.pop("Accept", None)  # one request is to have none
        self._client.headers["User-Agent"] = agent

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """Send a request and return the response; see `Sender.send`.

        Raises:
            Unreachable: there is no response.
        """
        try:
            response = self._client.request(method, target, headers=dict(headers), content=body)
        except self._error as error:
            problem = str(error) or type(error).__name__
            raise Unreachable(f"{self.host} does not respond ({problem}).") from None
        found = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, found, response.content)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
