"""A request and the response that somebody got, as all readers give it to the judgement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson

Expectation = Literal["anything", "success", "exact"]
"""What is known of the portal's data: nothing, that the request succeeds, or that nothing exists
which the request names, so that an empty portal gives the same response."""

WRONG_KEY = "no-key-of-any-portal"
"""The key of a request that is to be refused."""


class NotJson:
    """Stands for a body that is no JSON."""


NOT_JSON = NotJson()


@dataclass(frozen=True)
class Seen:
    """One request, and how a server of the vendor answered it.

    Args:
        method: of the request.
        url: the address with its query.
        status: of the response.
        body: of the response; None where the recording has none, b"" where the response had none.
        headers: of the response, by lower-case names.
        has_all_headers: whether the response had no other headers than these.
        sent_headers: of the request, by lower-case names; None where they were not recorded.
        sent_body: of the request.
        expects: what is known of the portal's data.
    """

    method: str
    url: str
    status: int
    body: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)
    has_all_headers: bool = False
    sent_headers: Mapping[str, str] | None = None
    sent_body: bytes = b""
    expects: Expectation = "anything"

    @cached_property
    def path(self) -> str:
        """The path as it was sent."""
        return urlsplit(self.url).path

    @cached_property
    def query_text(self) -> str:
        return urlsplit(self.url).query

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters of the query; of one given twice, the last."""
        return dict(parse_qsl(self.query_text, keep_blank_values=True))

    @cached_property
    def document(self) -> Any:
        """The body of the response as JSON; NOT_JSON where it is none."""
        try:
            return orjson.loads(self.body or b"")
        except orjson.JSONDecodeError:
            return NOT_JSON

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300
