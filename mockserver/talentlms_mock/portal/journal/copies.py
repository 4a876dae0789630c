"""An exchange as code to copy: a request to send again, or an assertion for a test.

What sends it again has the key and the passwords of the request, else it would not work.
"""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from pprint import pformat
from typing import Any

from talentlms_mock.portal.contract.operations import below_prefix
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.redaction import is_secret

_OF_THE_CONNECTION = frozenset(
    ("accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent")
)
_WIDTH = 88


def as_curl(exchange: Exchange, base_url: str, ca_file: Path) -> str:
    """Return the command for a POSIX shell that sends a request again.

    Args:
        exchange: the request.
        base_url: of the portal's API.
        ca_file: the authority to trust.
    """
    words = ["curl", "--cacert", str(ca_file)]
    url = _url(exchange, base_url)
    if set("[]{}") & set(url):
        words.append("--globoff")
    if exchange.method != "GET":
        words += ["-X", exchange.method]
    for name, value in _headers(exchange).items():
        words += ["-H", f"{name}: {value}"]
    if exchange.body:
        words += ["--data-binary", exchange.body.decode("utf-8", "replace")]
    return shlex.join([*words, url])


def as_httpx(exchange: Exchange, base_url: str, ca_file: Path) -> str:
    """Return the Python with httpx that sends a request again; the arguments are as above."""
    lines = [f"    {exchange.method!r},", f"    {_url(exchange, base_url)!r},"]
    lines += _argument("headers", _headers(exchange))
    if exchange.json is not None:
        lines += _argument("json", exchange.json)
    elif exchange.body:
        lines += _argument("content", exchange.body)
    lines.append(f"    verify=ssl.create_default_context(cafile={str(ca_file)!r}),")
    return "\n".join(
        ["import ssl", "", "import httpx", "", "response = httpx.request(", *lines, ")"]
    )


def as_assertion(exchange: Exchange, portal: str = "talentlms") -> str:
    """Return the assertion of a test that a request like this one is made; it has no secrets.

    Args:
        exchange: the request.
        portal: the name of the fixture, or the variable.
    """
    inside = below_prefix(exchange.path)
    lines = [f"    {exchange.method!r},"]
    if inside:
        lines.append(f"    {inside!r},")
    query = {name: value for name, value in exchange.query.items() if not is_secret(name)}
    if query:
        lines += _argument("query", query)
    body = exchange.json
    if body is not None:
        kept = _without_secrets(body)
        lines += _argument("json" if kept == body else "json_contains", kept)
    lines.append(f"    status={exchange.status},")
    return "\n".join([f"{portal}.assert_requested(", *lines, ")"])


def _url(exchange: Exchange, base_url: str) -> str:
    start = base_url.removesuffix("/api/v2")
    return start + exchange.target


def _headers(exchange: Exchange) -> dict[str, str]:
    return {
        name: value for name, value in exchange.headers.items() if name not in _OF_THE_CONNECTION
    }


def _argument(name: str, value: object) -> Iterator[str]:
    first, *rest = pformat(value, width=_WIDTH, sort_dicts=False).splitlines()
    lines = [f"    {name}={first}", *(f"    {' ' * (len(name) + 1)}{line}" for line in rest)]
    lines[-1] += ","
    yield from lines


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_secrets(one) for key, one in value.items() if not is_secret(key)}
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value
