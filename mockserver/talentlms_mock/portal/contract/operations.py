"""The operations of the API as a portal knows them: method, path and name, and nothing of HTTP.

Faults and the journal refer to operations without importing `api/`: `create_app` passes them
this list.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.response_fields import Fields
from talentlms_mock.portal.contract.suggest import likeness, suggest

PREFIX = "/api/v2"
"""What every path of the API starts with."""

_ANY = Fields(is_open=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation.

    `path` is its template below `/api/v2`, like `/users/{id}`. `response` gives the fields of what
    it responds, None where that has no body; it is asked for when first needed.
    """

    method: str
    path: str
    operation_id: str
    takes_body: bool = field(default=False, compare=False)
    response: Callable[[], Fields | None] = field(default=lambda: _ANY, compare=False)

    def __str__(self) -> str:
        return f"{self.operation_id}, {self.method} {PREFIX}{self.path}"


class PathPattern:
    """Paths that look alike: `/users/*` and `/users/{id}` stand for every single user.

    Args:
        text: a path with or without `/api/v2`. `*` and anything in braces stand for one
            segment, or for a part of one.

    Raises:
        SetupError: it does not start with a slash, or has a query.
    """

    __slots__ = ("_matches", "text")

    def __init__(self, text: str) -> None:
        if not text.startswith("/"):
            raise SetupError(
                f"The path {text!r} does not start with a slash: write it like /users/*.",
                at="path",
            )
        if "?" in text:
            raise SetupError(
                f"The path {text!r} has a query: give what stands after the question mark as "
                "query.",
                at="path",
            )
        stripped = text.rstrip("/")
        inside = below_prefix(stripped)
        self.text = stripped if inside is None else inside
        """The pattern without `/api/v2`."""
        parts = re.split(r"\*|{[^{}/]*}", self.text)
        self._matches = re.compile("[^/]+".join(map(re.escape, parts))).fullmatch

    def matches(self, path: str) -> bool:
        """Return whether a request's `path`, as it was sent but without a query, is one of these.

        What does not lie below `/api/v2` is none.
        """
        inside = below_prefix(path)
        return inside is not None and self._matches(inside.rstrip("/")) is not None

    def overlaps(self, template: str) -> bool:
        """Return whether a path can be both one of these and one of `template` (`/users/{id}`)."""
        mine, other = self.text.split("/"), template.split("/")
        return len(mine) == len(other) and all(map(_segments_overlap, mine, other))


@lru_cache(maxsize=1024)
def path_pattern(text: str) -> PathPattern:
    """Return the pattern of `text`, made once.

    Raises:
        SetupError: as for `PathPattern`.
    """
    return PathPattern(text)


def below_prefix(path: str) -> str | None:
    """Return what of `path` stands below `/api/v2`; None where it lies outside."""
    if path.startswith(PREFIX) and (len(path) == len(PREFIX) or path[len(PREFIX)] == "/"):
        return path[len(PREFIX) :]
    return None


