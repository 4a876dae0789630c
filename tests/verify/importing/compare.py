"""Holding the portal that was imported against the one it came from, by every read of the API."""

import json
import re
from collections.abc import Iterator
from typing import Any

from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.stages import STAGES, Ask
from talentlms_mock.verify.importing.values import (
    INTEGER,
    LAST_NAME,
    NAME,
    ByName,
    Maybe,
    OfField,
    Replaced,
    RichText,
)
from talentlms_mock.verify.live.client import Sender

_HEADERS = {"X-API-Version": "2025-07-01", "Accept": "application/json"}
_MORE = {
    reads.COURSE_PROGRESS: {
        "name": NAME,
        "category": {"id": INTEGER, "parent_id": INTEGER, "name": NAME},
    }
}
_ADDRESSES = ("url", "download_url", "public_url", "_links", "size")


def get(sender: Sender, key: str, target: str) -> Any:
    response = sender.send("GET", target, {**_HEADERS, "X-API-Key": key}, None)
    return json.loads(response.body) if response.status == 200 else response.status


def asked(kept: Kept) -> Iterator[Ask]:
    """Give every read of what the portal names."""
    for stage in STAGES:
        yield from stage.asks(kept)
    for user in kept.own_ids(reads.USERS):
        for read in (reads.USER_COURSES, reads.USER_GROUPS, reads.USER_BRANCHES, reads.ONLINE):
            yield Ask(read, (user,))


class Comparison:
    """Compares responses: what is replaced must be replaced by the same everywhere.

    Args:
        replaced: whether values were replaced at all.
        names: whether the names of things were, too.
    """

    def __init__(self, *, replaced: bool, names: bool = False) -> None:
        self._replaced = replaced
        self._names = names
        self.stand_ins: dict[tuple[str, str], str] = {}
        self.kept: set[str] = set()

    def of(self, ask: Ask, page: int, one: Any, other: Any) -> Iterator[str]:
        """Give the differences between two responses to the same read."""
        at = ask.target(page)
        if not isinstance(one, dict) or not isinstance(other, dict):
            if one != other:
                yield f"{at}: {one} and {other}"
            return
        if one.get("_meta") != other.get("_meta"):
            yield f"{at}: _meta {one.get('_meta')} and {other.get('_meta')}"
        rows = ask.read.is_list or ask.read is reads.CATEGORIES
        inner = {**ask.read.spec, **_MORE.get(ask.read, {})}  # type: ignore[dict-item]
        spec = [inner] if rows else inner
        yield from self._part(spec, one["_data"], other["_data"], at)

    def _part(self, spec: Any, one: Any, other: Any, at: str) -> Iterator[str]:
        if isinstance(spec, Maybe):
            spec = spec.spec
        if one is None or other is None or type(one) is not type(other):
            if one != other and not _is_number(one, other):
                yield f"{at}: {one!r} and {other!r}"
        elif isinstance(spec, OfField):
            replaced = Replaced("date") if one["type"] == "date" else Replaced("text")
            value = None if one["type"] == "checkbox" else replaced
            spec = {"id": None, "name": Replaced("name"), "type": None, "value": value}
            yield from self._part(spec, one, other, at)
        elif isinstance(spec, RichText):
            yield from self._part(
                {"html": Replaced("text"), "text": Replaced("text")}, one, other, at
            )
        elif isinstance(spec, Replaced):
            yield from self._stand_in(spec, one, other, at)
        elif isinstance(one, dict):
            if list(one) != list(other):
                yield f"{at}: {list(one)} and {list(other)}"
            for name in one.keys() & other.keys() - set(_ADDRESSES):
                inner = spec.get(name) if isinstance(spec, dict) else _values_of(spec)
                if isinstance(inner, Maybe) and name == "users":
                    inner = [{"id": None, "name": LAST_NAME}]
                yield from self._part(inner, one[name], other[name], f"{at} {name}")
        elif isinstance(one, list):
            if len(one) != len(other):
                yield f"{at}: {len(one)} and {len(other)} items"
            inner = spec[0] if isinstance(spec, list) else None
            for number, (left, right) in enumerate(zip(one, other, strict=False)):
                yield from self._part(inner, left, right, f"{at} {number}")
        elif one != other:
            yield f"{at}: {one!r} and {other!r}"

    def _stand_in(self, spec: Replaced, one: str, other: str, at: str) -> Iterator[str]:
        kind = "email" if spec.kind == "login" and "@" in one else spec.kind
        stays = not self._replaced or not one or (kind == "name" and not self._names)
        if stays:
            self.kept.add(one.casefold())
            if one != other:
                yield f"{at}: {one!r} and {other!r}"
            return
        if one.strip().casefold() == other.strip().casefold():
            yield f"{at}: {one!r} is there still"
        plain = re.sub("<[^>]*>", "", other)
        key = kind, re.sub("<[^>]*>", "", one).strip().casefold()
        if self.stand_ins.setdefault(key, plain) != plain:
            yield f"{at}: {one!r} is {other!r} here, and {self.stand_ins[key]!r} elsewhere"


def _values_of(spec: Any) -> Any:
    return spec.spec if isinstance(spec, ByName) else None


def _is_number(one: Any, other: Any) -> bool:
    return isinstance(one, int | float) and isinstance(other, int | float) and one == other


def differences(
    vendor: Sender,
    vendor_key: str,
    copy: Sender,
    copy_key: str,
    kept: Kept,
    *,
    replaced: bool = True,
    names: bool = False,
) -> Iterator[str]:
    """Give every difference between what two portals respond."""
    comparison = Comparison(replaced=replaced, names=names)
    for ask in dict.fromkeys(asked(kept)):
        page, last = 1, 1
        while page <= last:
            one, other = (
                get(sender, key, ask.target(page))
                for sender, key in ((vendor, vendor_key), (copy, copy_key))
            )
            yield from comparison.of(ask, page, one, other)
            if isinstance(one, dict) and ask.read.is_list:
                last = one["_meta"]["pagination"]["total_pages"]
            page += 1
