"""What of a request is not for printing: API keys and passwords.

They are hidden by the names of their places, in every form that a request can have, and by their
values, wherever these stand.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

import orjson

from talentlms_mock.portal.journal import escapes
from talentlms_mock.portal.journal.secret_values import HIDDEN, SecretValues, hide

_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "credential", "cookie")
_PARTS = (*_WORDS, "apikey", "api-key", "api_key", "api key", "auth")
_SECRET = re.compile(rf"{'|'.join(_WORDS)}|api[-_ ]?key|auth(?!or(?!i))", re.IGNORECASE)
_MARKS = (b"passw", b"passphrase", b"pwd", b"secret", b"%", b"\\u00")
"""One of these is in what has a password, whose name may be escaped."""
_LONGEST_NAME = 256
_MOST_NESTED = 3
_LEAST_LEARNED = 6
"""A shorter value that stands in a place for secrets may be a word like `null`."""

_PAIR = re.compile(rf"(^|[?&\s])([^?&=\s\"'<>]{{1,{_LONGEST_NAME}}})=([^&\s\"'<>]*)")
_PAIR_IN_VALUE = re.compile(rf"(;)([^;=]{{1,{_LONGEST_NAME}}})=([^;]*)")
_PAIR_OF_FORM = re.compile(rf"(^|&)([^&=]{{1,{_LONGEST_NAME}}})=([^&]*)")
_NAME_IN_TEXT = re.compile(
    "(?i:"
    + "|".join(map(escapes.pattern, (*_WORDS, "apikey", "api-key", "api_key", "authorization")))
    + r")[\w\-.%\[\]\\]{0,64}+(\\*[\"'])?(\s{0,64}+[:=]\s{0,64}+|(?:\s[^<>]{0,64}+)?>)"
)
_BARE = re.compile(r"[^\s,;&<>\"'\]})]*")
_PART = re.compile(r"content-disposition:([^\r\n]*)(?:\r?\n[^\r\n]+)*+\r?\n\r?\n", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Return whether the header, parameter or field of this name holds a secret."""
    return _may_be_secret(name) and _SECRET.search(name) is not None


def _may_be_secret(text: str) -> bool:
    lower = text.lower()  # in a long text, much quicker than the pattern
    return any(word in lower for word in _PARTS)


def redacted(value: Any) -> Any:
    """Return a JSON value in which `***` stands for what a secret's name has, at any depth."""
    return NamedPlaces().json(value)


def redacted_target(target: str) -> str:
    """Return a path and query in which `***` stands for what a secret's name has."""
    return NamedPlaces().text(target)


def passwords_in(
    target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes | None
) -> list[str]:
    """Return the passwords that a request has in places for them; most requests have none."""
    places = NamedPlaces()
    has_values = "=" in target or "{" in target or "<" in target  # else nothing stands in it
    if has_values and _may_have_password(target.encode("latin-1", "replace")):
        places.text(target)
    if body and _may_have_password(body):
        places.see_body(body)
    for name, value in headers:
        if name == b"authorization":
            places.headers([(name, value)])
    return places.seen


def _may_have_password(content: bytes) -> bool:
    lower = content.lower()
    return any(mark in lower for mark in _MARKS)


class NamedPlaces:
    """Hides what stands in places for secrets, and remembers it.

    Attributes:
        seen: the values that were hidden, decoded.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return headers as they arrived, with `***` for every secret."""
        return [(name, self._header(name.decode("latin-1"), value)) for name, value in headers]

    def _header(self, name: str, content: bytes) -> bytes:
        text = _text(content)
        if not is_secret(name):
            return _bytes(self.text(text))
        self._see(text)
        for cookie in text.split(";") if "cookie" in name.lower() else ():
            self._see(cookie.partition("=")[2])
        scheme, _, rest = text.partition(" ")
        if rest:
            self._see(rest)
        if scheme.lower() == "basic":
            self._see(_password_of(rest))
        return HIDDEN.encode()

    def body(self, body: bytes | None) -> bytes | None:
        """Return a body with `***` for every secret: JSON, also cut, a form, parts, or text."""
        if not body:
            return body
        text = _text(body)
        if not any(map(_may_be_secret, escapes.views(text))):
            return body
        try:
            return orjson.dumps(self.json(orjson.loads(body)))
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter for a depth of 255
            return _bytes(self._no_json(text))

    def see_body(self, body: bytes) -> None:
        """Remember the secrets of a body, as `body` does."""
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            self.body(body)
        else:
            self.json(value)

    def _no_json(self, text: str) -> str:
        text = self._parts(text)
        if "=" in text.partition("&")[0] and text[0] not in "{[<-":
            text = _PAIR_OF_FORM.sub(self._pair, text)
        return self._lines(self.text(text))

    def json(self, value: Any) -> Any:
        """Return a JSON value in which `***` stands for every secret, at any depth."""
        return mapped(value, self._scalar, self._fields)

    def _scalar(self, value: Any) -> Any:
        return self.text(value) if isinstance(value, str) else value

    def _fields(self, fields: Mapping[Any, Any]) -> dict[Any, Any]:
        return {name: self._field(name, value) for name, value in fields.items()}

    def _field(self, name: object, value: Any) -> Any:
        if not is_secret(str(name)) or value is None:
            return value
        to_do = [value]
        while to_do:
            one = to_do.pop()
            if isinstance(one, Mapping):
                to_do += one.values()
            elif isinstance(one, list):
                to_do += one
            elif one is not None and not isinstance(one, bool):
                self._see(str(one))
        return HIDDEN

    def text(self, text: str, depth: int = 0) -> str:
        """Return a text with `***` for the secrets in it: an address with a query, or JSON."""
        if "=" in text and depth < _MOST_NESTED:
            text = _PAIR.sub(lambda found: self._pair(found, depth), text)
        if ("{" in text or "<" in text) and is_secret(text):
            text = self._lines(text)
        return text

    def _pair(self, found: re.Match[str], depth: int = 0) -> str:
        before, name, value = found.groups()
        if is_secret(unquote(unquote(name))):
            self._see(value)
            value = HIDDEN
        elif ";" in value:
            value = _PAIR_IN_VALUE.sub(self._pair, value)
        if "%" in value:
            plain = unquote(value, errors="surrogateescape")
            inner = self.text(plain, depth + 1)
            if inner != plain:
                value = quote(inner, errors="surrogateescape")
        return f"{before}{name}={value}"

    def _parts(self, text: str) -> str:
        """Return a text with `***` for the parts of a multipart body that hold secrets."""
        boundary = text.partition("\n")[0].rstrip("\r")
        end = f"\n{boundary}" if boundary.startswith("--") else "\n--"
        pieces, done = [], 0
        for found in _PART.finditer(text):
            if found.start() < done or not is_secret(unquote(found[1])):
                continue
            until = text.find(end, found.end())
            until = len(text) if until < 0 else until
            value = text[found.end() : until]
            kept = "\r" if value.endswith("\r") else ""
            self._see(value.strip())
            pieces += [text[done : found.end()], HIDDEN, kept]
            done = until
        return "".join([*pieces, text[done:]])

    def _lines(self, text: str) -> str:
        """Return a text with `***` for what follows the names of secrets, as in cut JSON."""
        pieces, done = [], 0
        for found in _NAME_IN_TEXT.finditer(text):
            if found.start() < done:
                continue
            start = found.end()
            until = _element_end(text, start) if found[2].endswith(">") else _end(text, start)
            value = text[start:until]
            if not value.strip() or value.strip("\"'") == HIDDEN:
                continue
            self._see_all(value)
            quoted = value[0] in "\"'[{\\"
            pieces += [text[done:start], f'"{HIDDEN}"' if quoted else HIDDEN]
            done = until
        return "".join([*pieces, text[done:]])

    def _see_all(self, value: str) -> None:
        self._see(value.strip("\"'\\"))
        for inner in re.findall(r'"((?:[^"\\]|\\.)*+)', value):
            self._see(inner)

    def _see(self, value: str) -> None:
        for view in escapes.views(value):
            if len(view) >= _LEAST_LEARNED and view != HIDDEN:
                self.seen.append(view)


