"""Reading a live portal: one request after the other, within its limits, until all is read."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.reads import PAGE_SIZE
from talentlms_mock.verify.importing.stages import STAGES, Ask, awaits_answers, no_answers
from talentlms_mock.verify.importing.taking import Taker
from talentlms_mock.verify.live.client import Response, Sender, Unreachable
from talentlms_mock.verify.live.pace import Pace
from talentlms_mock.verify.live.probes import VERSION

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how many of its requests are done, and how many it has."""

HOURLY_LIMIT = "hourly limit"
"""The name of the fact how many requests the portal allows in an hour."""

_TRIES = 6
"""How often a request is sent that gets no response, or an error of the server."""

_FAILURES = 3
"""After so many requests in a row that failed for good, the run stops."""

_MOST_WAITS = 12
"""How often in a row the run waits for the portal's limit."""

_FIRST_WAIT, _LONGEST_WAIT = 10.0, 900.0
"""Seconds to wait at a 429 that does not say how long."""

_NOT_THERE = frozenset({400, 403, 404, 405, 409, 410})
"""Statuses that say that there is nothing to read: the thing is gone, or the portal has none."""


class Stopped(MockError):
    """The run stopped before its end; the text says why."""


class Plain(NamedTuple):
    """A response that succeeded, or the reason why there is nothing."""

    document: Any
    why: str = ""


