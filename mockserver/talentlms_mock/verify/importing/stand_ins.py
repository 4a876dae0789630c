"""Stand-ins: what the tokens become in the portal that is made, drawn with Faker.

A stand-in is no value that was replaced, and has no such value as a word. Logins, emails
and texts that differ stay different; of names there are not enough in the world for that.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from faker import Faker

from talentlms_mock.verify.importing.tokens import Token, Tokens, token_in

_LATIN = ("en_US", "de_DE", "es_ES", "fr_FR", "it_IT", "nl_NL", "pl_PL", "sv_SE")
_LOCALES = {
    "ARABIC": "ar_AA",
    "CJK": "zh_TW",
    "CYRILLIC": "ru_RU",
    "GREEK": "el_GR",
    "HANGUL": "ko_KR",
    "HEBREW": "he_IL",
    "HIRAGANA": "ja_JP",
    "KATAKANA": "ja_JP",
}
_HOSTS = ("example.com", "example.org", "example.net")
_TRIES = 40
_UNIQUE = frozenset({"login", "email", "text", "address", "code", "hosts", "name"})
_FIRST_DAY, _DAYS = date(1960, 1, 1), 20_000


class Person(NamedTuple):
    """The tokens of a user, whose stand-ins go together."""

    first_name: Any
    last_name: Any
    login: Any
    email: Any


class StandIns:
    """Gives each token its stand-in.

    Args:
        tokens: that were made, with their secret.
        known: the digests of all values that are replaced.
        people: the users, whose logins and emails are made of their names.
    """

    def __init__(self, tokens: Tokens, known: Iterable[str], people: Iterable[Person]) -> None:
        self._tokens = tokens
        self._known = frozenset(known)
        self._used: set[tuple[str, str]] = set()
        self._found: dict[tuple[str, str], str] = {}
        self._fakers: dict[str, Faker] = {}
        for person in people:
            self._introduce(person)

    def of(self, value: Any) -> Any:
        """Return a part of a cleaned response with stand-ins for its tokens."""
        if isinstance(value, dict):
            return {name: self.of(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.of(one) for one in value]
        token = token_in(value)
        if token is None:
            return value
        text = self._stand_in(token)
        return f"<p>{text}</p>" if token.hint == "html" else text

    def _stand_in(self, token: Token, draw: Callable[[int], str] | None = None) -> str:
        key = token.kind, token.digest
        if key not in self._found:
            self._found[key] = self._new(token, draw or self._drawer(token))
        return self._found[key]

    def _new(self, token: Token, draw: Callable[[int], str]) -> str:
        for attempt in range(_TRIES):
            text = draw(attempt)
            if self._is_new(text) and self._is_free(token.kind, text):
                break
        else:
            text = f"{token.kind.split('_')[0]}-{token.digest[:12]}"
        self._used.add((token.kind, text.casefold()))
        return text

    def _is_new(self, text: str) -> bool:
        """Return whether neither a text nor a word of it is a value that is replaced."""
        words = {text, *re.findall(r"\w+", text)}
        return self._known.isdisjoint(self._tokens.digest(word) for word in words)

    def _is_free(self, kind: str, text: str) -> bool:
        return kind not in _UNIQUE or (kind, text.casefold()) not in self._used

    def _introduce(self, person: Person) -> None:
        """Draw the stand-ins of a user, the login from its names and the email from its login."""
        names = [self.of(one) for one in (person.first_name, person.last_name)]
        parts = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names if name]
        base = ".".join(part for part in parts if part)
        login, email = token_in(person.login), token_in(person.email)
        for token in (login, email):
            if token is not None:
                self._stand_in(token, _of_base(token, base))

    def _drawer(self, token: Token) -> Callable[[int], str]:
        """Return what draws a stand-in for a token, another one at each attempt."""
        match token.kind:
            case "login" | "email":
                return _of_base(token, "")
            case "address":
                return lambda attempt: f"https://static.example.com/{_code(token, attempt)}.png"
            case "code":
                return lambda attempt: _code(token, attempt)
            case "hosts":
                return lambda attempt: f"{_code(token, attempt)}.example.com"
            case "date":
                return lambda attempt: _day(token, attempt)
        return lambda attempt: self._words(token, attempt)

    def _words(self, token: Token, attempt: int) -> str:
        faker = self._faker(token, attempt)
        match token.kind:
            case "first_name":
                return str(faker.first_name())
            case "last_name":
                return str(faker.last_name())
            case "name":
                return " ".join(faker.words(3)).capitalize()
        if token.hint == "word":
            return f"{faker.word()}{attempt or ''}"
        return str(faker.sentence())

    def _faker(self, token: Token, attempt: int) -> Faker:
        number = int(token.digest, 16) + attempt
        locale = _LOCALES.get(token.hint, _LATIN[number % len(_LATIN)])
        if token.kind not in ("first_name", "last_name", "name"):
            locale = _LATIN[0]
        faker = self._fakers.get(locale)
        if faker is None:
            faker = self._fakers[locale] = Faker(locale)
        faker.seed_instance(number)
        return faker


def _of_base(token: Token, base: str) -> Callable[[int], str]:
    """Return what draws a login or an email from the names of a user."""

    def draw(attempt: int) -> str:
        more = token.digest[: 4 * attempt] if base else token.digest[: 8 + attempt]
        login = ".".join(part for part in (base or "user", more) if part)
        at = _HOSTS[int(token.digest[-2:], 16) % len(_HOSTS)]
        return f"{login}@{at}" if token.kind == "email" else login

    return draw


def _code(token: Token, attempt: int) -> str:
    return token.digest[attempt : attempt + 12]


def _day(token: Token, attempt: int) -> str:
    number = (int(token.digest, 16) + attempt) % _DAYS
    return (_FIRST_DAY + timedelta(days=number)).isoformat()


def digests_in(value: Any) -> Iterator[str]:
    """Yield the digests of the tokens in a part of a cleaned response."""
    if isinstance(value, dict):
        for one in value.values():
            yield from digests_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from digests_in(one)
    elif (token := token_in(value)) is not None:
        yield token.digest