def _end(text: str, start: int) -> int:
    """Return where the value that begins at `start` ends, in text that is much like JSON."""
    opened = re.compile(r"\\*[\"']").match(text, start)
    if opened:
        return _string_end(text, opened)
    if text[start : start + 1] in ("[", "{"):
        return _bracket_end(text, start)
    bare = _BARE.match(text, start)
    return bare.end() if bare else start


def _string_end(text: str, opened: re.Match[str]) -> int:
    mark = re.escape(opened[0][-1])
    escaped = len(opened[0]) - 1
    closed = rf"(?<!\\){re.escape(opened[0])}" if escaped else rf"(?<!\\)(?:\\\\)*+{mark}"
    found = re.compile(closed).search(text, opened.end())
    return found.end() if found else len(text)


def _bracket_end(text: str, start: int) -> int:
    depth = 0
    for found in re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL).finditer(text, start):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
            if not depth:
                return found.end()
    return len(text)


def _element_end(text: str, start: int) -> int:
    end = text.find("<", start)
    return len(text) if end < 0 else end


def _password_of(credentials: str) -> str:
    """Return the password of a Basic header, "" where there is none."""
    try:
        plain = b64decode(credentials + "==").decode()
    except (Base64Error, UnicodeDecodeError):
        return ""
    return plain.partition(":")[2]


class Redactor:
    """Hides secrets by their values, wherever they stand."""

    def __init__(self, known: Iterable[SecretValues]) -> None:
        self._known = tuple(known)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        return hide(text, self._known)

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return headers without secrets, in their names neither."""
        return [
            (_bytes(self.text(_text(name))), _bytes(self.text(_text(value))))
            for name, value in headers
        ]

    def body(self, body: bytes | None) -> bytes | None:
        """Return a body without secrets; one that is JSON stays JSON."""
        if not body:
            return body
        text = _text(body)
        if not any(values.found_in(text) for values in self._known):
            return body
        try:
            return orjson.dumps(mapped(orjson.loads(body), self._scalar, self._fields))
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return _bytes(self.text(text))

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return value
        text = str(value)
        secret = len(text) >= _LEAST_LEARNED and any(one.is_one(text) for one in self._known)
        return HIDDEN if secret else value

    def _fields(self, fields: Mapping[Any, Any]) -> dict[Any, Any]:
        return {
            self.text(name) if isinstance(name, str) else name: value
            for name, value in fields.items()
        }


def mapped(
    value: Any,
    scalar: Callable[[Any], Any],
    fields: Callable[[Mapping[Any, Any]], dict[Any, Any]],
) -> Any:
    """Return a JSON value in which each scalar and each object is what the functions make of it.

    It takes any depth: a client nests as it likes.
    """
    whole = [value]
    to_do: list[tuple[Any, Any]] = [(whole, 0)]
    while to_do:
        holder, place = to_do.pop()
        inner = holder[place]
        if isinstance(inner, dict):
            holder[place] = copy = fields(inner)
            to_do += [(copy, name) for name in copy]
        elif isinstance(inner, list | tuple):
            holder[place] = copied = list(inner)
            to_do += [(copied, at) for at in range(len(copied))]
        else:
            holder[place] = scalar(inner)
    return whole[0]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