class Reader:
    """Reads a portal into what is kept.

    Args:
        sender: of the portal.
        api_key: of the portal; it is sent, and kept nowhere.
        pace: how fast, and how many.
        kept: what was read before, and is read.
        taker: takes the responses in.
        waiting: is called with the seconds for which the run waits for the portal's limit.
    """

    def __init__(
        self,
        sender: Sender,
        api_key: str,
        pace: Pace,
        kept: Kept,
        taker: Taker,
        waiting: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._sender = sender
        self._key = api_key
        self._pace = pace
        self._kept = kept
        self._taker = taker
        self._waiting = waiting
        self._failed = 0
        self.remaining: int | None = None

    def run(
        self,
        without: Collection[str] = (),
        progress: Progress = lambda stage, done, total: None,
    ) -> None:
        """Read all that was not read before.

        Args:
            without: the stages that are left out.
            progress: is called before each request of a stage.

        Raises:
            Stopped: it can be continued later.
            SetupError: the portal refuses the key.
        """
        for stage in STAGES:
            if stage.name in without:
                continue
            done: set[Ask] = set()
            more = True
            while more:  # what was read may lead to more of the same stage
                asks = [ask for ask in stage.asks(self._kept) if ask not in done]
                more = bool(asks)
                for ask in asks:
                    progress(stage.name, len(done), len(done) + len(asks))
                    self.read(ask)
                    done.add(ask)

    def read(self, ask: Ask, *, pages: int | None = None) -> int | None:
        """Read all pages of something, or the first ones.

        Returns:
            How many pages it has; None where there is nothing.

        Raises:
            Stopped, SetupError: as for `run`.
        """
        number, total = 1, None
        while pages is None or number <= pages:
            target = ask.target(number)
            found = self._kept.pages(target)
            if found is None:
                found = self._page(ask, target, number)
            if found is None:
                return total
            total = found
            if number >= found:
                break
            number += 1
        return total

    def _page(self, ask: Ask, target: str, number: int) -> int | None:
        if self._is_known_to_lack(ask):
            return None
        response = self._send(target)
        plain = self._plain(response)
        if not plain.why:
            before = (number - 1) * PAGE_SIZE
            return self._taker.take(target, ask.read, ask.ids, plain.document, before=before)
        self._skip(ask, target, response, plain.why)
        return None

    def _is_known_to_lack(self, ask: Ask) -> bool:
        if ask.read is reads.RESULTS and self._kept.fact(no_answers(ask.ids[0])):
            return True
        return ask.read not in _OFTEN_LACKING and self._kept.is_refused(ask.read)

    def _skip(self, ask: Ask, target: str, response: Response, why: str) -> None:
        if ask.read is reads.RESULTS and response.status in (400, 404):
            # A test or a survey that nobody has answered says 404, another unit 400.
            name = (no_answers if response.status == 400 else awaits_answers)(ask.ids[0])
            self._kept.write_fact(name, True)
        if ask.read is reads.GAMIFICATION and response.status == 404:
            self._kept.write_fact("not gamified", True)
        if ask.read in _OFTEN_LACKING:
            why = ""
        else:
            self._kept.refuse(ask.read)
        self._taker.skip(target, ask.read, why)

    def _plain(self, response: Response) -> Plain:
        if response.status in _NOT_THERE:
            self._failed = 0
            return Plain(None, f"the portal answers {response.status}")
        if _can_be_used(response) and response.status == 200:
            self._failed = 0
            return Plain(orjson.loads(response.body))
        self._failed += 1
        if self._failed >= _FAILURES:
            raise Stopped(f"The portal answers {response.status} to one request after the other")
        return Plain(None, f"the portal answers {response.status}")

    def _send(self, target: str) -> Response:
        """Send one request, again where it fails, and return a response that can be used.

        Raises:
            Stopped: there is none.
            SetupError: the portal refuses the key.
        """
        tries, waits = 0, 0
        while True:
            self._wait_for_share()
            tries += 1
            try:
                response = self._sender.send("GET", _encoded(target), self._headers(), None)
            except Unreachable as error:
                if tries >= _TRIES:
                    raise Stopped(str(error).rstrip(".")) from None
                self._back_off(tries)
                continue
            self._learn(response)
            if response.status == 429:
                tries, waits = tries - 1, waits + 1
                self._wait_for_limit(response, waits)
            elif response.status == 401:
                raise SetupError("The portal refuses the key (status 401).")
            elif response.status == 403 and not self._kept.count:
                raise SetupError("The portal refuses the request (status 403): is its API enabled?")
            elif tries >= _TRIES or _can_be_used(response):
                return response
            else:
                self._back_off(tries)

    def _headers(self) -> dict[str, str]:
        return {
            "X-API-Key": self._key,
            "X-API-Version": VERSION,
            "Accept": "application/json",
        }

    def _learn(self, response: Response) -> None:
        remaining = response.headers.get("x-ratelimit-remaining", "")
        limit = response.headers.get("x-ratelimit-limit", "")
        self._pace.learn(remaining)
        if remaining.isdecimal():
            self.remaining = int(remaining)
        if limit.isdecimal() and self._kept.fact(HOURLY_LIMIT) != int(limit):
            self._kept.write_fact(HOURLY_LIMIT, int(limit))

    def _wait_for_share(self) -> None:
        if self._pace.is_used_up:
            seconds = self._pace.until_renewal
            self._waiting(seconds)
            self._pace.pause(seconds)
        self._pace.wait()

    def _wait_for_limit(self, response: Response, waits: int) -> None:
        if waits > _MOST_WAITS:
            raise Stopped("The portal answers 429 again and again, its limit is used up")
        given = response.headers.get("retry-after", "")
        seconds = min(_FIRST_WAIT * 3 ** (waits - 1), _LONGEST_WAIT)
        if given.isdecimal():
            seconds = float(given) + 1
        self._waiting(seconds)
        self._pace.pause(seconds)

    def _back_off(self, tries: int) -> None:
        self._pace.sleep(2.0 ** (tries - 1))


_OFTEN_LACKING = (reads.SESSIONS, reads.RESULTS, reads.UNIT_PROGRESS, reads.GAMIFICATION)
"""Reads that are tried to learn what something is: a refusal is as good as a response."""


def _can_be_used(response: Response) -> bool:
    """Return whether a response says something that it would say again."""
    if response.status != 200:
        return response.status < 500 and response.status != 408
    try:
        return isinstance(orjson.loads(response.body), dict)
    except orjson.JSONDecodeError:
        return False


def _encoded(target: str) -> str:
    return quote(target, safe="/?&=")