class Catalogue:
    """The operations that the API has, in the order of their declaration."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._by_id = {entry.operation_id: entry for entry in entries}
        # A path that is all static wins over one with an id, as in the routing.
        self._in_order = sorted(self, key=lambda entry: "{" in entry.path)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, operation_id: object) -> bool:
        return operation_id in self._by_id

    def named(self, operation_id: str) -> Entry:
        """Return the operation of this name.

        Raises:
            SetupError: the API has none; the sentence says the nearest.
        """
        entry = self._by_id.get(operation_id)
        if entry is None:
            raise SetupError(
                f"There is no operation {operation_id!r}{suggest(operation_id, self._by_id)}.",
                at="operation",
            )
        return entry

    def at(self, path: str) -> list[Entry]:
        """Return the operations of the path that a request to `path` leads to, by any method."""
        template = next(
            (item.path for item in self._in_order if path_pattern(item.path).matches(path)), None
        )
        return [entry for entry in self if entry.path == template]

    def matching(self, method: str | None, pattern: PathPattern) -> list[Entry]:
        """Return the operations that a request of `method` and `pattern` can lead to.

        Args:
            method: None is any.
            pattern: of the path; one without wildcards means one path, where a static template
                wins over one with an id.
        """
        found = [entry for entry in self if pattern.overlaps(entry.path)]
        if not set("*{") & set(pattern.text):
            found = self.at(PREFIX + pattern.text)
        return [entry for entry in found if method in (None, entry.method)]

    def meant(self, method: str | None, path: str) -> Entry | None:
        """Return the operation that a request was probably meant for; None when none is like it.

        Args:
            method: None is any.
            path: a path or a pattern, below `/api/v2` or not, that the API need not have.
        """
        rated = [(_likeness(method, path, entry), entry) for entry in self]
        best = max(rated, key=lambda pair: pair[0], default=None)
        return best[1] if best is not None and best[0] >= _LIKE_ENOUGH else None


def _segments_overlap(mine: str, other: str) -> bool:
    if mine == other or "{" in other:
        return True
    parts = re.split(r"\*|{[^{}]*}", mine)
    return re.fullmatch(".+".join(map(re.escape, parts)), other) is not None


_LIKE_ENOUGH = 0.62
_SAME_WORD = 0.75
_WRITES = ("POST", "PATCH", "PUT")
_WORD = re.compile(r"[a-z]+")
_PREFIXES = re.compile(r"(/+(api|v\d+)(?=/|$))+")
_WILD = re.compile(r"{[^{}/]*}|[^/]*[\d*@%][^/]*")
_STANDS_FOR = {
    "member": ("user",),
    "membership": ("user",),
    "learner": ("user",),
    "student": ("user",),
    "people": ("user",),
    "person": ("user",),
    "enrollment": ("user", "course"),
    "subscription": ("user", "course"),
    "progress": ("progress",),
}
"""Words of paths that stand for other words: a membership of a group is a user in it."""


def _likeness(method: str | None, path: str, entry: Entry) -> float:
    """Return how similar a request is to an operation: the words of the path, then the method."""
    asked, has = _words(path), _words(entry.path)
    words = max(_overlap(asked, has), 0.95 * _overlap(_meaning(asked), _meaning(has)))
    if words < _LIKE_ENOUGH:
        return 0.0
    near = 0.15 if method in _WRITES and entry.method in _WRITES else 0.0
    same_method = 0.3 if method in (None, entry.method) else near
    same_ids = 0.05 if _ids(path) == _ids(entry.path) else 0.0
    return words + same_method + same_ids


@lru_cache(maxsize=1024)
def _words(path: str) -> tuple[str, ...]:
    """Return the words of a path in the singular, without ids and the start that all have."""
    tail = _WILD.sub("", _without_prefix(path))
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", tail).lower()
    return tuple(_singular(word) for word in _WORD.findall(apart))


def _ids(path: str) -> int:
    return len(_WILD.findall(_without_prefix(path)))


def _without_prefix(path: str) -> str:
    return _PREFIXES.sub("", path.partition("?")[0])


def _singular(word: str) -> str:
    for ending, single in (("sses", "ss"), ("ies", "y"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + single
    return word


def _meaning(words: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for word in words:
        like = max(_STANDS_FOR, key=lambda known: likeness(word, known))
        stands_for = _STANDS_FOR[like] if likeness(word, like) >= _SAME_WORD else (word,)
        found.update(dict.fromkeys(stands_for))
    return tuple(found)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return how many words of both are in the other too, 0 to 1; spelling may be a little off."""
    if not one or not other:
        return 0.0
    near = [max(likeness(word, known) for known in other) for word in one]
    near += [max(likeness(word, known) for known in one) for word in other]
    return sum(ratio for ratio in near if ratio >= _SAME_WORD) / len(near)
