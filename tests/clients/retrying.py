"""Four small clients: one that retries as it should, and three with a bug that a test must find."""

import time
from collections.abc import Callable
from typing import Any

import httpx

Json = dict[str, Any]

ATTEMPTS = 8
_SHORTEST = 30.0
"""Seconds before the second attempt; each later one waits twice as long, past an hour in all."""
_TEMPORARY = (429, 500, 502, 503, 504)


class Failed(Exception):
    """The client could not do what it was to do."""


class Retrying:
    """Retries what is safe to retry, and looks before it repeats a write whose answer was lost.

    Args:
        http: sends the requests.
        sleep: waits between two attempts.
    """

    def __init__(self, http: httpx.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._http = http
        self._sleep = sleep

    def courses(self) -> list[Json]:
        """Return every course, page by page until the last that the counts tell of."""
        found: list[Json] = []
        number, last = 1, 1
        while number <= last:
            page = self._get("/courses", {"page[number]": number, "page[size]": 2})
            found += page["_data"]
            last = page["_meta"]["pagination"]["total_pages"]
            number += 1
        return found

    def create_course(self, name: str) -> Json:
        """Return the course of this name, created once."""
        for attempt in range(ATTEMPTS):
            try:
                answer = self._http.post("/courses", json={"name": name})
            except httpx.TransportError:
                # Whether it was done is not known: look, and repeat it only if it was not.
                if existing := self._named(name):
                    return existing
            else:
                if answer.status_code not in _TEMPORARY:
                    created: Json = self._checked(answer)["_data"]
                    return created
            self._sleep(_SHORTEST * 2**attempt)
        raise Failed(f"the course {name!r} could not be created")

    def _named(self, name: str) -> Json | None:
        return next((course for course in self.courses() if course["name"] == name), None)

    def _get(self, path: str, query: Json) -> Json:
        for attempt in range(ATTEMPTS):
            try:
                answer = self._http.get(path, params=query)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code not in _TEMPORARY:
                    return self._checked(answer)
            self._sleep(_SHORTEST * 2**attempt)
        raise Failed(f"GET {path} failed {ATTEMPTS} times")

    def _checked(self, answer: httpx.Response) -> Json:
        if answer.status_code != 200:
            raise Failed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
        document: Json = answer.json()
        return document


class GivesUpOn429(Retrying):
    """The bug: 429 is an error like any other, and is not tried again."""

    def _get(self, path: str, query: Json) -> Json:
        return self._checked(self._http.get(path, params=query))


class RepeatsPosts(Retrying):
    """The bug: a POST whose answer was lost is sent again without a look."""

    def create_course(self, name: str) -> Json:
        for _ in range(ATTEMPTS):
            try:
                answer = self._http.post("/courses", json={"name": name})
            except httpx.TransportError:
                continue
            if answer.status_code not in _TEMPORARY:
                created: Json = self._checked(answer)["_data"]
                return created
        raise Failed(f"the course {name!r} could not be created")


class PagesUntilNoNext(Retrying):
    """The bug: it takes a last page for one without `next`, and this API's has one."""

    LIMIT = 30
    """Pages after which the test has seen enough."""

    def courses(self) -> list[Json]:
        page = self._get("/courses", {"page[size]": 2})
        found: list[Json] = list(page["_data"])
        for _ in range(self.LIMIT):
            following = page["_links"].get("next")
            if not following:
                return found
            url = httpx.URL(following)
            page = self._get("/courses", dict(url.params))
            found += page["_data"]
        raise Failed("there is always a next page")
