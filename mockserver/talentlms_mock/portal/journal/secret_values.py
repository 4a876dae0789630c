"""Secrets by their value: found and hidden wherever they stand, in any encoding."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from itertools import chain

from talentlms_mock.portal.journal import escapes

HIDDEN = "***"

SHORTEST = 3
"""A shorter value is hidden only where its name says that it is a secret."""
_SHORTEST_INSIDE = 6
"""A shorter value is hidden only where it stands alone: in words it is no secret."""
KEPT_PASSWORDS = 5_000

_FEW = 200
_BASE64 = r"[A-Za-z0-9+/_-]{{0,2}}{}[A-Za-z0-9+/_-]{{0,2}}(?:=|%(?:25)*3[dD]){{0,2}}"


class _Needle:
    """A text to look for, and the pattern of what is hidden where it stands."""

    def __init__(self, text: str, template: str = "{}") -> None:
        self.text = text
        self._template = template

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self._template.format(escapes.pattern(self.text)))

    @cached_property
    def _plain(self) -> re.Pattern[str]:
        return re.compile(self._template.format(re.escape(self.text)))

    def is_in(self, view: str) -> bool:
        return self.text in view and self._plain.search(view) is not None


class SecretValues:
    """The secrets of one portal, or of one exchange; what is added stays.

    Any thread may add to it and use it.

    Attributes:
        before_use: is called before it is asked what it has, and may add to it.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.before_use: Callable[[], None] = _nothing
        self._keys: dict[str, None] = {}
        self._passwords: dict[str, None] = {}
        self._unprepared: list[str] = []
        self._needles: dict[str, _Needle] = {}
        self._by_start: dict[str, list[_Needle]] = {}
        self.add_passwords(values)

    def add_key(self, key: str) -> None:
        """Keep an API key."""
        if key not in self._keys:
            self._keys[key] = None
            self._unprepared.append(key)

    def add_passwords(self, passwords: Iterable[str]) -> None:
        """Keep passwords; past `KEPT_PASSWORDS`, the older half goes."""
        for password in passwords:
            if not self._has(password):
                self._passwords[password] = None
                self._unprepared.append(password)
        if len(self._passwords) > KEPT_PASSWORDS:
            newest = list(self._passwords)[-KEPT_PASSWORDS // 2 :]
            self._passwords = dict.fromkeys(newest)
            self._needles, self._by_start = {}, {}
            self._unprepared = [*self._keys, *newest]

    def found_in(self, text: str) -> "list[_Needle]":
        """Return what of the secrets is in a text, in any encoding."""
        self.before_use()
        self._prepare()
        found: dict[str, _Needle] = {}
        for view in escapes.views(text):
            for needle in self._candidates(view):
                if needle.is_in(view):
                    found[needle.text] = needle
        return list(found.values())

    def hide(self, text: str) -> str:
        """Return a text in which `***` stands for every secret."""
        return hide(text, (self,))

    def is_one(self, text: str) -> bool:
        """Return whether a whole text is a secret."""
        self.before_use()
        return self._has(text)

    def _has(self, text: str) -> bool:
        return text in self._keys or text in self._passwords

    def _candidates(self, view: str) -> Iterable[_Needle]:
        if len(self._needles) <= _FEW:
            return list(self._needles.values())
        length, starts = _SHORTEST_INSIDE, self._by_start
        pieces = {
            piece
            for at in range(len(view) - length + 1)
            if (piece := view[at : at + length]) in starts
        }
        found = [starts[piece] for piece in pieces]
        return chain(starts.get("", ()), *found)

    def _prepare(self) -> None:
        while self._unprepared:
            value = self._unprepared[-1]
            for needle in _needles(value):
                text = needle.text
                if text not in self._needles:
                    self._needles[text] = needle
                    start = text[:_SHORTEST_INSIDE] if len(text) >= _SHORTEST_INSIDE else ""
                    self._by_start.setdefault(start, []).append(needle)
            with suppress(ValueError):  # last, as another thread may prepare it too
                self._unprepared.remove(value)


def _nothing() -> None:
    pass


def hide(text: str, known: Iterable[SecretValues]) -> str:
    """Return a text in which `***` stands for every secret of several sets."""
    known = tuple(known)
    found = [needle for values in known for needle in values.found_in(text)]
    if not found:
        return text
    for needle in sorted(found, key=lambda one: -len(one.text)):  # one may be part of another
        text = needle.pattern.sub(HIDDEN, text)
    # What is encoded in a way that no pattern describes.
    return HIDDEN if any(values.found_in(text) for values in known) else text


def _needles(value: str) -> Iterator[_Needle]:
    if len(value) < SHORTEST:
        return
    if len(value) < _SHORTEST_INSIDE:
        yield _Needle(value, r"(?<![\w-]){}(?![\w-])")
        return
    yield _Needle(value)
    for spelling in escapes.spellings(value):
        for core in escapes.base64_cores(spelling):
            yield _Needle(core, _BASE64)
