"""Who may use the control API: no page of a browser, and off loopback nobody without the token.

A page that a browser shows can send requests to this machine, also under a name of its own that
leads here (DNS rebinding). The first tells its origin, the second its name.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

from talentlms_mock.control.problems import Problem
from talentlms_mock.errors import SetupError
from talentlms_mock.hosts import VENDOR_SUFFIX, host_name, is_loopback

NOT_A_PAGE = "A web page may not use the control API of the mock; {what}."
FOREIGN_HOST = (
    "The control API answers under localhost, a name that ends in .localhost, or the address that "
    "the mock listens on, and not as {host!r}."
)
NO_TOKEN = (
    "The control API needs the header Authorization: Bearer TOKEN, with the token that "  # noqa: S105  # a sentence
    "`talentlms-mock serve` printed."
)
WRONG_TOKEN = "This is not the token of the control API."  # noqa: S105  # a sentence
SIGN_IN = "The console needs the token that `talentlms-mock serve` printed."
ONE_HOST = "A request must have one Host header."

_SCHEME = "bearer "
_SENDABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Access:
    """What the control API asks of a request.

    Args:
        address: the one that the server listens on.
        token: what a client must send; None asks for none.
    """

    address: str
    token: str | None

    @classmethod
    def to(cls, address: str, token: str | None) -> "Access":
        """Return the access to a server at `address`, with a token of its own off loopback."""
        if token is None and not is_loopback(address):
            token = secrets.token_urlsafe(24)
        return cls(address, token)

    def check(
        self, headers: list[tuple[bytes, bytes]], scheme: str, *, is_public: bool = False
    ) -> None:
        """Let a request pass.

        Args:
            headers: of the request.
            scheme: https or http.
            is_public: whether it needs no token: it may come from what watches a container.

        Raises:
            Problem: it may not.
        """
        values = _with_one_host(headers)
        _check_page(values)
        # Whoever has the token is no page, by whatever name the machine was reached.
        if self.token is None:
            self._check_host(values[b"host"], scheme)
        elif not is_public:
            _check_token(self.token, values.get(b"authorization"))

    def check_page(
        self, headers: list[tuple[bytes, bytes]], scheme: str, method: str, *, is_public: bool
    ) -> None:
        """Let a browser's request for a page of the console pass.

        A link on another site may open a page, in a tab of its own; it can read and change nothing.

        Args:
            headers: of the request.
            scheme: https or http.
            method: of the request.
            is_public: whether it needs no token: signing in, and the files that all pages share.

        Raises:
            SignInNeeded: there is a token, and the browser has not signed in with it.
            Problem: it may not.
        """
        values = _with_one_host(headers)
        if not (method == "GET" and _follows_link(values)):
            _check_page(values)
        if self.token is None:
            self._check_host(values[b"host"], scheme)
        elif not is_public and not self._has_signed_in(values):
            raise SignInNeeded(401, SIGN_IN)

    def cookie(self, token: str, host: str, scheme: str) -> str:
        """Return the value of the Set-Cookie header of a browser that signs in.

        Raises:
            Problem: `token` is wrong.
        """
        if self.token is None or not _same(token.strip(), self.token):
            raise Problem(401, WRONG_TOKEN, "token")
        secure = "; Secure" if scheme == "https" else ""
        value = f"{_cookie_name(host)}={_proof(self.token)}"
        return f"{value}; Path=/__mock__/; HttpOnly; SameSite=Strict{secure}"

    def _has_signed_in(self, values: Mapping[bytes, str]) -> bool:
        assert self.token is not None
        sent = cookie_parser(values.get(b"cookie", ""))
        return _same(sent.get(_cookie_name(values[b"host"]), ""), _proof(self.token))

    def _check_host(self, host: str, scheme: str) -> None:
        name = host_name(host)
        if name == self.address.lower() or is_loopback(name):
            return
        # Nobody else can make these names lead here, where a certificate proves them.
        if name.endswith(VENDOR_SUFFIX) and scheme == "https":
            return
        raise Problem(403, FOREIGN_HOST.format(host=host))


class SignInNeeded(Problem):
    """A page of the console that is only for who has signed in with the token."""


def check_token(token: str | None) -> str | None:
    """Return what the control API is to ask for; an empty text is none.

    Raises:
        SetupError: it cannot be sent in a header.
    """
    if token and not _SENDABLE.fullmatch(token):
        raise SetupError(
            "The control token must be printable ASCII without spaces.", at="control_token"
        )
    return token or None


def _with_one_host(headers: list[tuple[bytes, bytes]]) -> dict[bytes, str]:
    if sum(name == b"host" for name, _ in headers) != 1:
        raise Problem(400, ONE_HOST)
    return {name: value.decode("latin-1") for name, value in headers}


def _follows_link(headers: Mapping[bytes, str]) -> bool:
    """Return whether a browser opens a page in a tab, and not in a frame of another page."""
    navigates = headers.get(b"sec-fetch-mode") == "navigate"
    return navigates and headers.get(b"sec-fetch-dest") == "document" and b"origin" not in headers


def _cookie_name(host: str) -> str:
    # Cookies do not know ports, and each mock of a machine has a token of its own.
    return f"talentlms-mock-{host.rpartition(':')[2] if host[-1:].isdecimal() else 'console'}"


def _proof(token: str) -> str:
    """Return what shows that a browser had the token, without being it."""
    return hmac.digest(token.encode(), b"console", "sha256").hex()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _check_page(headers: Mapping[bytes, str]) -> None:
    origin = headers.get(b"origin")
    if origin is not None and _authority(origin) != headers[b"host"].lower():
        raise Problem(403, NOT_A_PAGE.format(what=f"the origin is {origin!r}"))
    site = headers.get(b"sec-fetch-site", "none")
    if site not in ("none", "same-origin"):
        raise Problem(403, NOT_A_PAGE.format(what=f"Sec-Fetch-Site is {site!r}"))


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # "http://["
        return ""


def _check_token(token: str, sent: str | None) -> None:
    if sent is None or not sent.lower().startswith(_SCHEME):
        raise Problem(401, NO_TOKEN, headers={"WWW-Authenticate": "Bearer"})
    if not _same(sent[len(_SCHEME) :].strip(), token):
        raise Problem(401, WRONG_TOKEN, headers={"WWW-Authenticate": "Bearer"})
