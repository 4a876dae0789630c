"""A live run in a file, so that one that was stopped continues where it was."""

from pathlib import Path
from typing import Any

import orjson

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import write_whole
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.live import reduced

_FORMAT = 1
_BYTES = ("body", "sent_body")


class State:
    """What was done of a run: no key is in it, and of the responses only their shape.

    Args:
        domain: of the portal.
        words: the texts that are the API's own.
    """

    def __init__(self, domain: str, words: frozenset[str]) -> None:
        self.domain = domain
        self._words = words
        self.done: set[str] = set()
        self.ids: dict[str, list[int]] = {}
        self.exchanges: list[Seen] = []

    def load(self, path: Path) -> None:
        """Continue from a file that `save` wrote.

        Raises:
            SetupError: it is none, or of another portal.
        """
        try:
            data = orjson.loads(path.read_bytes())
            if data["format"] != _FORMAT:
                raise ValueError("another format")
            domain = data["domain"]
            self.done, self.ids = set(data["done"]), data["ids"]
            self.exchanges = [_seen(one) for one in data["exchanges"]]
        except OSError as error:
            raise SetupError(
                f"There is nothing to resume: {path} cannot be read ({error.strerror})."
            ) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise SetupError(
                f"{path} was not written by verify: run it again without --resume."
            ) from None
        if domain != self.domain:
            raise SetupError(f"{path} is of a run against another portal: run without --resume.")

    def save(self, path: Path) -> None:
        """Write what was done, readable by its owner alone.

        Raises:
            SetupError: the file cannot be written.
        """
        data = {
            "format": _FORMAT,
            "domain": self.domain,
            "done": sorted(self.done),
            "ids": self.ids,
            "exchanges": [self._data(seen) for seen in self.exchanges],
        }
        try:
            write_whole(path, orjson.dumps(data))
        except OSError as error:
            raise SetupError(f"Cannot write {path}: {error.strerror}.") from None

    def _data(self, seen: Seen) -> dict[str, Any]:
        content = reduced.body(seen, self._words)
        kept = {
            name: value
            for name, value in seen.headers.items()
            if name in _HEADERS or "ratelimit" in name
        }
        data = {name: getattr(seen, name) for name in Seen.__dataclass_fields__}
        return {
            **data,
            "headers": kept,
            "body": content.decode(),
            "sent_body": seen.sent_body.decode(),
        }


_HEADERS = (
    "content-type",
    "cache-control",
    "pragma",
    "expires",
    "vary",
    "x-content-type-options",
    "retry-after",
)
"""The headers of a response that are judged; others may be anything, a cookie too."""


def _seen(data: dict[str, Any]) -> Seen:
    return Seen(**{**data, **{name: data[name].encode() for name in _BYTES}})
